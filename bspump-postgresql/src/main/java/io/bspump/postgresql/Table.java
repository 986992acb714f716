package io.bspump.postgresql;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A table as the catalogue knows it.
 *
 * @param name with its schema, in quotes
 * @param columns those that are written, in the order of the section
 */
record Table(String name, List<Column> columns) {

    private static final Pattern PART =
            Pattern.compile("(?:([\\p{L}_][\\p{L}\\p{N}_$]*)|(\"(?:[^\"]|\"\")+\"))(\\.|$)");

    /** A name in quotes. */
    static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /**
     * A name as SQL has it, {@code schema.table}, with all its parts in quotes; folded to small letters unless it was in quotes.
     *
     * @throws IllegalArgumentException if it is not a name
     */
    static String path(String text) {
        Matcher parts = PART.matcher(text.strip());
        StringBuilder path = new StringBuilder();
        int end = 0;
        while (parts.find() && parts.start() == end) {
            String bare = parts.group(1);
            path.append(path.isEmpty() ? "" : ".")
                    .append(bare == null ? parts.group(2) : quoted(bare.toLowerCase(Locale.ROOT)));
            end = parts.end();
            if (end == text.strip().length() && parts.group(3).isEmpty()) {
                return path.toString();
            }
        }
        throw new IllegalArgumentException("must be TABLE or SCHEMA.TABLE");
    }
}
