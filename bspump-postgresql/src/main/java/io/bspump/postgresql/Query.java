package io.bspump.postgresql;

import org.jspecify.annotations.Nullable;

/**
 * What a source asks the server: a query of its user's, as it is, or its rows from a value of a column on, in the order of that
 * column.
 *
 * @param text without a semicolon at its end
 * @param column null for the query as it is
 */
record Query(String text, @Nullable String column) {

    static Query of(String text, @Nullable String column) {
        String stripped = text.strip();
        while (stripped.endsWith(";")) {
            stripped = stripped.substring(0, stripped.length() - 1).strip();
        }
        return new Query(stripped, column == null || column.isEmpty() ? null : column);
    }

    /**
     * Returns the statement that opens a cursor.
     *
     * @param last from which value of the column on; null for all that have one
     */
    String declare(@Nullable String last) {
        return "DECLARE " + Cursor.NAME + " NO SCROLL CURSOR FOR " + select(last);
    }

    private String select(@Nullable String last) {
        if (column == null) {
            return text;
        }
        String name = Table.quoted(column);
        // The line ends keep a comment at the end of the query from swallowing the rest.
        return "SELECT * FROM (\n" + text + "\n) AS bspump_query WHERE " + name
                + (last == null ? " IS NOT NULL" : " >= " + literal(last)) + " ORDER BY " + name;
    }

    /** A value of a type that the server finds out; such a statement cannot be given parameters. */
    static String literal(String value) {
        return (value.contains("\\") ? " E'" : "'")
                + value.replace("\\", "\\\\").replace("'", "''") + "'";
    }
}
