package io.bspump.file;

import io.bspump.file.LineReader.LineTooLongException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** An event is a line that begins with the separator, with the lines behind it that do not. */
final class MultiLineCutter implements Cutter<byte[]> {

    private final LineReader lines;
    private final byte[] separator;
    private final int max;
    private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
    private boolean hasBegun;
    /** Where the lines of {@link #begun} end. */
    private long begunTo;

    private long end;
    private int size;

    MultiLineCutter(LineReader lines, byte[] separator, int max) {
        this.lines = lines;
        this.separator = separator;
        this.max = max;
        this.begunTo = lines.offset();
        this.end = lines.offset();
    }

    @Override
    public byte @Nullable [] next(Reach reach) throws IOException {
        byte[] line;
        while ((line = line(reach)) != null) {
            byte[] whole = hasBegun && begins(line) ? finish() : null;
            add(line);
            if (whole != null) {
                return whole;
            }
        }
        boolean last = reach == Reach.LAST_END || (reach == Reach.QUIET_END && !lines.hasMore());
        return last && hasBegun ? finish() : null;
    }

    private byte @Nullable [] line(Reach reach) throws IOException {
        return switch (reach) {
            case BUFFERED -> lines.nextWithoutReading();
            case END, QUIET_END -> lines.next();
            case LAST_END -> lines.nextOrTail();
        };
    }

    private boolean begins(byte[] line) {
        return line.length >= separator.length
                && java.util.Arrays.equals(line, 0, separator.length, separator, 0, separator.length);
    }

    private void add(byte[] line) throws IOException {
        if (hasBegun) {
            begun.write('\n');
        }
        hasBegun = true;
        begun.writeBytes(line);
        if (begun.size() > max) {
            throw new LineTooLongException("event", end);
        }
        begunTo = lines.offset();
    }

    private byte[] finish() {
        byte[] event = begun.toByteArray();
        begun.reset();
        hasBegun = false;
        end = begunTo;
        size = event.length;
        return event;
    }

    @Override
    public long offset() {
        return end;
    }

    @Override
    public long size() {
        return size;
    }
}
