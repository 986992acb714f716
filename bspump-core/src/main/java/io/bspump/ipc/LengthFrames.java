package io.bspump.ipc;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Events with four bytes of length before each, the highest first. */
final class LengthFrames implements Frames {

    private static final int PREFIX = Integer.BYTES;
    /** What is allocated for an event before any of it has come, at the most. */
    private static final int FIRST_STEP = 1 << 16;

    private static final byte[] NOTHING = {};

    private final int limit;
    private byte[] chunk = NOTHING;
    private int position;
    private int prefix;
    private int prefixBytes;
    private byte[] event = NOTHING;
    private int length;

    LengthFrames(int limit) {
        this.limit = limit;
    }

    @Override
    public void add(byte[] next) {
        chunk = next;
        position = 0;
    }

    @Override
    public byte @Nullable [] next() throws IOException {
        while (prefixBytes < PREFIX) {
            if (position == chunk.length) {
                return null;
            }
            prefix = (prefix << 8) | (chunk[position++] & 0xff);
            prefixBytes++;
        }
        if (prefix < 0 || prefix > limit) {
            throw new IOException("a length is given as " + Integer.toUnsignedString(prefix) + " bytes, the limit is "
                    + limit + " bytes");
        }
        return fill() ? cut() : null;
    }

    private boolean fill() {
        int more = Math.min(prefix - length, chunk.length - position);
        if (length + more > event.length) {
            // A peer that promises much must send it before it costs memory.
            int step = Math.max(length + more, Math.min(prefix, Math.max(FIRST_STEP, 2 * event.length)));
            event = Arrays.copyOf(event, step);
        }
        System.arraycopy(chunk, position, event, length, more);
        position += more;
        length += more;
        return length == prefix;
    }

    private byte[] cut() {
        byte[] whole = event.length == prefix ? event : Arrays.copyOf(event, prefix);
        event = NOTHING;
        length = 0;
        prefix = 0;
        prefixBytes = 0;
        return whole;
    }

    @Override
    public byte @Nullable [] tail() throws IOException {
        if (prefixBytes > 0) {
            throw new IOException("the stream ended within an event");
        }
        return null;
    }
}
