package io.bspump.kafka;

import io.bspump.Pipeline;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.concurrent.atomic.AtomicLong;

/** What is counted of a source. */
final class SourceMeters {

    private final MeterRegistry registry;
    private final String source;
    private final Meter behind;
    private final AtomicLong lag = new AtomicLong();
    private final Counter rebalances;
    private final Counter commits;
    private final Counter failures;

    SourceMeters(MeterRegistry registry, KafkaSource source) {
        Pipeline pipeline = source.pipeline();
        this.registry = registry;
        this.source = source.address() + (pipeline.parallelism() == 1 ? "" : "-" + pipeline.lane());
        Tags tags = Tags.of("pipeline", pipeline.id(), "source", source.id());
        behind = Gauge.builder("bspump.kafka.lag", lag, AtomicLong::get)
                .description("Records behind the last one that has settled, of the partitions that the source has")
                .tags(tags.and("lane", Integer.toString(pipeline.lane())))
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

    /** Takes out what is true only of a source that reads; the counters stay. */
    void close() {
        registry.remove(behind);
    }

    /** The address of the source and its lane, for the log. */
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
