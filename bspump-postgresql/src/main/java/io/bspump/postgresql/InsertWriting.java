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

    /** Room for the rows of a batch of usual size. */
    private static final int CAPACITY = 2048;

    private static final float LOAD = 0.75f;

    private final List<Column> columns;
    private final int[] keys;
    private final String sql;

    /**
     * @param keys the places of the columns that tell a row that is there already from a new one; none to insert only
     */
    InsertWriting(Table table, List<Integer> keys) {
        this.columns = table.columns();
        this.keys = keys.stream().mapToInt(i -> i).toArray();
        this.sql = "INSERT INTO " + table.name() + " (" + names() + ") SELECT " + values() + conflict();
    }

    private String names() {
        return columns.stream().map(Column::quoted).collect(Collectors.joining(", "));
    }

    /** One unnest for each column: all of them in one, after FROM, would be put down in the server before the first row. */
    private String values() {
        return IntStream.range(0, columns.size()).mapToObj(this::value).collect(Collectors.joining(", "));
    }

    private String value(int i) {
        Column column = columns.get(i);
        String array = "unnest($" + (i + 1) + "::";
        return array + (isDirect(column) ? column.type() + "[])" : "text[])::" + column.type());
    }

    /** Arrays of arrays would be flattened, so they go as texts one by one. */
    private static boolean isDirect(Column column) {
        return column.listable() && !column.array();
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
        String[] arrays = arraysOf(keys.length == 0 ? rows : lastOfEachKey(rows));
        var statement = session.createStatement(sql);
        for (int i = 0; i < arrays.length; i++) {
            statement.bind(i, Parameters.in(PostgresqlObjectId.UNSPECIFIED, arrays[i]));
        }
        return statement.execute().flatMap(PostgresqlResult::getRowsUpdated).then();
    }

    /** One statement cannot touch a row twice. */
    private Collection<Row> lastOfEachKey(Iterable<Row> rows) {
        Map<Object, Row> last = new LinkedHashMap<>(CAPACITY, LOAD, true); // a row that is put again goes to the end
        List<Row> withoutKey = new ArrayList<>();
        for (Row row : rows) {
            Object key = key(row);
            if (key == null) {
                withoutKey.add(row); // is never the same as another
            } else {
                last.put(key, row);
            }
        }
        if (withoutKey.isEmpty()) {
            return last.values();
        }
        withoutKey.addAll(last.values());
        return withoutKey;
    }

    private @Nullable Object key(Row row) {
        if (keys.length == 1) {
            return row.text(keys[0]);
        }
        @Nullable String[] key = new String[keys.length];
        Arrays.setAll(key, i -> row.text(keys[i]));
        List<@Nullable String> values = Arrays.asList(key);
        return values.contains(null) ? null : values;
    }

    /** Returns the array of each column. */
    private String[] arraysOf(Iterable<Row> rows) {
        StringBuilder[] arrays = new StringBuilder[columns.size()];
        Arrays.setAll(arrays, i -> new StringBuilder(ARRAY).append('{'));
        for (Row row : rows) {
            for (int i = 0; i < arrays.length; i++) {
                ArrayText.next(arrays[i]);
                ArrayText.append(arrays[i], row.text(i));
            }
        }
        return Arrays.stream(arrays).map(array -> array.append('}').toString()).toArray(String[]::new);
    }
}
