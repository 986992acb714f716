package io.bspump;

import io.bspump.config.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;

/**
 * The lanes of a pipeline: as many pipelines made alike as its {@code parallelism} says, each with parts of its own. Others
 * know the first one and see all of them in it. They start, stop and resume together, and while one is in error none takes
 * in events. Safe for use by many threads.
 */
final class PipelineLanes {

    /** The state of all is that of these which one of them is in. */
    private static final List<PipelineState> WORST_FIRST = List.of(
            PipelineState.ERROR,
            PipelineState.STOPPING,
            PipelineState.STARTING,
            PipelineState.CREATED,
            PipelineState.RUNNING,
            PipelineState.STOPPED,
            PipelineState.FINISHED);

    private final List<Pipeline> all;
    private final List<String> obstacles;
    private volatile boolean held; // written by who holds the lock

    private PipelineLanes(List<Pipeline> all, List<String> obstacles) {
        this.all = all;
        this.obstacles = obstacles;
    }

    /** The only lane of a pipeline. */
    static PipelineLanes one(Pipeline pipeline) {
        return new PipelineLanes(List.of(pipeline), List.of());
    }

    /**
     * Makes the further lanes of a pipeline, if it wants any and can have them.
     *
     * @throws RuntimeException as its constructor
     */
    static void make(Pipeline first, Maker<Pipeline> maker, Application app) {
        int wanted = first.parallelism();
        if (wanted == 1) {
            return;
        }
        List<String> obstacles = obstacles(first, wanted);
        List<Pipeline> all = new ArrayList<>(List.of(first));
        while (obstacles.isEmpty() && all.size() < wanted) {
            try {
                Pipeline made = maker.make(app);
                all.add(made);
                if (!made.id().equals(first.id()) || !ids(made).equals(ids(first))) {
                    obstacles.add("it has other parts each time it is made");
                }
            } catch (Maker.NotAlikeException e) {
                obstacles.add("it was added as an instance that cannot be made again; add it with a factory");
            }
        }
        if (!obstacles.isEmpty()) {
            all.subList(1, all.size()).forEach(made -> app.configuration().release(made.configs()));
            all = List.of(first);
        }
        PipelineLanes lanes = new PipelineLanes(List.copyOf(all), obstacles);
        all.forEach(lane -> lane.join(lanes));
    }

    private static List<String> obstacles(Pipeline pipeline, int wanted) {
        List<String> obstacles = new ArrayList<>();
        for (Component component : pipeline.components()) {
            component.obstacleToLanes(wanted).ifPresent(reason -> obstacles.add(component.id() + " " + reason));
        }
        return obstacles;
    }

    private static List<String> ids(Pipeline pipeline) {
        return pipeline.components().stream().map(Component::id).toList();
    }

    /** Why there are not as many as wanted, for people. */
    List<String> obstacles() {
        return obstacles;
    }

    List<Pipeline> all() {
        return all;
    }

    Pipeline first() {
        return all.get(0);
    }

    int size() {
        return all.size();
    }

    int indexOf(Pipeline lane) {
        return all.indexOf(lane);
    }

    /** The parts in the place of this one, one for each lane. */
    List<Component> alike(Component part) {
        return all.stream()
                .flatMap(lane -> lane.components().stream())
                .filter(component -> component.id().equals(part.id()))
                .toList();
    }

    /** The part of each of a limit for all. */
    long share(long limit) {
        return Math.max(1, limit / all.size());
    }

    List<Config> configs() {
        return all.stream().flatMap(lane -> lane.configs().stream()).toList();
    }

    // Together

    Mono<Void> start() {
        return Mono.when(all.stream().map(lane -> lane.runtime().start()).toList());
    }

    Mono<Void> stop() {
        return Mono.when(all.stream().map(lane -> lane.runtime().stop()).toList());
    }

    void cut() {
        all.forEach(lane -> lane.runtime().cut());
    }

    void resume() {
        all.forEach(lane -> lane.runtime().resume());
    }

    void signal() {
        all.forEach(lane -> lane.runtime().signal());
    }

    void dispose() {
        all.forEach(lane -> lane.runtime().removeMeters());
    }

    /** Completes when all have ended. */
    Mono<Void> ended() {
        return Mono.when(all.stream().map(lane -> lane.runtime().ended()).toList());
    }

    /** One has come into another state. */
    synchronized void changed() {
        if (all.size() == 1) {
            return;
        }
        boolean now = states().contains(PipelineState.ERROR);
        if (now != held) {
            held = now;
            signal();
        }
    }

    /** Whether none may take in events, because another one is in error. */
    boolean isHeld() {
        return held;
    }

    // Views

    List<PipelineState> states() {
        return all.stream().map(lane -> lane.runtime().state()).toList();
    }

    PipelineState state() {
        List<PipelineState> states = states();
        return WORST_FIRST.stream().filter(states::contains).findFirst().orElseThrow();
    }

    Optional<PipelineError> error() {
        return all.stream()
                .map(lane -> lane.runtime().error())
                .filter(Objects::nonNull)
                .findFirst();
    }

    Optional<String> waitingFor() {
        return all.stream()
                .map(Pipeline::runtime)
                .flatMap(lane -> Stream.concat(
                        Stream.ofNullable(lane.condition().waitingFor()), lane.connections().waitingFor().stream()))
                .findFirst();
    }

    long unsettled() {
        return all.stream().mapToLong(lane -> lane.runtime().unsettled()).sum();
    }

    /** Since all are ready together. */
    double readySeconds() {
        return all.stream()
                .mapToDouble(lane -> lane.runtime().readySeconds())
                .min()
                .orElse(0);
    }
}
