package io.bspump.postgresql;

import java.util.List;

/**
 * A table as the catalogue knows it.
 *
 * @param name with its schema, in quotes
 * @param columns those that are written, in the order of the section
 */
record Table(String name, List<Column> columns) {

    /** A name in quotes. */
    static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}
