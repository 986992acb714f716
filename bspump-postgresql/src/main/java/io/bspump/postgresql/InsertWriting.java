package io.bspump.postgresql;

import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import io.r2dbc.postgresql.codec.PostgresqlObjectId;
import io.r2dbc.spi.Parameters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Inserts any number of rows with one statement that takes an array for each column. Arrays go as texts, which the server reads
 * as it reads those of the columns' types.
 */
final class InsertWriting implements Writing {

    /** How long the array of a column is supposed to be, in characters. */
    private static final int ARRAY = 16_000;

    private final List<Column> columns;
    private final int[] keys;
    private final String sql;

    /**
     * @param keys the places of the columns that tell a row that is there already from a new one; none to insert only
     */
    InsertWriting(Table table, List<Integer> keys) {
        this.columns = table.columns();
        this.keys = keys.stream().mapToInt(i -> i).toArray();
        this.sql = "INSERT INTO " + table.name() + " (" + names() + ") SELECT " + values() + " FROM unnest(" + arrays()
                + ") AS v(" + aliases() + ")" + conflict();
    }

    private String names() {
        return columns.stream().map(Column::quoted).collect(Collectors.joining(", "));
    }

    private String values() {
        return numbers().mapToObj(i -> "v.c" + i + cast(i)).collect(Collectors.joining(", "));
    }

    private String cast(int i) {
        Column column = columns.get(i);
        return isDirect(column) ? "" : "::" + column.type();
    }

    /** Arrays of arrays would be flattened, so they go as texts one by one. */
    private static boolean isDirect(Column column) {
        return column.listable() && !column.array();
    }

    private String arrays() {
        return numbers()
                .mapToObj(i -> "$" + (i + 1) + "::"
                        + (isDirect(columns.get(i)) ? columns.get(i).type() : "text") + "[]")
                .collect(Collectors.joining(", "));
    }

    private String aliases() {
        return numbers().mapToObj(i -> "c" + i).collect(Collectors.joining(", "));
    }

    private IntStream numbers() {
        return IntStream.range(0, columns.size());
    }

    private String conflict() {
        if (keys.length == 0) {
            return "";
        }
        List<Column> target = Arrays.stream(keys).mapToObj(columns::get).toList();
        String others = columns.stream()
                .filter(column -> !target.contains(column))
                .map(column -> column.quoted() + " = EXCLUDED." + column.quoted())
                .collect(Collectors.joining(", "));
        String names = target.stream().map(Column::quoted).collect(Collectors.joining(", "));
        return " ON CONFLICT (" + names + ") DO " + (others.isEmpty() ? "NOTHING" : "UPDATE SET " + others);
    }

    @Override
    public List<Column> columns() {
        return columns;
    }

    @Override
    public boolean isOneStatement() {
        return true;
    }

    @Override
    public Mono<Void> write(PostgresqlConnection session, Iterable<Row> rows) {
        Iterable<Row> distinct = keys.length == 0 ? rows : lastOfEachKey(rows);
        var statement = session.createStatement(sql);
        for (int i = 0; i < columns.size(); i++) {
            statement.bind(i, Parameters.in(PostgresqlObjectId.UNSPECIFIED, array(distinct, i)));
        }
        return statement.execute().flatMap(PostgresqlResult::getRowsUpdated).then();
    }

    /** One statement cannot touch a row twice. */
    private Collection<Row> lastOfEachKey(Iterable<Row> rows) {
        Map<List<@Nullable String>, Row> last = new LinkedHashMap<>();
        List<Row> withoutKey = new ArrayList<>();
        for (Row row : rows) {
            @Nullable String[] key = new String[keys.length];
            Arrays.setAll(key, i -> row.text(keys[i]));
            List<@Nullable String> values = Arrays.asList(key);
            if (values.contains(null)) {
                withoutKey.add(row); // is never the same as another
            } else {
                last.remove(values);
                last.put(values, row);
            }
        }
        if (withoutKey.isEmpty()) {
            return last.values();
        }
        withoutKey.addAll(last.values());
        return withoutKey;
    }

    private static String array(Iterable<Row> rows, int column) {
        StringBuilder array = new StringBuilder(ARRAY).append('{');
        for (Row row : rows) {
            ArrayText.next(array);
            ArrayText.append(array, row.text(column));
        }
        return array.append('}').toString();
    }
}
