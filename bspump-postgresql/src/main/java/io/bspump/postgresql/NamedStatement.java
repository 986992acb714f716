package io.bspump.postgresql;

import java.util.ArrayList;
import java.util.List;

/**
 * A statement with parameters {@code :name}. What stands in quotes, dollar quotes and comments is left alone, and so are casts
 * ({@code ::}) and assignments ({@code :=}).
 *
 * @param sql the same with {@code $1} and so on
 * @param names the names, the first is that of {@code $1}
 * @param arrays whether the parameter is cast to an array where it stands first, as in {@code :ids::int[]}
 */
record NamedStatement(String sql, List<String> names, List<Boolean> arrays) {

    /**
     * Reads a statement.
     *
     * @throws IllegalArgumentException if a quote or comment has no end, or if it has parameters of another kind
     */
    static NamedStatement parse(String text) {
        Parser parser = new Parser(text);
        parser.parse();
        return new NamedStatement(parser.sql.toString(), List.copyOf(parser.names), List.copyOf(parser.arrays));
    }

    private static final class Parser {

        private final String text;
        private final StringBuilder sql = new StringBuilder();
        private final List<String> names = new ArrayList<>();
        private final List<Boolean> arrays = new ArrayList<>();
        private int at;

        Parser(String text) {
            this.text = text;
        }

        void parse() {
            while (at < text.length()) {
                char c = text.charAt(at);
                switch (c) {
                    case '\'' -> copyTo(endOfText(isEscaping()));
                    case '"' -> copyTo(endOf("\"", at + 1, "a quoted name"));
                    case '$' -> dollar();
                    case '-' -> copyTo(follows("--") ? endOfLine() : at + 1);
                    case '/' -> copyTo(follows("/*") ? endOfComment() : at + 1);
                    case ':' -> colon();
                    default -> copyTo(isNameStart(c) ? endOfName(at) : at + 1);
                }
            }
        }

        private void copyTo(int end) {
            sql.append(text, at, end);
            at = end;
        }

        private boolean follows(String what) {
            return text.startsWith(what, at);
        }

        /** Whether the text that begins here takes backslashes: {@code E'...'}. */
        private boolean isEscaping() {
            boolean marked = at > 0 && (text.charAt(at - 1) == 'E' || text.charAt(at - 1) == 'e');
            return marked && (at == 1 || !isNamePart(text.charAt(at - 2)));
        }

        private int endOfText(boolean escaping) {
            for (int i = at + 1; i < text.length(); i++) {
                if (escaping && text.charAt(i) == '\\') {
                    i++;
                } else if (text.charAt(i) == '\'') {
                    return i + 1; // a doubled quote begins the next text
                }
            }
            throw new IllegalArgumentException("a quoted text has no end");
        }

        private int endOf(String end, int from, String what) {
            int found = text.indexOf(end, from);
            if (found < 0) {
                throw new IllegalArgumentException(what + " has no end");
            }
            return found + end.length();
        }

        private int endOfLine() {
            int end = text.indexOf('\n', at);
            return end < 0 ? text.length() : end;
        }

        /** Comments may stand in comments. */
        private int endOfComment() {
            int depth = 0;
            for (int i = at; i < text.length() - 1; i++) {
                if (text.startsWith("/*", i)) {
                    depth++;
                    i++;
                } else if (text.startsWith("*/", i)) {
                    depth--;
                    i++;
                    if (depth == 0) {
                        return i + 1;
                    }
                }
            }
            throw new IllegalArgumentException("a comment has no end");
        }

        private void dollar() {
            int end = at + 1 < text.length() && isNameStart(text.charAt(at + 1)) ? endOfName(at + 1) : at + 1;
            if (end < text.length() && text.charAt(end) == '$') {
                String tag = text.substring(at, end + 1);
                copyTo(endOf(tag, end + 1, "a text in " + tag));
            } else if (at + 1 < text.length() && Character.isDigit(text.charAt(at + 1))) {
                throw new IllegalArgumentException("parameters must be written :name, one is written with a dollar");
            } else {
                copyTo(at + 1);
            }
        }

        private void colon() {
            if (follows("::") || follows(":=")) {
                copyTo(at + 2);
            } else if (at + 1 < text.length() && isNameStart(text.charAt(at + 1))) {
                int end = endOfName(at + 1);
                parameter(text.substring(at + 1, end), end);
                at = end;
            } else {
                copyTo(at + 1);
            }
        }

        private void parameter(String name, int end) {
            int number = names.indexOf(name);
            if (number < 0) {
                number = names.size();
                names.add(name);
                arrays.add(isArray(end));
            }
            sql.append('$').append(number + 1);
        }

        /** Whether a cast to an array follows. */
        private boolean isArray(int end) {
            if (!text.startsWith("::", end)) {
                return false;
            }
            int i = end + 2;
            while (i < text.length() && (isNamePart(text.charAt(i)) || " .\"".indexOf(text.charAt(i)) >= 0)) {
                i++;
            }
            return text.startsWith("[]", i);
        }

        private int endOfName(int from) {
            int end = from;
            while (end < text.length() && isNamePart(text.charAt(end))) {
                end++;
            }
            return end;
        }

        private static boolean isNameStart(char c) {
            return Character.isLetter(c) || c == '_';
        }

        private static boolean isNamePart(char c) {
            return Character.isLetterOrDigit(c) || c == '_';
        }
    }
}
