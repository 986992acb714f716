package io.bspump.postgresql;

import io.bspump.Source;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is counted and told of notifications that the pipeline does not get. Safe for use by many threads. */
final class NotificationMeters {

    private static final Logger LOG = LoggerFactory.getLogger(NotificationMeters.class);
    private static final long INTERVAL = TimeUnit.SECONDS.toNanos(10);

    private final String source;
    private final Counter dropped;
    private final Counter gaps;
    private final AtomicLong told = new AtomicLong(System.nanoTime() - INTERVAL);

    NotificationMeters(MeterRegistry registry, Source<?> source) {
        this.source = source.address();
        Tags tags = Tags.of("pipeline", source.pipeline().id(), "source", source.id());
        dropped = Counter.builder("bspump.postgresql.notification.dropped")
                .description("Notifications that came faster than the pipeline could take them")
                .tags(tags)
                .register(registry);
        gaps = Counter.builder("bspump.postgresql.notification.gaps")
                .description("Times in which nobody listened, so that notifications may have been missed")
                .tags(tags)
                .register(registry);
    }

    /** One was dropped; said in the log, at most every ten seconds. */
    void dropped() {
        dropped.increment();
        long now = System.nanoTime();
        long last = told.get();
        if (now - last >= INTERVAL && told.compareAndSet(last, now)) {
            LOG.warn(
                    "Notifications are dropped, they come faster than the pipeline takes them, source={} dropped={}",
                    source,
                    (long) dropped.count());
        }
    }

    /** Nobody listens any more. */
    void lost(Throwable cause) {
        LOG.warn("Nobody listens, notifications are missed, source={} cause={}", source, SqlErrors.describe(cause));
    }

    /** It listens again. */
    void gap(long milliseconds) {
        gaps.increment();
        LOG.warn("Listens again, notifications of {} ms may have been missed, source={}", milliseconds, source);
    }
}
