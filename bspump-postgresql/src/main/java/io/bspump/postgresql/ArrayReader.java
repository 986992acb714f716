package io.bspump.postgresql;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The text form of an array, such as <code>{1,NULL,"a \"b\""}</code> or <code>[0:1]={{1},{2}}</code>. Reads one text. */
final class ArrayReader {

    private final String text;
    private final ValueDecoder element;
    private final char delimiter;
    private int at;

    ArrayReader(String text, ValueDecoder element, char delimiter) {
        this.text = text;
        this.element = element;
        this.delimiter = delimiter;
    }

    /**
     * Returns the elements: lists where the array has more dimensions. Where the first index is not 1, that is left out.
     *
     * @throws RuntimeException if the text is no array
     */
    List<@Nullable Object> read() {
        if (text.startsWith("[")) {
            at = text.indexOf('=') + 1;
        }
        List<@Nullable Object> all = list();
        if (at != text.length()) {
            throw new IllegalArgumentException("there is something behind the array");
        }
        return all;
    }

    private List<@Nullable Object> list() {
        expect('{');
        List<@Nullable Object> all = new ArrayList<>();
        if (text.charAt(at) == '}') {
            at++;
            return all;
        }
        all.add(next());
        while (text.charAt(at) == delimiter) {
            at++;
            all.add(next());
        }
        expect('}');
        return all;
    }

    private void expect(char wanted) {
        if (text.charAt(at) != wanted) {
            throw new IllegalArgumentException("'" + wanted + "' is missing in an array");
        }
        at++;
    }

    private @Nullable Object next() {
        char first = text.charAt(at);
        if (first == '{') {
            return list();
        }
        if (first == '"') {
            return element.decodeOrKeep(quoted());
        }
        int from = at;
        while (text.charAt(at) != delimiter && text.charAt(at) != '}') {
            at++;
        }
        String plain = text.substring(from, at);
        return plain.equals("NULL") ? null : element.decodeOrKeep(plain);
    }

    private String quoted() {
        StringBuilder value = new StringBuilder();
        at++;
        for (char c = text.charAt(at); c != '"'; c = text.charAt(at)) {
            if (c == '\\') {
                at++;
            }
            value.append(text.charAt(at));
            at++;
        }
        at++;
        return value.toString();
    }
}
