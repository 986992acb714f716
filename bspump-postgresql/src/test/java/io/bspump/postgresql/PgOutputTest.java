package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.postgresql.WalMessage.Begin;
import io.bspump.postgresql.WalMessage.Commit;
import io.bspump.postgresql.WalMessage.Other;
import io.bspump.postgresql.WalMessage.Row;
import io.bspump.postgresql.WalMessage.Truncate;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages made by hand, as the protocol's documentation has them. */
class PgOutputTest {

    private static final int TABLE = 16_385;
    private static final int INT4 = 23;
    private static final int TEXT = 25;
    private static final int NUMERIC = 1700;

    private final PgOutput output = new PgOutput();

    /** A message, byte by byte. */
    private static final class Bytes {

        private final ByteBuf bytes = Unpooled.buffer();

        Bytes(char type) {
            bytes.writeByte(type);
        }

        Bytes int8(int value) {
            bytes.writeByte(value);
            return this;
        }

        Bytes int16(int value) {
            bytes.writeShort(value);
            return this;
        }

        Bytes int32(int value) {
            bytes.writeInt(value);
            return this;
        }

        Bytes int64(long value) {
            bytes.writeLong(value);
            return this;
        }

        Bytes string(String value) {
            bytes.writeCharSequence(value, StandardCharsets.UTF_8);
            return int8(0);
        }

        Bytes column(int flags, String name, int type) {
            return int8(flags).string(name).int32(type).int32(-1);
        }

        /** The values of a row behind their letter; null for null, the empty text for one that has not changed. */
        Bytes row(char kind, String... values) {
            int8(kind).int16(values.length);
            for (String value : values) {
                if (value == null) {
                    int8('n');
                } else if (value.isEmpty()) {
                    int8('u');
                } else {
                    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
                    int8('t').int32(utf8.length);
                    bytes.writeBytes(utf8);
                }
            }
            return this;
        }
    }

    private WalMessage read(Bytes message) {
        WalMessage read = output.read(message.bytes);
        assertThat(message.bytes.readableBytes()).isZero();
        return read;
    }

    private static Map<String, Object> row(Object... keysAndValues) {
        Map<String, Object> row = new HashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            row.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return row;
    }

    private static Bytes orders() {
        return new Bytes('R')
                .int32(TABLE)
                .string("shop")
                .string("orders")
                .int8('d')
                .int16(3)
                .column(1, "id", INT4)
                .column(0, "note", TEXT)
                .column(0, "price", NUMERIC);
    }

    @BeforeEach
    void tellOfTheTable() {
        assertThat(read(orders())).isInstanceOf(Other.class);
    }

    private Row change(Bytes message) {
        Row row = (Row) read(message);
        assertThat(row.relation().schema()).isEqualTo("shop");
        assertThat(row.relation().table()).isEqualTo("orders");
        return row;
    }

    @Test
    void begin() {
        // 2000-01-01T00:00:01.5Z, and a transaction whose number is larger than an int
        Begin begin = (Begin)
                read(new Bytes('B').int64(0x16_0000_0028L).int64(1_500_000).int32(-2));
        assertThat(begin)
                .isEqualTo(new Begin(0x16_0000_0028L, Instant.parse("2000-01-01T00:00:01.5Z"), 4_294_967_294L));
    }

    @Test
    void commit() {
        assertThat(output.read(new Bytes('C').int8(0).int64(40).int64(88).int64(1).bytes))
                .isEqualTo(new Commit(40, 88));
    }

    @Test
    void insert() {
        Row row = change(new Bytes('I').int32(TABLE).row('N', "7", "žluť", "1.50"));
        assertThat(row.operation()).isEqualTo("insert");
        assertThat(row.old()).isNull();
        assertThat(row.now()).isEqualTo(row("id", 7, "note", "žluť", "price", new BigDecimal("1.50")));
        assertThat(row.now().keySet()).containsExactly("id", "note", "price");
        assertThat(row.unchanged()).isEmpty();
    }

    @Test
    void nullsAreThereAsNull() {
        Row row = change(new Bytes('I').int32(TABLE).row('N', "7", null, null));
        assertThat(row.now()).isEqualTo(row("id", 7, "note", null, "price", null));
    }

    @Test
    void valueOfAnUnusualFormStaysText() {
        Row row = change(new Bytes('I').int32(TABLE).row('N', "7", "x", "NaN"));
        assertThat(row.now()).containsEntry("price", "NaN");
    }

    @Test
    void updateWithoutTheRowBefore() {
        Row row = change(new Bytes('U').int32(TABLE).row('N', "7", "b", "2"));
        assertThat(row.operation()).isEqualTo("update");
        assertThat(row.old()).isNull();
        assertThat(row.now()).isEqualTo(row("id", 7, "note", "b", "price", new BigDecimal(2)));
    }

    @Test
    void updateOfTheKeyTellsTheKeyAlone() {
        Row row = change(new Bytes('U').int32(TABLE).row('K', "6", null, null).row('N', "7", "b", "2"));
        assertThat(row.old()).isEqualTo(row("id", 6));
        assertThat(row.now()).containsEntry("id", 7);
    }

    @Test
    void updateWithTheWholeRowBefore() {
        Row row = change(new Bytes('U').int32(TABLE).row('O', "7", null, "1").row('N', "7", "b", "2"));
        assertThat(row.old()).isEqualTo(row("id", 7, "note", null, "price", new BigDecimal(1)));
        assertThat(row.now()).isEqualTo(row("id", 7, "note", "b", "price", new BigDecimal(2)));
    }

    @Test
    void largeValueThatHasNotChangedIsNamed() {
        Row row = change(new Bytes('U').int32(TABLE).row('N', "7", "", "2"));
        assertThat(row.now()).isEqualTo(row("id", 7, "price", new BigDecimal(2)));
        assertThat(row.unchanged()).containsExactly("note");
    }

    @Test
    void largeValueThatHasNotChangedIsNotTakenFromAKey() {
        Row row = change(new Bytes('U').int32(TABLE).row('K', "6", null, null).row('N', "7", "", "2"));
        assertThat(row.now()).doesNotContainKey("note");
        assertThat(row.unchanged()).containsExactly("note");
    }

    @Test
    void largeValueThatHasNotChangedIsTakenFromTheRowBefore() {
        Row row = change(new Bytes('U').int32(TABLE).row('O', "7", "large", "1").row('N', "7", "", "2"));
        assertThat(row.now()).isEqualTo(row("id", 7, "note", "large", "price", new BigDecimal(2)));
        assertThat(row.unchanged()).isEmpty();
    }

    @Test
    void deleteTellsTheKey() {
        Row row = change(new Bytes('D').int32(TABLE).row('K', "7", null, null));
        assertThat(row.operation()).isEqualTo("delete");
        assertThat(row.old()).isEqualTo(row("id", 7));
        assertThat(row.now()).isNull();
    }

    @Test
    void deleteTellsTheWholeRow() {
        Row row = change(new Bytes('D').int32(TABLE).row('O', "7", "a", null));
        assertThat(row.old()).isEqualTo(row("id", 7, "note", "a", "price", null));
    }

    @Test
    void truncateOfSeveralTables() {
        read(new Bytes('R').int32(2).string("").string("pg_x").int8('n').int16(0));
        Truncate both =
                (Truncate) read(new Bytes('T').int32(2).int8(3).int32(TABLE).int32(2));
        assertThat(both.relations()).extracting(Relation::table).containsExactly("orders", "pg_x");
        assertThat(both.relations()).extracting(Relation::schema).containsExactly("shop", "pg_catalog");
        assertThat(both.isCascade()).isTrue();
        assertThat(both.restartsIdentity()).isTrue();
        Truncate one = (Truncate) read(new Bytes('T').int32(1).int8(0).int32(TABLE));
        assertThat(one.isCascade()).isFalse();
        assertThat(one.restartsIdentity()).isFalse();
    }

    @Test
    void tableThatHasChanged() {
        read(new Bytes('R')
                .int32(TABLE)
                .string("shop")
                .string("orders")
                .int8('d')
                .int16(1)
                .column(1, "number", TEXT));
        assertThat(change(new Bytes('I').int32(TABLE).row('N', "7")).now()).isEqualTo(row("number", "7"));
    }

    @Test
    void typesOfTheDatabase() {
        // A domain over integer, an array of it, and an enum.
        read(new Bytes('Y').int32(20_000).string("shop").string("int4"));
        read(new Bytes('Y').int32(20_001).string("shop").string("_count"));
        read(new Bytes('Y').int32(20_002).string("shop").string("color"));
        read(new Bytes('R')
                .int32(TABLE)
                .string("shop")
                .string("orders")
                .int8('d')
                .int16(3)
                .column(1, "count", 20_000)
                .column(0, "counts", 20_001)
                .column(0, "color", 20_002));
        assertThat(change(new Bytes('I').int32(TABLE).row('N', "7", "{1,NULL}", "red"))
                        .now())
                .isEqualTo(row("count", 7, "counts", Arrays.asList("1", null), "color", "red"));
    }

    @Test
    void originsAndMessagesToOthersMakeNothing() {
        assertThat(output.read(new Bytes('O').int64(1).string("elsewhere").bytes))
                .isInstanceOf(Other.class);
        assertThat(output.read(new Bytes('M').int8(0).int64(1).string("p").int32(0).bytes))
                .isInstanceOf(Other.class);
    }

    @Test
    void unknownTypeOfMessage() {
        assertThatThrownBy(() -> read(new Bytes('S').int32(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the server sent a message of an unknown type, 'S'");
    }

    @Test
    void emptyMessage() {
        assertThatThrownBy(() -> output.read(Unpooled.EMPTY_BUFFER))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the server sent an empty message");
    }

    @Test
    void tableThatWasNotToldOf() {
        assertThatThrownBy(() -> read(new Bytes('I').int32(9).row('N', "7")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("the server has not told of table 9");
    }

    @Test
    void binaryValuesWereNotAskedFor() {
        Bytes binary = new Bytes('I')
                .int32(TABLE)
                .int8('N')
                .int16(1)
                .int8('b')
                .int32(4)
                .int32(7);
        assertThatThrownBy(() -> read(binary))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the server sent a value of an unknown form, 'b'");
    }

    @Test
    void moreValuesThanColumns() {
        assertThatThrownBy(() -> read(new Bytes('I').int32(TABLE).row('N', "7", "a", "1", "2")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the server sent 4 values for the 3 columns of shop.orders");
    }

    @ParameterizedTest
    @CsvSource({"-2", "1000000"})
    void lengthThatCannotBe(int length) {
        Bytes message = new Bytes('I').int32(TABLE).int8('N').int16(1).int8('t').int32(length);
        assertThatThrownBy(() -> read(message))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the server sent a message of type 'I' that is broken off after 13 bytes");
    }

    @ParameterizedTest
    @ValueSource(chars = {'B', 'C', 'R', 'Y', 'I', 'U', 'D', 'T'})
    void messagesThatAreBrokenOffAnywhere(char type) {
        ByteBuf whole = whole(type).bytes;
        // Behind what is read of a commit is its time, which nobody asks for.
        int needed = type == 'C' ? whole.readableBytes() - Long.BYTES : whole.readableBytes();
        for (int length = 1; length < needed; length++) {
            ByteBuf part = whole.copy(0, length);
            assertThatThrownBy(() -> output.read(part))
                    .as("%d of %d bytes", length, needed)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the server sent a message of type '" + type + "' that is broken off after " + length
                            + " bytes");
        }
        output.read(whole);
    }

    private static Bytes whole(char type) {
        Bytes message = new Bytes(type);
        return switch (type) {
            case 'B' -> message.int64(1).int64(2).int32(3);
            case 'C' -> message.int8(0).int64(1).int64(2).int64(3);
            case 'R' -> orders();
            case 'Y' -> message.int32(20_000).string("shop").string("int4");
            case 'I' -> message.int32(TABLE).row('N', "7", "a", "1");
            case 'U' -> message.int32(TABLE).row('O', "7", "a", "1").row('N', "8", "", null);
            case 'D' -> message.int32(TABLE).row('K', "7", null, null);
            default -> message.int32(2).int8(0).int32(TABLE).int32(TABLE);
        };
    }
}
