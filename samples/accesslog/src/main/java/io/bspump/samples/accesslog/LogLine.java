package io.bspump.samples.accesslog;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.time.DateTimeException;

/** Reads the fields of a line from left to right; each is followed by a blank or the end of the line. */
final class LogLine {

    /** How much of a line an error may quote. */
    private static final int EXCERPT = 32;

    private final byte[] line;
    private int at;

    LogLine(byte[] line) {
        this.line = line;
    }

    /** Returns what stands before the next blank. */
    String word(String what) {
        int from = at;
        while (at < line.length && line[at] != ' ') {
            at++;
        }
        if (at == from) {
            throw problem(what + " is missing", from);
        }
        String word = new String(line, from, at - from, UTF_8);
        blank();
        return word;
    }

    /** Returns a time in brackets as seconds since 1970. */
    long time(LogTime times) {
        int from = at;
        int to = from + 1 + LogTime.LENGTH;
        if (to >= line.length || line[from] != '[' || line[to] != ']') {
            throw problem("the time must be like [21/Nov/2026:03:14:53 +0100]", from);
        }
        try {
            long time = times.read(line, from + 1);
            at = to + 1;
            blank();
            return time;
        } catch (DateTimeException e) {
            throw problem("the time must be like [21/Nov/2026:03:14:53 +0100], but " + e.getMessage(), from);
        }
    }

    /** Returns a text in quotes, in which a backslash escapes. */
    String quoted(String what) {
        int from = at;
        if (from >= line.length || line[from] != '"') {
            throw problem(what + " must be in quotes", from);
        }
        boolean escaped = false;
        int to = from + 1;
        while (to < line.length && line[to] != '"') {
            if (line[to] == '\\') {
                escaped = true;
                to++;
            }
            to++;
        }
        if (to >= line.length) {
            throw problem(what + " has no closing quote", from);
        }
        at = to + 1;
        blank();
        return escaped ? unescaped(from + 1, to) : new String(line, from + 1, to - from - 1, UTF_8);
    }

    private String unescaped(int from, int to) {
        ByteArrayOutputStream text = new ByteArrayOutputStream(to - from);
        for (int i = from; i < to; i++) {
            if (line[i] == '\\' && (line[i + 1] == '"' || line[i + 1] == '\\')) {
                i++;
            }
            text.write(line[i]);
        }
        return text.toString(UTF_8);
    }

    /** Returns a number of so many digits. */
    int number(String what, int digits) {
        int from = at;
        long number = digits(what);
        if (at - from != digits) {
            throw problem(what + " must have " + digits + " digits", from);
        }
        blank();
        return (int) number;
    }

    /** Returns a number; {@code -} is 0. */
    long size(String what) {
        if (at < line.length && line[at] == '-') {
            at++;
            blank();
            return 0;
        }
        long number = digits(what);
        blank();
        return number;
    }

    private long digits(String what) {
        int from = at;
        long number = 0;
        while (at < line.length && line[at] >= '0' && line[at] <= '9' && at - from < 18) {
            number = number * 10 + line[at++] - '0';
        }
        if (at == from) {
            throw problem(what + " must be a number", from);
        }
        return number;
    }

    /** There must be nothing more. */
    void end() {
        if (at < line.length) {
            throw problem("the line must end after the agent", at);
        }
    }

    private void blank() {
        if (at == line.length) {
            return;
        }
        if (line[at] != ' ') {
            throw problem("a blank is missing", at);
        }
        at++;
    }

    private IllegalArgumentException problem(String rule, int column) {
        int from = Math.min(column, line.length);
        int length = Math.min(line.length - from, EXCERPT);
        String seen = length == 0
                ? "the line ended"
                : "was '" + new String(line, from, length, UTF_8) + (from + length < line.length ? "...'" : "'");
        return new IllegalArgumentException("column " + (from + 1) + ": " + rule + ", " + seen);
    }
}
