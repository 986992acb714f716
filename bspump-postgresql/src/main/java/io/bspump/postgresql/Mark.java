package io.bspump.postgresql;

/**
 * Where a row of an incremental query stands.
 *
 * @param value of the column by which rows are read
 * @param hash tells it from others with the same value
 */
record Mark(String value, RowHash hash) {}
