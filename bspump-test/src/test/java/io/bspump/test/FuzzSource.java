package io.bspump.test;

import io.bspump.Application;
import io.bspump.Emission;
import io.bspump.Partition;
import io.bspump.Pipeline;
import io.bspump.Settlement;
import io.bspump.Source;
import io.bspump.test.FuzzPlan.SourceSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** A source of a random pipeline: emits as the plan says and watches that the engine keeps its promises to sources. */
final class FuzzSource extends Source<FuzzEvent> {

    private final SourceSpec spec;
    private final Scheduler time;
    private final long limit;
    private final Consumer<String> violations;
    private final List<Integer> failures;
    private final List<Lane> lanes = new ArrayList<>();

    final Map<Integer, Settlement> settled = new TreeMap<>();
    private FluxSink<Emission<FuzzEvent>> sink;
    private long demand;
    private boolean scheduled;
    private boolean emitting;
    int emitted;
    private int confirmed;
    int starts;
    int stops;

    /** Hears of each settlement at the moment it happens. */
    private final Watcher watcher;

    interface Watcher {
        void settled(FuzzEvent event, Settlement how);
    }

    /** A partition and what has been emitted with it. */
    private static final class Lane {
        final Partition partition = new Partition();
        int emitted;
        int settled;
    }

    private static final class Numbered extends Emission<FuzzEvent> {
        final FuzzEvent source;
        final Lane lane;
        final int position;

        Numbered(Lane lane, FuzzEvent event, long size) {
            super(lane == null ? null : lane.partition, event, size);
            this.source = event;
            this.lane = lane;
            this.position = lane == null ? 0 : lane.emitted++;
        }
    }

    FuzzSource(
            SourceSpec spec,
            Application app,
            Pipeline pipeline,
            Scheduler time,
            long limit,
            Watcher watcher,
            Consumer<String> violations) {
        super(app, pipeline, "Q" + spec.number(), Map.of());
        this.spec = spec;
        this.time = time;
        this.limit = limit;
        this.watcher = watcher;
        this.violations = violations;
        this.failures = new ArrayList<>(spec.failures());
    }

    @Override
    protected Mono<Void> start() {
        return Mono.fromRunnable(() -> starts++);
    }

    @Override
    protected Mono<Void> stop() {
        return Mono.fromRunnable(() -> stops++);
    }

    @Override
    protected Flux<Emission<FuzzEvent>> events() {
        return Flux.create(created -> {
            require(sink == null, "subscribed twice at a time");
            require(confirmed == emitted, "subscribed anew before everything emitted had settled");
            sink = created;
            demand = 0;
            lanes.clear();
            for (int i = 0; i < spec.partitions(); i++) {
                lanes.add(new Lane());
            }
            created.onDispose(() -> {
                if (sink == created) {
                    sink = null;
                }
            });
            created.onRequest(n -> {
                demand += n;
                require(
                        demand + emitted - confirmed <= limit,
                        "asked for " + demand + " with " + (emitted - confirmed) + " unsettled, max " + limit);
                emit();
            });
            if (spec.events() == 0) {
                emit();
            }
        });
    }

    private void emit() {
        if (emitting || scheduled) {
            return;
        }
        emitting = true;
        int burst = 0;
        FluxSink<Emission<FuzzEvent>> to = sink;
        while (to != null && to == sink) {
            if (failures.remove((Integer) emitted)) {
                to.error(new IllegalStateException("planned failure of the source"));
                break;
            } else if (emitted == spec.events()) {
                to.complete();
                break;
            } else if (demand == 0) {
                break;
            } else if (spec.slow() && burst++ == 3) {
                scheduled = true;
                time.schedule(this::go, Duration.ofMillis(15).toNanos(), TimeUnit.NANOSECONDS);
                break;
            }
            demand--;
            Lane lane = lanes.isEmpty() ? null : lanes.get(emitted * 7 % lanes.size());
            FuzzEvent event = FuzzEvent.of(spec.number(), emitted);
            emitted++;
            to.next(new Numbered(lane, event, spec.size()));
        }
        emitting = false;
    }

    private void go() {
        scheduled = false;
        emit();
    }

    @Override
    protected void settled(Emission<?> emission, Settlement how) {
        Numbered one = (Numbered) emission;
        confirmed++;
        require(settled.put(one.source.number(), how) == null, one.source + " settled twice, now as " + how);
        if (one.lane != null) {
            require(one.position == one.lane.settled++, one.source + " settled out of the order of its partition");
            require(how != Settlement.FAILED, one.source + " failed and yet the position moved over it");
        }
        require(stops == 0, one.source + " settled after the source was stopped");
        watcher.settled(one.source, how);
    }

    private void require(boolean condition, String rule) {
        if (!condition) {
            violations.accept(id() + " " + rule);
        }
    }
}
