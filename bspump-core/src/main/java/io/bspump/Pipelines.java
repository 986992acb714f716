package io.bspump;

import io.bspump.config.ConfigProblem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** The pipelines of an application, and which feeds which. Safe for use by many threads. */
final class Pipelines {

    private final Application app;
    private final Duration drainTimeout;
    private final Registry<PipelineRun> runs = new Registry<>("pipeline", this::start);

    /** How many replacements are under way: a pipeline that stops for one has not finished. */
    private final AtomicInteger replacing = new AtomicInteger();

    Pipelines(Application app, Duration drainTimeout) {
        this.app = app;
        this.drainTimeout = drainTimeout;
    }

    Registry<PipelineRun> registry() {
        return runs;
    }

    /** Makes the lanes of a pipeline that has been made, and what starts and stops them. */
    PipelineRun run(Pipeline pipeline, Maker<Pipeline> maker) {
        PipelineLanes.make(pipeline, maker, app);
        return new PipelineRun(pipeline, maker, drainTimeout, app.lanes(), app::setExitCode);
    }

    List<Pipeline> all() {
        return runs.all().stream().map(PipelineRun::pipeline).toList();
    }

    /**
     * Adds one.
     *
     * @param problems finds more that may be wrong with it; called while no other one is added
     */
    void add(Pipeline pipeline, Maker<Pipeline> maker, Supplier<List<ConfigProblem>> problems) {
        String id = pipeline.id();
        PipelineRun run = run(pipeline, maker);
        synchronized (this) {
            List<ConfigProblem> found = new ArrayList<>(pipeline.problems());
            found.addAll(problems.get());
            app.refuseProblemsAtRunTime(
                    "pipeline:" + id, found, pipeline.lanes().configs());
            circle(pipeline).ifPresent(path -> {
                throw new IllegalArgumentException(path);
            });
            runs.add(id, run, () -> connect(pipeline));
        }
        signalAll();
    }

    private void signalAll() {
        all().forEach(each -> each.lanes().signal());
    }

    List<Pipeline> with(Pipeline added) {
        return Stream.concat(all().stream(), Stream.of(added)).toList();
    }

    /** Why a pipeline must not be among the others: it would feed itself. */
    Optional<String> circle(Pipeline pipeline) {
        return circle(new PipelineGraph(with(pipeline)), pipeline.id());
    }

    private static Optional<String> circle(PipelineGraph graph, String id) {
        return graph.circleThrough(id).map(path -> "[pipeline:" + id + "] must not feed itself: " + path);
    }

    /** Binds its sources to the stages that they name, and its stages to the sources that name them. */
    private void connect(Pipeline added) {
        for (Pipeline pipeline : all()) {
            for (Source<?> source : pipeline.sources()) {
                source.feeders().stream()
                        .filter(address -> pipeline == added
                                || PipelineGraph.pipelineOf(address).equals(added.id()))
                        .forEach(address -> locateRoutes(address).forEach(routes -> routes.add(source.address())));
            }
        }
    }

    /** Lets go of what the sources were bound to, except where those of another one stand in their places. */
    private void disconnect(Pipeline former, List<Source<?>> instead) {
        for (Source<?> source : former.sources()) {
            for (String address : source.feeders()) {
                boolean stays = instead.stream()
                        .anyMatch(other -> other.address().equals(source.address())
                                && other.feeders().contains(address));
                if (!stays) {
                    locateRoutes(address).forEach(routes -> routes.remove(source.address()));
                }
            }
        }
    }

    /** Checks that a pipeline may feed another one, if it is registered; otherwise that is checked when it is added. */
    synchronized void checkRoute(Pipeline from, String address) {
        if (runs.find(from.id())
                .filter(run -> run.pipeline() == from.lanes().first())
                .isPresent()) {
            PipelineGraph graph = new PipelineGraph(all());
            graph.add(from.id(), PipelineGraph.pipelineOf(address));
            circle(graph, from.id()).ifPresent(path -> {
                throw new IllegalArgumentException(path);
            });
        }
    }

    Optional<?> locate(String address) {
        int dot = address.indexOf('.');
        if (dot < 0) {
            return runs.find(address).map(PipelineRun::pipeline);
        }
        String part = address.substring(dot + 1);
        return runs.find(address.substring(0, dot))
                .flatMap(run -> run.pipeline().locate(part));
    }

    /** Finds the source of another pipeline at an address, or the first one of the pipeline there. */
    Optional<Source<?>> locateSource(Pipeline from, String address) {
        Object found = locate(address).orElse(null);
        Object source = found instanceof Pipeline pipeline
                ? pipeline.sources().stream().findFirst().orElse(null)
                : found;
        return source instanceof Source<?> other && !other.pipeline().id().equals(from.id())
                ? Optional.of(other)
                : Optional.empty();
    }

    /** Finds the ways of the stage at an address into other pipelines, one for each lane. */
    List<Routes> locateRoutes(String address) {
        return locate(address).filter(Stage.class::isInstance).stream()
                .flatMap(found -> ((Stage<?, ?>) found).pipeline().lanes().alike((Stage<?, ?>) found).stream())
                .flatMap(stage -> Stream.ofNullable(((Stage<?, ?>) stage).ways))
                .toList();
    }

    /** Names all sources of other pipelines. */
    String sourcesBeside(Pipeline from) {
        String known = all().stream()
                .filter(pipeline -> pipeline != from)
                .flatMap(pipeline -> pipeline.sources().stream().map(Source::address))
                .collect(Collectors.joining(", "));
        return known.isEmpty() ? "none" : known;
    }

    /** Returns the ids of the pipelines that feed the pipeline directly. */
    List<String> feedersOf(Pipeline pipeline) {
        return new PipelineGraph(all()).feedersOf(pipeline.id());
    }

    // Life

    void startAll() {
        runs.open().forEach(this::start);
    }

    private void start(PipelineRun run) {
        run.start(this::stopWhenFinished);
    }

    /** Drains all, each after those that feed it, in {@code drain_timeout} in all. Never fails. */
    Mono<Void> stopAll() {
        return Mono.defer(() -> {
            List<PipelineRun> all = runs.close();
            Disposable overdue = app.lanes().schedule(this::cut, drainTimeout.toNanos(), TimeUnit.NANOSECONDS);
            return stopInOrder(all).doFinally(end -> overdue.dispose());
        });
    }

    /** Stops each pipeline when those that feed it have stopped. */
    private static Mono<Void> stopInOrder(List<PipelineRun> all) {
        PipelineGraph graph =
                new PipelineGraph(all.stream().map(PipelineRun::pipeline).toList());
        Map<String, Mono<Void>> stops = new HashMap<>();
        for (PipelineRun run : all) {
            Mono<Void> stop = Mono.defer(() -> {
                List<String> feeders = graph.feedersOf(run.pipeline().id());
                return Mono.when(feeders.stream()
                                .map(id -> stops.getOrDefault(id, Mono.empty()))
                                .toList())
                        .then(run.stop());
            });
            stops.put(run.pipeline().id(), stop.cache());
        }
        return Mono.when(stops.values());
    }

    /** Cuts the drain of every pipeline short. */
    void cut() {
        runs.all().forEach(PipelineRun::cut);
    }

    /** Stops one, then removes it and its meters. */
    Mono<Void> remove(String id) {
        return Mono.defer(() -> {
            PipelineRun run = runs.locate(id);
            return run.stop().then(Mono.fromRunnable(() -> forget(run)));
        });
    }

    private void forget(PipelineRun run) {
        if (removed(run)) {
            run.pipeline().dispose();
            app.configuration().release(run.pipeline().lanes().configs());
            stopWhenFinished();
        }
    }

    private synchronized boolean removed(PipelineRun run) {
        if (!runs.remove(run.pipeline().id(), run)) {
            return false;
        }
        disconnect(run.pipeline(), List.of());
        return true;
    }

    /** Whether pipelines are being replaced, so that one which does not run will soon. */
    boolean isReplacing() {
        return replacing.get() > 0;
    }

    /**
     * Puts pipelines in the places of others: drains and stops those, each after those that feed it, does something in between,
     * and starts the others. What waits for one of them goes on to the one in its place. Never fails.
     *
     * @param between done when all have stopped
     * @return the ids of those that could not be replaced, because they have been removed or all is being stopped
     */
    Mono<List<String>> replace(Map<PipelineRun, PipelineRun> successors, Mono<Void> between) {
        return Mono.defer(() -> {
            replacing.incrementAndGet();
            successors.keySet().forEach(PipelineRun::expectSuccessor);
            return stopInOrder(List.copyOf(successors.keySet()))
                    .then(between)
                    .then(Mono.fromSupplier(() -> startInstead(new LinkedHashMap<>(successors))))
                    .doFinally(end -> {
                        replacing.decrementAndGet();
                        signalAll();
                        stopWhenFinished();
                    });
        });
    }

    private List<String> startInstead(Map<PipelineRun, PipelineRun> successors) {
        List<String> failed = new ArrayList<>();
        successors.forEach((former, next) -> {
            former.pipeline().dispose();
            if (!startInstead(former, next)) {
                failed.add(former.pipeline().id());
            }
        });
        return failed;
    }

    private synchronized boolean startInstead(PipelineRun former, PipelineRun next) {
        Pipeline pipeline = next.pipeline();
        return runs.replace(pipeline.id(), former, next, () -> {
            disconnect(former.pipeline(), pipeline.sources());
            connect(pipeline);
        });
    }

    private void stopWhenFinished() {
        List<PipelineRun> all = runs.all();
        PipelineGraph graph = new PipelineGraph(all());
        if (!isReplacing() && !all.isEmpty() && all.stream().allMatch(run -> hasFinished(run, graph))) {
            app.allFinished();
        }
    }

    /** One that is only fed by others has finished when they have: what they sent has ended. */
    private boolean hasFinished(PipelineRun run, PipelineGraph graph) {
        if (run.isFinished()) {
            return true;
        }
        List<String> feeders = graph.feedersOf(run.pipeline().id());
        return !feeders.isEmpty()
                && run.pipeline().sources().stream().allMatch(FedSource.class::isInstance)
                && feeders.stream().allMatch(id -> runs.find(id)
                        .filter(feeder -> hasFinished(feeder, graph))
                        .isPresent());
    }
}
