package io.bspump.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns the dialect of Python's configparser into the simpler one of ini4j: continuation lines are joined, comments and what
 * is wrong become blank lines, so that line numbers stay. What is wrong is recorded, all of it, without its text, as a line
 * that was not understood may hold a secret.
 */
final class IniLines {

    /** Stands for a line feed inside a value. A noncharacter, which no file may hold. */
    static final char LINE_FEED = '\uFDD0';

    private static final int PROBLEM_LIMIT = 100;

    private final Origin file;
    private final Problems problems;
    private final List<String> lines = new ArrayList<>();
    private final List<Integer> starts = new ArrayList<>();
    private final Map<String, Integer> sections = new HashMap<>();
    private final Map<String, Integer> defaultKeys = new HashMap<>();

    private Map<String, Integer> keys = new HashMap<>();

    private @Nullable String section;
    private @Nullable StringBuilder value;
    private int valueLine;
    private boolean skipping;
    private int indent;
    private int failures;

    private IniLines(Origin file, Problems problems) {
        this.file = file;
        this.problems = problems;
    }

    /**
     * @param text what ini4j is to read
     * @param starts the line numbers of its sections and options, in order
     */
    record Joined(String text, List<Integer> starts) {}

    static Joined join(String text, Origin file, Problems problems) {
        IniLines lines = new IniLines(file, problems);
        for (String line : (Iterable<String>) text.lines()::iterator) {
            lines.accept(line);
            if (lines.failures >= PROBLEM_LIMIT) {
                problems.add(
                        lines.at(lines.number()), null, null, "too many problems, the rest of the file was not read");
                break;
            }
        }
        lines.endValue();
        return new Joined(String.join("\n", lines.lines), lines.starts);
    }

    private int number() {
        return lines.size();
    }

    private Origin at(int line) {
        return new Origin(file.place(), line, file.directory());
    }

    private void accept(String line) {
        lines.add("");
        String content = strip(line);
        boolean continues = (value != null || skipping) && line.indexOf(content) > indent;
        Integer control = controlCharacter(line);
        if (control != null) {
            refuse(control, content.startsWith("[") && !continues);
        } else if (content.isEmpty()) {
            append("");
        } else if (content.charAt(0) == '#' || content.charAt(0) == ';') {
            return;
        } else if (continues) {
            append(content);
        } else {
            endValue();
            indent = line.indexOf(content);
            start(content);
        }
    }

    private static @Nullable Integer controlCharacter(String line) {
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7f || (c >= '\uFDD0' && c <= '\uFDEF')) {
                return (int) c;
            }
        }
        return null;
    }

    private void refuse(int control, boolean header) {
        if (header) {
            endValue();
            section = "";
            keys = new HashMap<>();
        }
        fail(section, "the line holds the control character U+%04X".formatted(control));
    }

    private void append(String content) {
        if (value != null) {
            value.append(LINE_FEED).append(content);
        }
    }

    private void start(String content) {
        if (content.charAt(0) == '[') {
            startSection(content);
        } else {
            startOption(content);
        }
    }

    private void startSection(String content) {
        int end = content.indexOf(']');
        String name = end < 0 ? "" : strip(content.substring(1, end));
        String rest = end < 0 ? "" : strip(content.substring(end + 1));
        section = name;
        keys = name.equals(IniFile.DEFAULT) ? defaultKeys : new HashMap<>();
        if (end < 0) {
            fail(null, "the name of the section must end with ']'");
            return;
        }
        if (name.isEmpty()) {
            fail(null, "the name of the section must not be empty");
            return;
        }
        if (!rest.isEmpty() && rest.charAt(0) != ';' && rest.charAt(0) != '#') {
            fail(name, "nothing but a comment may follow the name of the section");
        }
        Integer first = name.equals(IniFile.DEFAULT) ? null : sections.putIfAbsent(name, number());
        if (first != null) {
            fail(name, "the section stands in the file twice, first in line " + first);
        }
        // Also after a problem, as what follows must not be taken for a part of the section before.
        emit("[" + name + "]");
    }

    private void startOption(String content) {
        int separator = separator(content);
        String key = separator < 0 ? "" : Names.key(strip(content.substring(0, separator)));
        String shown = Names.shown(key);
        skipping = true;
        if (section == null) {
            fail(null, "a section such as [general] must stand before the first key");
        } else if (separator < 0) {
            fail(section, "the line must be 'key = value', or be indented to continue the value before it");
        } else if (key.isEmpty()) {
            fail(section, "the line must have a key before the '" + content.charAt(separator) + "'");
        } else if (keys.containsKey(key)) {
            problems.add(
                    at(number()), section, key, shown + " stands in the section twice, first in line " + keys.get(key));
            failures++;
        } else if (!section.isEmpty()) {
            keys.put(key, number());
            skipping = false;
            valueLine = number();
            // The blank keeps ini4j from taking a backslash at the end of the key for an escape of the separator.
            value = new StringBuilder(key).append(" = ").append(strip(content.substring(separator + 1)));
        }
    }

    private static int separator(String content) {
        for (int i = 0; i < content.length(); i++) {
            if (content.charAt(i) == '=' || content.charAt(i) == ':') {
                return i;
            }
        }
        return -1;
    }

    private void endValue() {
        StringBuilder ended = value;
        value = null;
        skipping = false;
        if (ended != null) {
            lines.set(valueLine - 1, stripEnd(ended.toString()));
            starts.add(valueLine);
        }
    }

    private void emit(String text) {
        lines.set(number() - 1, text);
        starts.add(number());
    }

    private void fail(@Nullable String name, String message) {
        failures++;
        skipping = true;
        problems.addLoss(at(number()), name == null || name.isEmpty() ? null : name, null, message);
    }

    /** Python's idea of a blank: all of Unicode's, the no-break space included. */
    private static boolean isBlank(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == LINE_FEED;
    }

    private static String strip(String text) {
        int start = 0;
        while (start < text.length() && isBlank(text.charAt(start))) {
            start++;
        }
        return stripEnd(text.substring(start));
    }

    private static String stripEnd(String text) {
        int end = text.length();
        while (end > 0 && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }
}
