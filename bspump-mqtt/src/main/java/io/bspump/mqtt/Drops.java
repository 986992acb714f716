package io.bspump.mqtt;

import io.micrometer.core.instrument.Counter;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/** Counts messages that had to be dropped, and says so in the log, at most every ten seconds. Safe for use by many threads. */
final class Drops implements Runnable {

    private static final long INTERVAL = TimeUnit.SECONDS.toNanos(10);

    private final Counter counter;
    private final Logger log;
    private final String source;
    private final AtomicLong told = new AtomicLong(System.nanoTime() - INTERVAL);

    Drops(Counter counter, Logger log, String source) {
        this.counter = counter;
        this.log = log;
        this.source = source;
    }

    @Override
    public void run() {
        counter.increment();
        long now = System.nanoTime();
        long last = told.get();
        if (now - last >= INTERVAL && told.compareAndSet(last, now)) {
            log.warn(
                    "Messages of QoS 0 are dropped, they come faster than the pipeline takes them, source={} dropped={}",
                    source,
                    (long) counter.count());
        }
    }
}
