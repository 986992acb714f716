package io.bspump.test;

/**
 * What is wrong with one direction of the connections of a proxy.
 *
 * @param stalled nothing is forwarded
 * @param delayNanos how long data waits at least
 * @param jitterNanos how much longer it waits at most
 * @param bytesPerSecond how much is forwarded at most
 * @param endAfter how many bytes are forwarded before the connection ends
 * @param end how it ends then
 */
record PipeFaults(
        boolean stalled, long delayNanos, long jitterNanos, long bytesPerSecond, long endAfter, ProxyEnd end) {

    /** For {@code bytesPerSecond} and {@code endAfter}. */
    static final long UNLIMITED = Long.MAX_VALUE;

    static final PipeFaults NONE = new PipeFaults(false, 0, 0, UNLIMITED, UNLIMITED, ProxyEnd.FIN);

    PipeFaults stall() {
        return new PipeFaults(true, delayNanos, jitterNanos, bytesPerSecond, endAfter, end);
    }

    PipeFaults delay(long delay, long jitter) {
        return new PipeFaults(stalled, delay, jitter, bytesPerSecond, endAfter, end);
    }

    PipeFaults bandwidth(long limit) {
        return new PipeFaults(stalled, delayNanos, jitterNanos, limit, endAfter, end);
    }

    PipeFaults endAfter(long bytes, ProxyEnd how) {
        return new PipeFaults(stalled, delayNanos, jitterNanos, bytesPerSecond, bytes, how);
    }
}
