package io.bspump;

import java.util.Objects;

/** The rules for ids, which stand in section names, addresses such as {@code P.*Source}, meters and paths. */
final class Ids {

    private Ids() {}

    /**
     * Gives the id back.
     *
     * @param kind of the thing that has it, such as {@code connection}
     * @throws IllegalArgumentException if it is blank
     */
    static String present(String kind, String id) {
        Objects.requireNonNull(id, "id");
        if (id.isBlank()) {
            throw new IllegalArgumentException(kind + " id must not be blank");
        }
        return id;
    }

    /**
     * Gives an id back that can be part of an address.
     *
     * @throws IllegalArgumentException if it is empty or has a dot, a colon, a star, a bracket or white space
     */
    static String addressable(String kind, String id) {
        Objects.requireNonNull(id, "id");
        boolean forbidden = id.chars().anyMatch(c -> ".:*[]".indexOf(c) >= 0 || Character.isWhitespace(c));
        if (id.isEmpty() || forbidden) {
            throw new IllegalArgumentException(kind
                    + " id must not be empty or contain dots, colons, stars, brackets or blanks, was '" + id + "'");
        }
        return id;
    }

    /** Returns the simple name of the class, or of the nearest named ancestor of an anonymous one. */
    static String of(Class<?> type) {
        Class<?> named = type;
        while (named.getSimpleName().isEmpty()) {
            named = named.getSuperclass();
        }
        return named.getSimpleName();
    }
}
