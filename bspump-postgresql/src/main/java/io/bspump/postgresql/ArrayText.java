package io.bspump.postgresql;

import org.jspecify.annotations.Nullable;

/** Arrays as PostgreSQL reads them: <code>{1,NULL,"a b"}</code>. */
final class ArrayText {

    private static final boolean[] PLAIN = new boolean[128];

    static {
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-.:_"
                .chars()
                .forEach(c -> PLAIN[c] = true);
    }

    /** Longer ones are put in quotes without a look whether they need them. */
    private static final int SHORT = 20;

    private ArrayText() {}

    /** Goes on with the next element. */
    static void next(StringBuilder array) {
        if (array.charAt(array.length() - 1) != '{') {
            array.append(',');
        }
    }

    /** Appends an element, in quotes if it needs them. */
    static void append(StringBuilder array, @Nullable String element) {
        if (element == null) {
            array.append("NULL");
        } else if (isPlain(element)) {
            array.append(element);
        } else {
            quote(array, element);
        }
    }

    private static void quote(StringBuilder array, String element) {
        array.append('"');
        if (element.indexOf('"') < 0 && element.indexOf('\\') < 0) {
            array.append(element).append('"');
            return;
        }
        int from = 0;
        for (int i = 0; i < element.length(); i++) {
            char c = element.charAt(i);
            if (c == '"' || c == '\\') {
                array.append(element, from, i).append('\\');
                from = i;
            }
        }
        array.append(element, from, element.length()).append('"');
    }

    private static boolean isPlain(String element) {
        if (element.length() > SHORT) {
            return false;
        }
        for (int i = 0; i < element.length(); i++) {
            char c = element.charAt(i);
            if (c >= PLAIN.length || !PLAIN[c]) {
                return false;
            }
        }
        return !element.isEmpty() && !element.equalsIgnoreCase("null");
    }
}
