package io.bspump.builder;

import java.util.List;
import java.util.Map;

/** A value of a definition, with the line on which it begins. Immutable. */
sealed interface Node {

    int line();

    /** How many values it holds, itself included. */
    int size();

    /** In words, for messages. */
    String kind();

    /**
     * Values by name.
     *
     * @param lines on which the names stand
     */
    record Fields(int line, int size, Map<String, Node> all, Map<String, Integer> lines) implements Node {
        @Override
        public String kind() {
            return "a map";
        }
    }

    /** Values one after the other. */
    record Items(int line, int size, List<Node> all) implements Node {
        @Override
        public String kind() {
            return "a list";
        }
    }

    /** A single value, as it is written. */
    record Scalar(int line, String text, Form form) implements Node {

        enum Form {
            TEXT,
            NUMBER,
            BOOL,
            NULL
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public String kind() {
            return switch (form) {
                case TEXT -> "a text";
                case NUMBER -> "a number";
                case BOOL -> "yes or no";
                case NULL -> "nothing";
            };
        }
    }
}
