package io.bspump;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The connections that the components of a pipeline refer to, held while it runs. */
final class PipelineConnections {

    private final Pipeline pipeline;
    private final Lane lane;
    private final Disposable.Composite watches = Disposables.composite();
    private final List<Meter> meters = new ArrayList<>();

    // Confined to the lane.
    private boolean stagesWait;
    private boolean opened;

    PipelineConnections(Pipeline pipeline, Lane lane) {
        this.pipeline = pipeline;
        this.lane = lane;
    }

    /**
     * Takes hold of all connections, if it has not already.
     *
     * @throws RuntimeException if one is not there
     */
    void open() {
        List<ConnectionReference<?>> all = references(pipeline.components());
        all.forEach(ConnectionReference::open);
        if (!opened) {
            opened = true;
            if (pipeline.lane() == 0) {
                pipeline.components().forEach(this::show);
            }
            references(stages()).forEach(this::watch);
        }
    }

    private List<Component> stages() {
        List<Component> stages = new ArrayList<>();
        pipeline.stages().forEach(stage -> Pipeline.addWithSinks(stages, stage));
        return stages;
    }

    private static List<ConnectionReference<?>> references(List<Component> components) {
        return components.stream()
                .<ConnectionReference<?>>flatMap(component -> component.references().stream())
                .toList();
    }

    private void watch(ConnectionReference<?> reference) {
        watches.add(reference.statusChanges().subscribe(status -> lane.execute(this::look)));
    }

    private void look() {
        stagesWait = references(stages()).stream().anyMatch(ConnectionReference::isWaiting);
    }

    private void show(Component component) {
        MeterRegistry registry = pipeline.app().meterRegistry();
        for (ConnectionReference<?> reference : component.references()) {
            meters.add(Gauge.builder(
                            "bspump.pipeline.connection.status",
                            reference,
                            r -> r.connection().status().state().gauge())
                    .description("The connection that the component sees: 1 connected, 0 connecting, -1 disconnected")
                    .tags("pipeline", pipeline.id(), "processor", component.id(), "connection", reference.id())
                    .register(registry));
        }
    }

    /** Whether a stage would have to wait for its connection, so that no events should come in. On the lane. */
    boolean stagesWait() {
        return stagesWait;
    }

    /** What some component waits for, for people. Any thread. */
    Optional<String> waitingFor() {
        return references(pipeline.components()).stream()
                .filter(ConnectionReference::isWaiting)
                .findFirst()
                .map(reference -> "connection '" + reference.id() + "'");
    }

    /** Lets go of all of them; completes when those that are the pipeline's own are closed. Never fails. On the lane. */
    Mono<Void> release() {
        watches.dispose();
        meters.forEach(pipeline.app().meterRegistry()::remove);
        return Flux.fromIterable(references(pipeline.components()))
                .flatMap(ConnectionReference::release)
                .then();
    }
}
