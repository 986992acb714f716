package io.bspump.postgresql;

import io.bspump.postgresql.Relation.Column;
import io.bspump.postgresql.WalMessage.Begin;
import io.bspump.postgresql.WalMessage.Commit;
import io.bspump.postgresql.WalMessage.Other;
import io.bspump.postgresql.WalMessage.Row;
import io.bspump.postgresql.WalMessage.Truncate;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the messages of the output plugin {@code pgoutput}, version 1 of its protocol, values as text. It remembers the tables
 * and types that one stream has told of. Not thread-safe.
 */
final class PgOutput {

    private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");
    private static final Other OTHER = new Other();

    private final Map<Integer, Relation> relations = new HashMap<>();
    private final ColumnTypes types = new ColumnTypes();

    /**
     * Reads one message, and all of it.
     *
     * @throws IllegalStateException if it is none that this understands, or a part of one
     */
    WalMessage read(ByteBuf message) {
        int length = message.readableBytes();
        if (length == 0) {
            throw new IllegalStateException("the server sent an empty message");
        }
        char type = (char) message.readByte();
        try {
            return read(type, message);
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IllegalStateException(
                    "the server sent a message of type '" + type + "' that is broken off after " + length + " bytes",
                    e);
        }
    }

    private WalMessage read(char type, ByteBuf message) {
        return switch (type) {
            case 'B' -> begin(message);
            case 'C' -> commit(message);
            case 'R' -> relation(message);
            case 'Y' -> type(message);
            case 'I' -> insert(message);
            case 'U' -> update(message);
            case 'D' -> delete(message);
            case 'T' -> truncate(message);
            case 'O', 'M' -> OTHER; // where a transaction came from; a message to other readers
            default -> throw new IllegalStateException("the server sent a message of an unknown type, '" + type + "'");
        };
    }

    private static Begin begin(ByteBuf message) {
        long lsn = message.readLong();
        Instant time = EPOCH.plus(message.readLong(), ChronoUnit.MICROS);
        return new Begin(lsn, time, message.readUnsignedInt());
    }

    private static Commit commit(ByteBuf message) {
        message.readByte();
        return new Commit(message.readLong(), message.readLong());
    }

    private Other relation(ByteBuf message) {
        int id = message.readInt();
        String schema = string(message);
        String table = string(message);
        message.readByte();
        List<Column> columns = new ArrayList<>();
        for (int left = message.readUnsignedShort(); left > 0; left--) {
            boolean isKey = (message.readByte() & 1) != 0;
            String name = string(message);
            ValueDecoder decoder = types.of(message.readInt());
            message.readInt();
            columns.add(new Column(name, isKey, decoder));
        }
        relations.put(id, new Relation(schema.isEmpty() ? "pg_catalog" : schema, table, columns));
        return OTHER;
    }

    /** A type of the database. Of a domain it is the name of the type behind it; an array's begins with an underscore. */
    private Other type(ByteBuf message) {
        int type = message.readInt();
        string(message);
        types.addNamed(type, string(message));
        return OTHER;
    }

    private Row insert(ByteBuf message) {
        Relation relation = relation(message.readInt(), message);
        message.readByte();
        return row("insert", relation, null, values(relation, message));
    }

    private Row update(ByteBuf message) {
        Relation relation = relation(message.readInt(), message);
        char kind = (char) message.readByte();
        Values old = null;
        if (kind != 'N') {
            old = values(relation, message).keysIf(kind == 'K');
            message.readByte();
        }
        return row("update", relation, old, values(relation, message));
    }

    private Row delete(ByteBuf message) {
        Relation relation = relation(message.readInt(), message);
        char kind = (char) message.readByte();
        return row("delete", relation, values(relation, message).keysIf(kind == 'K'), null);
    }

    private Truncate truncate(ByteBuf message) {
        int count = message.readInt();
        int options = message.readByte();
        List<Relation> emptied = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            emptied.add(relation(message.readInt(), message));
        }
        return new Truncate(emptied, (options & 1) != 0, (options & 2) != 0);
    }

    private Relation relation(int id, ByteBuf message) {
        Relation known = relations.get(id);
        if (known == null) {
            throw new IllegalStateException("the server has not told of table " + id + ", " + message.readableBytes()
                    + " bytes before the end of a message");
        }
        return known;
    }

    /** What is not told of the row after is taken from the row before, if that is whole. */
    private static Row row(String operation, Relation relation, @Nullable Values old, @Nullable Values now) {
        List<String> unchanged = new ArrayList<>();
        if (now != null) {
            for (String column : now.unchanged) {
                if (old != null && old.row.containsKey(column)) {
                    now.row.put(column, old.row.get(column));
                } else {
                    unchanged.add(column);
                }
            }
        }
        return new Row(operation, relation, old == null ? null : old.row, now == null ? null : now.row, unchanged);
    }

    private static Values values(Relation relation, ByteBuf message) {
        Values values = new Values(relation);
        int count = message.readUnsignedShort();
        if (count > relation.columns().size()) {
            throw new IllegalStateException("the server sent " + count + " values for the "
                    + relation.columns().size() + " columns of " + relation.schema() + "." + relation.table());
        }
        for (int i = 0; i < count; i++) {
            Column column = relation.columns().get(i);
            char kind = (char) message.readByte();
            switch (kind) {
                case 'n' -> values.row.put(column.name(), null);
                case 'u' -> values.unchanged.add(column.name());
                case 't' -> values.row.put(column.name(), value(column, message));
                default ->
                    throw new IllegalStateException("the server sent a value of an unknown form, '" + kind + "'");
            }
        }
        return values;
    }

    private static @Nullable Object value(Column column, ByteBuf message) {
        int length = message.readInt();
        return column.decoder()
                .decodeOrKeep(
                        message.readCharSequence(length, StandardCharsets.UTF_8).toString());
    }

    private static String string(ByteBuf message) {
        int length = message.bytesBefore((byte) 0);
        String text = message.readCharSequence(length, StandardCharsets.UTF_8).toString();
        message.readByte();
        return text;
    }

    /** The values of one row. */
    private static final class Values {

        private final Relation relation;
        private final Map<String, @Nullable Object> row = new LinkedHashMap<>();
        private final List<String> unchanged = new ArrayList<>();

        Values(Relation relation) {
            this.relation = relation;
        }

        /** Where only the key is told, the other columns are there without a value. */
        Values keysIf(boolean onlyKeys) {
            if (onlyKeys) {
                for (Column column : relation.columns()) {
                    if (!column.isKey()) {
                        row.remove(column.name());
                    }
                }
            }
            return this;
        }
    }
}
