package io.bspump.kafka;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.concurrent.atomic.AtomicLong;

/** What is counted of a source. */
final class SourceMeters {

    private static final String LAG = "bspump.kafka.lag";

    private final String source;
    private final AtomicLong lag = new AtomicLong();
    private final Counter rebalances;
    private final Counter commits;
    private final Counter failures;

    SourceMeters(MeterRegistry registry, KafkaSource source) {
        this.source = source.address();
        Tags tags = Tags.of("pipeline", source.pipeline().id(), "source", source.id());
        // One that had the same place before, in a pipeline that was made anew, would hold it.
        registry.find(LAG).tags(tags).meters().forEach(registry::remove);
        Gauge.builder(LAG, lag, AtomicLong::get)
                .description("Records behind the last one that has settled, of the partitions that the source has")
                .tags(tags)
                .strongReference(true)
                .register(registry);
        rebalances = Counter.builder("bspump.kafka.rebalances")
                .description("Assignments of partitions that the source has been given")
                .tags(tags)
                .register(registry);
        commits = commits(registry, tags.and("result", "ok"));
        failures = commits(registry, tags.and("result", "failed"));
    }

    private static Counter commits(MeterRegistry registry, Tags tags) {
        return Counter.builder("bspump.kafka.commits")
                .description("Commits of offsets")
                .tags(tags)
                .register(registry);
    }

    /** The address of the source, for the log. */
    String source() {
        return source;
    }

    void lag(long records) {
        lag.set(records);
    }

    void rebalanced() {
        rebalances.increment();
    }

    void committed(boolean ok) {
        (ok ? commits : failures).increment();
    }
}
