package io.bspump.file;

import io.bspump.json.StdJsonToDictParser;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The JSON value on each line is an event; blank lines and {@code null} are none. */
final class JsonLineCutter implements Cutter<Object> {

    private final Content content;
    private final LineCutter lines;
    private final InvalidEvents invalid;
    /** Where the last event ends; behind a line that is invalid it is not. */
    private long end;

    JsonLineCutter(Content content, LineReader lines, InvalidEvents invalid) {
        this.content = content;
        this.lines = new LineCutter(lines);
        this.invalid = invalid;
        this.end = lines.offset();
    }

    @Override
    public @Nullable Object next(Reach reach) throws IOException {
        byte[] line;
        while ((line = lines.next(reach)) != null) {
            Object value = isBlank(line) ? null : parse(line);
            end = lines.offset();
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    private @Nullable Object parse(byte[] line) throws IOException {
        try {
            return StdJsonToDictParser.parse(line);
        } catch (IllegalArgumentException e) {
            invalid.report(content, "line", end, String.valueOf(e.getMessage()));
            return null;
        }
    }

    private static boolean isBlank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    @Override
    public long offset() {
        return end;
    }

    @Override
    public long size() {
        return lines.size();
    }
}
