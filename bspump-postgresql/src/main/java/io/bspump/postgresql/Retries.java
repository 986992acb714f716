package io.bspump.postgresql;

/** How long to wait for the next attempt: longer each time, up to five seconds. Not thread-safe. */
final class Retries {

    private static final long FIRST = 100;
    private static final long MOST = 5000;

    private long next = FIRST;

    boolean isFirst() {
        return next == FIRST;
    }

    /** Returns milliseconds. */
    long next() {
        long delay = next;
        next = Math.min(MOST, 2 * next);
        return delay;
    }

    /** It has worked. */
    void reset() {
        next = FIRST;
    }
}
