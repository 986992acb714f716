package io.bspump.ipc;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Lines; LF or CR LF ends each and is not part of it. */
final class LineFrames implements Frames {

    private static final byte[] NOTHING = {};
    /** A buffer that one long line has made larger is given back. */
    private static final int KEPT = 1 << 16;

    private final int limit;
    private byte[] chunk = NOTHING;
    private int position;
    /** The beginning of a line whose end has not come. */
    private byte[] begun = NOTHING;

    private int length;

    LineFrames(int limit) {
        this.limit = limit;
    }

    @Override
    public void add(byte[] next) {
        chunk = next;
        position = 0;
    }

    @Override
    public byte @Nullable [] next() throws IOException {
        int start = position;
        int end = start;
        while (end < chunk.length && chunk[end] != '\n') {
            end++;
        }
        position = end + 1;
        if (end == chunk.length) {
            keep(start, end);
            chunk = NOTHING;
            position = 0;
            return null;
        }
        if (length == 0) {
            return line(chunk, start, end);
        }
        keep(start, end);
        return cut();
    }

    private void keep(int start, int end) throws IOException {
        int more = end - start;
        // A CR at the end may belong to the end of the line.
        if (length + more > limit + 1L) {
            throw tooLong();
        }
        if (length + more > begun.length) {
            begun = Arrays.copyOf(begun, Math.max(length + more, (int) Math.min(limit + 1L, 2L * begun.length)));
        }
        System.arraycopy(chunk, start, begun, length, more);
        length += more;
    }

    private byte[] cut() throws IOException {
        byte[] line = line(begun, 0, length);
        length = 0;
        if (begun.length > KEPT) {
            begun = NOTHING;
        }
        return line;
    }

    private byte[] line(byte[] from, int start, int end) throws IOException {
        int last = end > start && from[end - 1] == '\r' ? end - 1 : end;
        if (last - start > limit) {
            throw tooLong();
        }
        return Arrays.copyOfRange(from, start, last);
    }

    private IOException tooLong() {
        return new IOException("a line is longer than " + limit + " bytes");
    }

    @Override
    public byte @Nullable [] tail() throws IOException {
        return length == 0 ? null : cut();
    }
}
