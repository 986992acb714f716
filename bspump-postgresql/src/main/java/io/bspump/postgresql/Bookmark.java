package io.bspump.postgresql;

import io.bspump.json.JsonDocument;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Up to where the rows of a query have been read: the last value of a column, and which rows with just that value, since more
 * of them may come. Thread-safe.
 */
final class Bookmark {

    /** How many rows with one value are kept apart. */
    static final int MOST_TIES = 100_000;

    private final String column;

    // Guarded by this.
    private @Nullable String value;
    private @Nullable RowHash only;
    /** Null as long as there is one row with the value. */
    private @Nullable Map<RowHash, Integer> ties;

    private int count;

    Bookmark(String column) {
        this.column = column;
    }

    /** The last value; null before the first row. */
    synchronized @Nullable String value() {
        return value;
    }

    /**
     * Goes on over a row.
     *
     * @throws IllegalStateException if too many rows have the value
     */
    synchronized void pass(String next, RowHash row) {
        if (!next.equals(value)) {
            value = next;
            only = row;
            ties = null;
            count = 1;
            return;
        }
        if (++count > MOST_TIES) {
            throw new IllegalStateException("more than " + MOST_TIES + " rows have the same value of " + column
                    + "; incremental_column must tell rows apart better");
        }
        if (ties == null) {
            ties = new HashMap<>();
            ties.put(java.util.Objects.requireNonNull(only), 1);
        }
        ties.merge(row, 1, Integer::sum);
    }

    /** Returns how often each of the rows with the last value has been read. */
    synchronized Map<RowHash, Integer> ties() {
        if (ties != null) {
            return new HashMap<>(ties);
        }
        return only == null ? new HashMap<>() : new HashMap<>(Map.of(only, 1));
    }

    /** Becomes what another is now. */
    void set(Bookmark other) {
        String otherValue;
        Map<RowHash, Integer> otherTies;
        synchronized (other) {
            otherValue = other.value;
            otherTies = other.ties();
        }
        synchronized (this) {
            value = otherValue;
            only = otherTies.isEmpty() ? null : otherTies.keySet().iterator().next();
            count = otherTies.values().stream().mapToInt(Integer::intValue).sum();
            ties = count > 1 ? otherTies : null;
        }
    }

    /** Returns it as text; null before the first row. */
    synchronized @Nullable String toText() {
        if (value == null) {
            return null;
        }
        Map<String, Integer> rows = new TreeMap<>();
        ties().forEach((row, times) -> rows.put(row.toString(), times));
        Map<String, Object> all = Map.of("column", column, "value", value, "rows", rows);
        return new String(JsonDocument.writeSorted(all), StandardCharsets.UTF_8);
    }

    /**
     * Reads what {@link #toText} has written.
     *
     * @param column the column that is wanted
     * @throws IllegalArgumentException if it is something else, or of another column
     */
    static Bookmark parse(String column, String text) {
        List<@Nullable Object> documents =
                JsonDocument.read("the remembered position", text.getBytes(StandardCharsets.UTF_8));
        if (documents.size() != 1
                || !(documents.get(0) instanceof Map<?, ?> all)
                || !(all.get("column") instanceof String stored)
                || !(all.get("value") instanceof String last)
                || !(all.get("rows") instanceof Map<?, ?> rows)) {
            throw new IllegalArgumentException("the remembered position is none of a query");
        }
        if (!stored.equals(column)) {
            throw new IllegalArgumentException("the remembered position is one of the column '" + stored
                    + "', incremental_column is '" + column + "'");
        }
        Bookmark mark = new Bookmark(column);
        rows.forEach((row, times) -> {
            for (int i = 0; i < ((Number) times).intValue(); i++) {
                mark.pass(last, RowHash.parse((String) row));
            }
        });
        return mark;
    }
}
