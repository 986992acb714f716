package io.bspump.postgresql;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.r2dbc.pool.PoolMetrics;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/** What is shown of the pool of a connection; nothing is in use while there is none. */
final class PoolMeters {

    private final MeterRegistry registry;
    private final Tags tags;
    private final Supplier<Optional<PoolMetrics>> pool;

    /** @param pool that of the present link, if there is one */
    PoolMeters(MeterRegistry registry, Tags tags, Supplier<Optional<PoolMetrics>> pool) {
        this.registry = registry;
        this.tags = tags;
        this.pool = pool;
    }

    /** @param max how many sessions the pool may have */
    List<Meter> register(int max) {
        return List.of(
                gauge("acquired", "Sessions of the pool that are in use", PoolMetrics::acquiredSize),
                gauge("idle", "Sessions of the pool that nobody uses", PoolMetrics::idleSize),
                gauge("pending", "Those who wait for a session of the pool", PoolMetrics::pendingAcquireSize),
                gauge("max", "How many sessions the pool may have", () -> max));
    }

    private Meter gauge(String name, String description, ToIntFunction<PoolMetrics> figure) {
        return gauge(name, description, () -> pool.get().map(figure::applyAsInt).orElse(0));
    }

    private Meter gauge(String name, String description, Supplier<Number> value) {
        return Gauge.builder("bspump.postgresql.pool." + name, value)
                .description(description)
                .tags(tags)
                .register(registry);
    }
}
