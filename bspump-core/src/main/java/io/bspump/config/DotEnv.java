package io.bspump.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads files of {@code NAME=value} lines: {@code export} in front, quotes, comments, values of several lines in quotes.
 * Nothing in a value is expanded, as passwords have dollar signs.
 */
final class DotEnv {

    private static final Pattern START =
            Pattern.compile("[ \\t]*(?:export[ \\t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \\t]*=[ \\t]*");
    private static final Pattern IGNORED = Pattern.compile("[ \\t]*(?:#[^\\n]*)?");

    private final String text;
    private final Origin file;
    private final Problems problems;
    private final Map<String, String> values = new LinkedHashMap<>();
    private int position;

    private DotEnv(String text, Origin file, Problems problems) {
        this.text = text;
        this.file = file;
        this.problems = problems;
    }

    static Map<String, String> parse(String text, Origin file, Problems problems) {
        DotEnv parser = new DotEnv(text.replace("\r\n", "\n").replace('\r', '\n'), file, problems);
        while (parser.position < parser.text.length()) {
            parser.entry();
        }
        return parser.values;
    }

    private void entry() {
        int end = lineEnd(position);
        Matcher ignored = IGNORED.matcher(text).region(position, end);
        Matcher start = START.matcher(text).region(position, end);
        if (ignored.matches()) {
            position = end + 1;
        } else if (!start.lookingAt()) {
            fail("the line must be 'NAME=value'");
        } else {
            value(start.group(1), start.end(), end);
        }
    }

    private void value(String name, int start, int end) {
        char quote = start < end ? text.charAt(start) : ' ';
        if (quote == '\'' || quote == '"') {
            quoted(name, start + 1, quote);
        } else {
            values.put(name, withoutComment(text.substring(start, end)));
            position = end + 1;
        }
    }

    private void quoted(String name, int start, char quote) {
        StringBuilder value = new StringBuilder();
        int i = start;
        while (i < text.length() && text.charAt(i) != quote) {
            boolean escape = text.charAt(i) == '\\' && i + 1 < text.length();
            if (escape && quote == '"') {
                i++;
                value.append(unescape(text.charAt(i)));
            } else if (escape && text.charAt(i + 1) == '\'') {
                i++;
                value.append('\'');
            } else {
                value.append(text.charAt(i));
            }
            i++;
        }
        if (i >= text.length()) {
            fail("the quote of " + Names.shown(name) + " is not closed");
            return;
        }
        int end = lineEnd(i);
        if (!IGNORED.matcher(text).region(i + 1, end).matches()) {
            fail("nothing but a comment may follow the quoted value of " + Names.shown(name));
            return;
        }
        values.put(name, value.toString());
        position = end + 1;
    }

    private static String unescape(char c) {
        return switch (c) {
            case 'n' -> "\n";
            case 'r' -> "\r";
            case 't' -> "\t";
            case '"', '\\', '$' -> String.valueOf(c);
            default -> "\\" + c;
        };
    }

    private static String withoutComment(String value) {
        int comment = value.startsWith("#") ? 0 : value.indexOf(" #");
        return (comment < 0 ? value : value.substring(0, comment)).strip();
    }

    private int lineEnd(int from) {
        int end = text.indexOf('\n', from);
        return end < 0 ? text.length() : end;
    }

    private void fail(String message) {
        int line = 1
                + (int) text.substring(0, position)
                        .chars()
                        .filter(c -> c == '\n')
                        .count();
        problems.add(new Origin(file.place(), line, file.directory()), null, null, message);
        position = lineEnd(position) + 1;
    }
}
