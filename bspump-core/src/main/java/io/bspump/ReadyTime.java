package io.bspump;

import java.util.concurrent.TimeUnit;
import reactor.core.scheduler.Scheduler;

/** For how long a pipeline has been ready. Written by the lane, read by any thread. */
final class ReadyTime {

    private final Scheduler clock;
    private volatile long nanos;
    private volatile long since;
    private volatile boolean running;

    ReadyTime(Scheduler clock) {
        this.clock = clock;
    }

    void begin() {
        since = clock.now(TimeUnit.NANOSECONDS);
        running = true;
    }

    void end() {
        running = false;
        nanos = nanos + clock.now(TimeUnit.NANOSECONDS) - since;
    }

    double seconds() {
        long sum = nanos;
        if (running) {
            sum += clock.now(TimeUnit.NANOSECONDS) - since;
        }
        return sum / 1e9;
    }
}
