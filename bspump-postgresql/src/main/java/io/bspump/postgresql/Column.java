package io.bspump.postgresql;

import org.jspecify.annotations.Nullable;

/**
 * A column that is written.
 *
 * @param name its name in the table
 * @param key the key of the events whose value goes there
 * @param type its type, as casts name it
 * @param kind how values become texts
 * @param array whether it holds arrays, then the kind is that of their elements
 * @param listable whether an array of its type can be taken apart into values of it
 */
record Column(String name, String key, String type, Kind kind, boolean array, boolean listable) {

    /** The same for another key of the events. */
    Column withKey(String other) {
        return new Column(name, other, type, kind, array, listable);
    }

    /** Its name in quotes. */
    String quoted() {
        return Table.quoted(name);
    }

    /**
     * The text of a value; null for null.
     *
     * @throws IllegalArgumentException if the column does not take such values; the message does not tell the value
     */
    @Nullable
    String text(@Nullable Object value) {
        if (value == null) {
            return null;
        }
        try {
            return array ? kind.array(value) : kind.text(value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("column '" + name + "' (" + type + ") " + e.getMessage(), e);
        }
    }
}
