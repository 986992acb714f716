package io.bspump.test;

import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;

/**
 * What this JVM holds at one moment.
 *
 * @param threads how many are alive
 * @param descriptors how many files and sockets are open; 0 where the system does not tell
 * @param heap bytes in use after a collection
 */
record Footprint(long threads, long descriptors, long heap) {

    private static final int COLLECTIONS = 3;

    /** What comes and goes by itself. */
    private static final int SPARE = 10;

    private static final int BYTES_PER_TIME = 8 * 1024;

    static Footprint now() {
        return new Footprint(ManagementFactory.getThreadMXBean().getThreadCount(), openDescriptors(), usedHeap());
    }

    /** Fails if there is more than there was before something has been done so many times. */
    void checkNotAbove(Footprint before, int times) {
        String facts = " when it reconnects " + times + " times, had " + before + ", has " + this;
        check(threads <= before.threads + SPARE, "must not leak threads" + facts);
        check(descriptors <= before.descriptors + SPARE, "must not leak descriptors" + facts);
        check(heap <= before.heap + (long) times * BYTES_PER_TIME, "must not leak memory" + facts);
    }

    private static void check(boolean holds, String rule) {
        if (!holds) {
            throw new AssertionError(rule);
        }
    }

    private static long openDescriptors() {
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        return system instanceof com.sun.management.UnixOperatingSystemMXBean unix
                ? unix.getOpenFileDescriptorCount()
                : 0;
    }

    private static long usedHeap() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            least = Math.min(
                    least,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return least;
    }
}
