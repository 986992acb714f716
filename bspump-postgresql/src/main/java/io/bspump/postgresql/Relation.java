package io.bspump.postgresql;

import java.util.List;

/**
 * A table as a replication stream describes it.
 *
 * @param columns in the order of their values
 */
record Relation(String schema, String table, List<Column> columns) {

    Relation {
        columns = List.copyOf(columns);
    }

    /**
     * A column of it.
     *
     * @param isKey whether its value tells which row is meant
     */
    record Column(String name, boolean isKey, ValueDecoder decoder) {}
}
