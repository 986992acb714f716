package io.bspump.mapping;

import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads and writes the fields of events that are maps; what is wrong with them is an error that quotes no content. */
public final class Fields {

    private Fields() {}

    /**
     * Returns the event as what it is.
     *
     * @throws IllegalArgumentException if it is no map
     */
    @SuppressWarnings("unchecked") // a key that is no text is found out where it matters
    public static Map<String, @Nullable Object> of(Object event) {
        if (event instanceof Map<?, ?> map) {
            return (Map<String, @Nullable Object>) map;
        }
        throw new IllegalArgumentException("the event must be a map, was a " + typeOf(event));
    }

    /**
     * Sets a field.
     *
     * @throws IllegalArgumentException if the event is a map that cannot be changed
     */
    public static void put(Map<String, @Nullable Object> event, String field, @Nullable Object value) {
        try {
            event.put(field, value);
        } catch (UnsupportedOperationException e) {
            throw unchangeable(event, e);
        }
    }

    /**
     * Removes a field and returns its value, or null when there is none.
     *
     * @throws IllegalArgumentException if the event is a map that cannot be changed
     */
    public static @Nullable Object remove(Map<String, @Nullable Object> event, String field) {
        try {
            return event.remove(field);
        } catch (UnsupportedOperationException e) {
            throw unchangeable(event, e);
        }
    }

    /**
     * Removes all other fields.
     *
     * @throws IllegalArgumentException if the event is a map that cannot be changed
     */
    public static void retain(Map<String, @Nullable Object> event, Collection<String> fields) {
        try {
            event.keySet().retainAll(fields);
        } catch (UnsupportedOperationException e) {
            throw unchangeable(event, e);
        }
    }

    /** Returns the error of an event that has not the field. */
    public static IllegalArgumentException missing(String field) {
        return new IllegalArgumentException("the event has no field '" + field + "'");
    }

    /** Returns the error of a field's value, such as {@code field 'size' must be a number, was a java.lang.String}. */
    public static IllegalArgumentException mismatch(String field, String expected, @Nullable Object actual) {
        return new IllegalArgumentException("field '" + field + "' must be " + expected + ", was "
                + (actual == null ? "null" : "a " + typeOf(actual)));
    }

    private static IllegalArgumentException unchangeable(Object event, UnsupportedOperationException cause) {
        return new IllegalArgumentException(
                "the event must be a map that can be changed, was a " + typeOf(event), cause);
    }

    private static String typeOf(Object value) {
        return value instanceof byte[] ? "byte[]" : value.getClass().getName();
    }
}
