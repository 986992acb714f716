package io.bspump.postgresql;

import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.Readable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import reactor.core.publisher.Mono;

/** Reads what the server knows about a table. */
final class Catalogue {

    /** With domains taken for what they are made of, and arrays for their elements. */
    private static final String QUERY =
            """
            SELECT n.nspname, c.relname, a.attname,
                   format_type(a.atttypid, -1) AS type,
                   t.typcategory = 'A' AS is_array,
                   t.typarray <> 0 AND t.typtype NOT IN ('c', 'd') AS listable,
                   e.typname AS element, e.typcategory::text AS category
            FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
            JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
            JOIN pg_catalog.pg_type e ON e.oid = CASE WHEN b.typcategory = 'A' THEN b.typelem ELSE b.oid END
            WHERE c.oid = to_regclass($1)
            ORDER BY a.attnum
            """;

    private final String table;
    private final Map<String, String> keys;

    /**
     * @param table as SQL names it: folded to small letters unless it is in quotes
     * @param keys the keys of the events by the names of the columns
     */
    Catalogue(String table, Map<String, String> keys) {
        this.table = table;
        this.keys = keys;
    }

    /** A column and the table that it was found in. */
    private record Found(String table, Column column) {}

    /** The table with the columns of the section; an error if there is none, or one lacks a column. */
    Mono<Table> read(PostgresqlConnection session) {
        return session.createStatement(QUERY)
                .bind("$1", table)
                .execute()
                .flatMap(result -> result.map(Catalogue::found))
                .collectList()
                .map(this::chosen);
    }

    private static Found found(Readable row) {
        String name = text(row, "attname");
        Column column = new Column(
                name,
                name,
                text(row, "type"),
                Kind.of(text(row, "element"), text(row, "category")),
                Boolean.TRUE.equals(row.get("is_array", Boolean.class)),
                Boolean.TRUE.equals(row.get("listable", Boolean.class)));
        return new Found(Table.quoted(text(row, "nspname")) + "." + Table.quoted(text(row, "relname")), column);
    }

    private static String text(Readable row, String column) {
        return String.valueOf(row.get(column, String.class));
    }

    private Table chosen(List<Found> found) {
        if (found.isEmpty()) {
            throw new IllegalStateException("table '" + table + "' does not exist, or is not to be seen by the user");
        }
        Map<String, Column> known = new LinkedHashMap<>();
        found.forEach(each -> known.put(each.column().name(), each.column()));
        List<Column> columns = new ArrayList<>();
        keys.forEach((name, key) -> columns.add(column(known, name).withKey(key)));
        return new Table(found.get(0).table(), List.copyOf(columns));
    }

    private Column column(Map<String, Column> known, String name) {
        Column column = known.getOrDefault(name, known.get(name.toLowerCase(Locale.ROOT)));
        if (column == null) {
            throw new IllegalStateException("table '" + table + "' has no column '" + name + "' (it has "
                    + String.join(", ", known.keySet()) + ")");
        }
        return column;
    }
}
