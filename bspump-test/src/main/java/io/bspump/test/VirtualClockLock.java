package io.bspump.test;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Tells BlockHound, where it is on the class path, of the lock of the virtual clock: Reactor's {@code VirtualTimeScheduler} keeps its
 * tasks in a queue that a driver's thread and the test may come to at the same time, and holds its lock for a few instructions
 * only. A lane outside of tests has no such queue.
 */
public final class VirtualClockLock implements BlockHoundIntegration {

    private static final String QUEUE = "java.util.concurrent.PriorityBlockingQueue";

    /** For {@link java.util.ServiceLoader}. */
    public VirtualClockLock() {}

    @Override
    public void applyTo(BlockHound.Builder builder) {
        for (String method : new String[] {"offer", "poll", "peek", "remove", "size", "clear"}) {
            builder.allowBlockingCallsInside(QUEUE, method);
        }
    }
}
