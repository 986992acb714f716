package io.bspump.postgresql;

import org.jspecify.annotations.Nullable;

/** Makes a Java value of a column's value in the server's text form. */
@FunctionalInterface
interface ValueDecoder {

    /** The text itself: for types that Java has nothing better for. */
    ValueDecoder TEXT = text -> text;

    /**
     * Decodes a value; null for the JSON value {@code null}.
     *
     * @throws RuntimeException if it has another form than usual
     */
    @Nullable
    Object decode(String text);

    /** The same, but what has another form than usual, such as {@code infinity} for a time, stays text. */
    default @Nullable Object decodeOrKeep(String text) {
        try {
            return decode(text);
        } catch (RuntimeException e) {
            return text;
        }
    }
}
