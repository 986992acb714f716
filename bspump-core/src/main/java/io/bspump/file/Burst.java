package io.bspump.file;

import org.jspecify.annotations.Nullable;

/**
 * Events that are cut before the first of them is emitted. If they were emitted as they are cut they would wake the lane for
 * each, and both threads would spend their time on that.
 */
final class Burst<O> {

    private static final int MAX_EVENTS = 2048;
    private static final long MAX_BYTES = 1 << 20;

    private @Nullable Object[] pieces = new Object[16];
    private int from;
    private int to;
    private long bytes;

    boolean isFull() {
        return to == MAX_EVENTS || bytes >= MAX_BYTES;
    }

    boolean isEmpty() {
        return from == to;
    }

    void add(Piece<O> piece, long size) {
        if (from == to) {
            from = 0;
            to = 0;
            bytes = 0;
        }
        if (to == pieces.length) {
            pieces = java.util.Arrays.copyOf(pieces, 2 * to);
        }
        pieces[to++] = piece;
        bytes += size;
    }

    @SuppressWarnings("unchecked") // only pieces are added
    @Nullable
    Piece<O> take() {
        if (from == to) {
            return null;
        }
        Piece<O> piece = (Piece<O>) pieces[from];
        pieces[from++] = null;
        if (from < to) {
            piece.follow();
        }
        return piece;
    }
}
