package io.bspump.file;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of bytes into lines. A line ends with LF; a CR before it belongs to the end too. Holds one chunk of the
 * stream, or one line if that is longer. Not thread-safe; reading blocks.
 */
final class LineReader {

    private static final int CHUNK = 1 << 17;

    /** Most of many files are small. */
    private static final int FIRST_CHUNK = 1 << 13;

    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = ONES << 7;
    private static final long FEEDS = ONES * '\n';

    private final InputStream in;
    private final int maxLine;
    private final boolean keepsEnds;
    private byte[] buffer = new byte[FIRST_CHUNK];
    private int start;
    private int end;
    private long offset;

    /**
     * @param offset where in its file the stream begins
     * @param maxLine bytes that a line may have, without its end
     */
    LineReader(InputStream in, long offset, int maxLine) {
        this(in, offset, maxLine, false);
    }

    private LineReader(InputStream in, long offset, int maxLine, boolean keepsEnds) {
        this.in = in;
        this.offset = offset;
        this.maxLine = maxLine;
        this.keepsEnds = keepsEnds;
    }

    /** Makes one whose lines have their ends, which count. */
    static LineReader keepingEnds(InputStream in, long offset, int maxLine) {
        return new LineReader(in, offset, maxLine, true);
    }

    /** Returns where in the file the next line begins. */
    long offset() {
        return offset;
    }

    /**
     * Returns the next line that has an end, without it, or null at the end of the stream.
     *
     * @throws LineTooLongException if it is longer than it may be; it is then still the next line
     */
    byte @Nullable [] next() throws IOException {
        int scanned = 0;
        while (true) {
            int feed = find(start + scanned);
            if (feed >= 0) {
                return take(endOfLine(feed), feed + 1);
            }
            scanned = end - start;
            if (scanned > maxLine + 1L) {
                throw new LineTooLongException(offset);
            }
            if (!fill()) {
                return null;
            }
        }
    }

    /** Returns the next line if it is there without reading on and not too long. Does not block. */
    byte @Nullable [] nextWithoutReading() throws IOException {
        int feed = find(start);
        return feed < 0 || endOfLine(feed) - start > maxLine ? null : take(endOfLine(feed), feed + 1);
    }

    /** Looks for LF, eight bytes at a time: a byte of the difference is zero where there is one. */
    private int find(int from) {
        int i = from;
        for (; i <= end - Long.BYTES; i += Long.BYTES) {
            long difference = (long) WORDS.get(buffer, i) ^ FEEDS;
            long zeros = (difference - ONES) & ~difference & HIGHS;
            if (zeros != 0) {
                return i + Long.numberOfTrailingZeros(zeros) / Byte.SIZE;
            }
        }
        for (; i < end; i++) {
            if (buffer[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private int endOfLine(int feed) {
        if (keepsEnds) {
            return feed + 1;
        }
        return feed > start && buffer[feed - 1] == '\r' ? feed - 1 : feed;
    }

    /** Returns what stands behind the last end of a line, or null if nothing does. Only when there is no next line. */
    byte @Nullable [] tail() throws IOException {
        return start == end ? null : take(end, end);
    }

    /** Returns the next line, at the end of the stream also one that has no end. */
    byte @Nullable [] nextOrTail() throws IOException {
        byte[] line = next();
        return line == null ? tail() : line;
    }

    /** Tells whether something stands behind the last line that was returned, as far as the stream has been read. */
    boolean hasMore() {
        return start < end;
    }

    private byte[] take(int lineEnd, int next) throws IOException {
        if (lineEnd - start > maxLine) {
            throw new LineTooLongException(offset);
        }
        byte[] line = Arrays.copyOfRange(buffer, start, lineEnd);
        offset += next - start;
        start = next;
        return line;
    }

    private boolean fill() throws IOException {
        if (end == buffer.length && end < CHUNK) {
            buffer = Arrays.copyOf(buffer, CHUNK);
        }
        if (start > 0) {
            System.arraycopy(buffer, start, buffer, 0, end - start);
            end -= start;
            start = 0;
        }
        if (end == buffer.length) {
            long grown = Math.min(2L * buffer.length, maxLine + 2L + CHUNK);
            buffer = Arrays.copyOf(buffer, (int) Math.min(grown, Integer.MAX_VALUE - 8));
        }
        int read = in.read(buffer, end, Math.min(CHUNK, buffer.length - end));
        end += Math.max(0, read);
        return read >= 0;
    }

    /** A line is longer than it may be. */
    static final class LineTooLongException extends IOException {

        private static final long serialVersionUID = 1L;

        LineTooLongException(long offset) {
            this("line", offset);
        }

        LineTooLongException(String what, long offset) {
            super("the " + what + " at offset " + offset + " is longer than max_line_size");
        }
    }
}
