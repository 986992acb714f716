package io.bspump.postgresql;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an event writes: texts in the order of the columns, null for null. */
final class Row {

    private final int index;
    private final @Nullable String[] texts;

    private Row(int index, @Nullable String[] texts) {
        this.index = index;
        this.texts = texts;
    }

    /** The place of the event in its batch. */
    int index() {
        return index;
    }

    int size() {
        return texts.length;
    }

    @Nullable
    String text(int column) {
        return texts[column];
    }

    /**
     * The row of an event: a map, whose values are found by the keys of the columns, or a list or an array of values in the
     * order of the columns.
     *
     * @throws IllegalArgumentException if it is neither, or if a column does not take a value
     */
    static Row of(int index, Object event, List<Column> columns) {
        @Nullable String[] texts = new String[columns.size()];
        if (event instanceof Map<?, ?> map) {
            for (int i = 0; i < texts.length; i++) {
                Column column = columns.get(i);
                texts[i] = column.text(map.get(column.key()));
            }
            return new Row(index, texts);
        }
        List<?> values = event instanceof Object[] array ? Arrays.asList(array) : list(event);
        if (values.size() != texts.length) {
            throw new IllegalArgumentException(
                    "events must have " + texts.length + " values, one for each column, was " + values.size());
        }
        for (int i = 0; i < texts.length; i++) {
            texts[i] = columns.get(i).text(values.get(i));
        }
        return new Row(index, texts);
    }

    private static List<?> list(Object event) {
        if (event instanceof List<?> list) {
            return list;
        }
        throw new IllegalArgumentException("events must be maps, lists or arrays, was " + Kind.nameOf(event));
    }
}
