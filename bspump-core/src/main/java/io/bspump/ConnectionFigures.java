package io.bspump;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * The figures of one connection, and their meters. Counted by one thread at a time, read by any; they are counted also
 * while no meters show them.
 */
final class ConnectionFigures {

    private static final Duration[] LATENCIES = {
        Duration.ofMillis(10), Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(10)
    };

    private final Scheduler clock;
    private final AtomicLong attempts = new AtomicLong();
    private final AtomicLong connects = new AtomicLong();
    private final Map<ErrorClass, AtomicLong> failures = counters(ErrorClass.class);
    private final Map<ConnectionState, AtomicLong> nanos = counters(ConnectionState.class);
    private final List<Meter> meters = new ArrayList<>(); // guarded by this
    private volatile ConnectionState state = ConnectionState.INITIALIZED;
    private volatile long since;
    private volatile @Nullable Timer latencies;

    ConnectionFigures(Scheduler clock) {
        this.clock = clock;
        this.since = clock.now(TimeUnit.NANOSECONDS);
    }

    private static <E extends Enum<E>> Map<E, AtomicLong> counters(Class<E> type) {
        Map<E, AtomicLong> counters = new EnumMap<>(type);
        for (E each : type.getEnumConstants()) {
            counters.put(each, new AtomicLong());
        }
        return counters;
    }

    private static <E extends Enum<E>> AtomicLong counter(Map<E, AtomicLong> counters, E of) {
        return Objects.requireNonNull(counters.get(of));
    }

    void attempt() {
        attempts.incrementAndGet();
    }

    void connected(Duration latency) {
        connects.incrementAndGet();
        Timer shown = latencies;
        if (shown != null) {
            shown.record(latency);
        }
    }

    void failed(ErrorClass kind) {
        counter(failures, kind).incrementAndGet();
    }

    void moved(ConnectionState from, ConnectionState to) {
        long now = clock.now(TimeUnit.NANOSECONDS);
        counter(nanos, from).addAndGet(now - since);
        since = now;
        state = to;
    }

    private double seconds(ConnectionState of) {
        long running = state == of ? clock.now(TimeUnit.NANOSECONDS) - since : 0;
        return (counter(nanos, of).get() + running) / 1e9;
    }

    /** Shows the figures in a registry until they are hidden. */
    synchronized void show(Connection connection, ToIntFunction<Connection> references, MeterRegistry registry) {
        Tags tags = Tags.of("connection", connection.id(), "type", Ids.of(connection.getClass()));
        gauge(registry, tags, "status", "1 connected, 0 connecting, -1 disconnected", connection, c -> c.status()
                .state()
                .gauge());
        gauge(registry, tags, "references", "Who refers to it", connection, references::applyAsInt);
        count(registry, tags, "attempts", "Attempts that were begun", f -> f.attempts.get());
        count(registry, tags, "reconnects", "Links after the first", f -> Math.max(0, f.connects.get() - 1));
        for (ErrorClass kind : ErrorClass.values()) {
            Tags of = tags.and("class", kind.name().toLowerCase(Locale.ROOT));
            count(registry, of, "failures", "Attempts that failed and links that were lost", f -> counter(
                            f.failures, kind)
                    .get());
        }
        for (ConnectionState each : ConnectionState.values()) {
            Tags of = tags.and("state", each.name().toLowerCase(Locale.ROOT));
            count(registry, of, "state.seconds", "Seconds in the state", f -> f.seconds(each));
        }
        time(
                registry,
                tags,
                "last.connected",
                connection,
                c -> seconds(c.status().lastConnected()));
        time(
                registry,
                tags,
                "last.disconnected",
                connection,
                c -> seconds(c.status().lastDisconnected()));
        Timer timer = Timer.builder("bspump.connection.connect")
                .description("How long attempts took that succeeded")
                .serviceLevelObjectives(LATENCIES)
                .tags(tags)
                .register(registry);
        latencies = timer;
        meters.add(timer);
        meters.addAll(connection.meters(registry, tags));
    }

    private static double seconds(@Nullable Instant time) {
        return time == null ? Double.NaN : time.toEpochMilli() / 1e3;
    }

    private void gauge(
            MeterRegistry registry,
            Tags tags,
            String name,
            String description,
            Connection connection,
            ToDoubleFunction<Connection> value) {
        meters.add(Gauge.builder("bspump.connection." + name, connection, value)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    private void time(
            MeterRegistry registry, Tags tags, String name, Connection connection, ToDoubleFunction<Connection> value) {
        meters.add(TimeGauge.builder("bspump.connection." + name, connection, TimeUnit.SECONDS, value)
                .description("When that was, in seconds since 1970; not a number if never")
                .tags(tags)
                .register(registry));
    }

    private void count(
            MeterRegistry registry,
            Tags tags,
            String name,
            String description,
            ToDoubleFunction<ConnectionFigures> value) {
        meters.add(FunctionCounter.builder("bspump.connection." + name, this, value)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    /** Takes the meters out of the registry. */
    synchronized void hide(MeterRegistry registry) {
        latencies = null;
        meters.forEach(registry::remove);
        meters.clear();
    }
}
