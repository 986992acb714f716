package io.bspump;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The connections, lookups and pipelines of an application, by their ids.
 *
 * <p>Safe for use by many threads. What is added before {@link Application#run} starts with the application; what is
 * added later starts at once. While the application stops nothing can be added any more.
 */
public final class PumpService implements Service {

    private static final Logger LOG = LoggerFactory.getLogger(PumpService.class);

    /** How long one connection may take to close; the stop of the application does not wait longer. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    private final Application app;
    private final Duration drainTimeout;
    private final Registry<Connection> connections = new Registry<>("connection", Connection::start);
    private final Registry<LookupRun> lookups = new Registry<>("lookup", PumpService::loadInBackground);
    private final Registry<PipelineRun> pipelines = new Registry<>("pipeline", this::start);

    PumpService(Application app, Duration drainTimeout) {
        this.app = app;
        this.drainTimeout = drainTimeout;
    }

    /** {@code bspump.PumpService}. */
    @Override
    public String name() {
        return "bspump.PumpService";
    }

    /**
     * Adds a connection; when the application runs it is connected at once.
     *
     * @return the same connection
     * @throws IllegalArgumentException if the id is taken
     * @throws IllegalStateException if the application is stopping
     */
    public <C extends Connection> C addConnection(C connection) {
        Objects.requireNonNull(connection, "connection");
        app.refuseProblemsAtRunTime("connection:" + connection.id(), List.of());
        connections.add(connection.id(), connection);
        return connection;
    }

    /** Adds connections in order; see {@link #addConnection}. */
    public void addConnections(Connection... all) {
        List.of(all).forEach(this::addConnection);
    }

    /**
     * Finds a connection.
     *
     * @throws IllegalArgumentException naming the known ids if there is none with this one
     */
    public Connection locateConnection(String id) {
        return connections.locate(id);
    }

    /** The connections in the order in which they were added. */
    public List<Connection> connections() {
        return connections.all();
    }

    /**
     * Closes a connection and removes it. Who uses it must have let go of it before. Does nothing before the subscription;
     * fails with an {@link IllegalArgumentException} naming the known ids if there is none with this one.
     */
    public Mono<Void> removeConnection(String id) {
        return Mono.defer(() -> {
            Connection connection = connections.locate(id);
            connections.remove(id, connection);
            return close(connection);
        });
    }

    /**
     * Adds a lookup; when the application runs it is loaded in the background at once.
     *
     * @return the same lookup
     * @throws IllegalArgumentException if the id is taken
     * @throws IllegalStateException if the application is stopping
     */
    public <L extends Lookup> L addLookup(L lookup) {
        Objects.requireNonNull(lookup, "lookup");
        app.refuseProblemsAtRunTime("lookup:" + lookup.id(), List.of());
        lookups.add(lookup.id(), new LookupRun(lookup, app));
        return lookup;
    }

    /** Adds lookups in order; see {@link #addLookup}. */
    public void addLookups(Lookup... all) {
        List.of(all).forEach(this::addLookup);
    }

    /**
     * Finds a lookup.
     *
     * @throws IllegalArgumentException naming the known ids if there is none with this one
     */
    public Lookup locateLookup(String id) {
        return lookups.locate(id).lookup();
    }

    /** The lookups in the order in which they were added. */
    public List<Lookup> lookups() {
        return lookups.all().stream().map(LookupRun::lookup).toList();
    }

    /**
     * Removes a lookup and its meters and returns it; it is not refreshed any more.
     *
     * @throws IllegalArgumentException naming the known ids if there is none with this one
     */
    public Lookup removeLookup(String id) {
        LookupRun run = lookups.locate(id);
        if (lookups.remove(id, run)) {
            run.stop();
            run.forget();
        }
        return run.lookup();
    }

    /**
     * Adds a pipeline; when the application runs it is started at once.
     *
     * @return the same pipeline
     * @throws IllegalArgumentException if the id is taken, or is empty or has dots, colons or blanks
     * @throws IllegalStateException if the application is stopping
     */
    public <P extends Pipeline> P addPipeline(P pipeline) {
        Objects.requireNonNull(pipeline, "pipeline");
        String id = pipeline.id();
        synchronized (this) {
            app.refuseProblemsAtRunTime("pipeline:" + id, pipeline.problems());
            refuseCircle(new PipelineGraph(with(pipeline)), id);
            PipelineRun run = new PipelineRun(pipeline, drainTimeout, app.lanes(), app::setExitCode);
            pipelines.add(id, run, () -> connect(pipeline));
        }
        pipelines().forEach(other -> other.runtime().signal());
        return pipeline;
    }

    private List<Pipeline> with(Pipeline added) {
        return Stream.concat(pipelines().stream(), Stream.of(added)).toList();
    }

    private static void refuseCircle(PipelineGraph graph, String id) {
        graph.circleThrough(id).ifPresent(path -> {
            throw new IllegalArgumentException("[pipeline:" + id + "] must not feed itself: " + path);
        });
    }

    /** Binds its sources to the stages that they name, and its stages to the sources that name them. */
    private void connect(Pipeline added) {
        for (Pipeline pipeline : pipelines()) {
            for (Source<?> source : pipeline.sources()) {
                source.feeders().stream()
                        .filter(address -> pipeline == added
                                || PipelineGraph.pipelineOf(address).equals(added.id()))
                        .forEach(address -> locateRoutes(address).ifPresent(routes -> routes.add(source.address())));
            }
        }
    }

    /** Checks that a pipeline may feed another one, if it is registered; otherwise that is checked when it is added. */
    synchronized void checkRoute(Pipeline from, String address) {
        if (pipelines.find(from.id()).filter(run -> run.pipeline() == from).isPresent()) {
            PipelineGraph graph = new PipelineGraph(pipelines());
            graph.add(from.id(), PipelineGraph.pipelineOf(address));
            refuseCircle(graph, from.id());
        }
    }

    /** Finds the source of another pipeline at an address, or the first one of the pipeline there. */
    Optional<Source<?>> locateSource(Pipeline from, String address) {
        Object found = locate(address).orElse(null);
        Object source = found instanceof Pipeline pipeline
                ? pipeline.sources().stream().findFirst().orElse(null)
                : found;
        return source instanceof Source<?> other && other.pipeline() != from ? Optional.of(other) : Optional.empty();
    }

    /** Finds the ways of the stage at an address into other pipelines. */
    Optional<Routes> locateRoutes(String address) {
        return locate(address).flatMap(found -> Optional.ofNullable(found instanceof Stage<?, ?> s ? s.ways : null));
    }

    /** Names all sources of other pipelines. */
    String sourcesBeside(Pipeline from) {
        String known = pipelines().stream()
                .filter(pipeline -> pipeline != from)
                .flatMap(pipeline -> pipeline.sources().stream().map(Source::address))
                .collect(Collectors.joining(", "));
        return known.isEmpty() ? "none" : known;
    }

    /** Adds pipelines in order; see {@link #addPipeline}. */
    public void addPipelines(Pipeline... all) {
        List.of(all).forEach(this::addPipeline);
    }

    /**
     * Stops a pipeline, waiting for its events up to {@code [general] drain_timeout}, then removes it and its meters. Does
     * nothing before the subscription; cancelling does not call the stop off. Fails with an
     * {@link IllegalArgumentException} naming the known ids if there is none with this one.
     */
    public Mono<Void> removePipeline(String id) {
        return Mono.defer(() -> {
            PipelineRun run = pipelines.locate(id);
            return run.stop().then(Mono.fromRunnable(() -> forget(run)));
        });
    }

    /** The pipelines in the order in which they were added. */
    public List<Pipeline> pipelines() {
        return pipelines.all().stream().map(PipelineRun::pipeline).toList();
    }

    /**
     * Finds a pipeline or a part of one.
     *
     * @param address {@code P}, {@code P.Processor} or {@code P.*Source}
     */
    public Optional<?> locate(String address) {
        int dot = address.indexOf('.');
        if (dot < 0) {
            return pipelines.find(address).map(PipelineRun::pipeline);
        }
        String part = address.substring(dot + 1);
        return pipelines.find(address.substring(0, dot)).flatMap(run -> run.pipeline()
                .locate(part));
    }

    /** Loads all lookups in parallel; fails with every reason when some that are not optional could not be loaded. */
    Mono<Void> loadLookups() {
        return Flux.defer(() -> Flux.fromIterable(lookups.open()))
                .flatMap(run -> run.start().then(Mono.<Throwable>empty()).onErrorResume(Mono::just), Integer.MAX_VALUE)
                .collectList()
                .flatMap(reasons -> reasons.isEmpty() ? Mono.empty() : Mono.error(together(reasons)));
    }

    private static Throwable together(List<Throwable> reasons) {
        if (reasons.size() == 1) {
            return reasons.get(0);
        }
        String all = reasons.stream().map(Throwable::getMessage).sorted().collect(Collectors.joining("\n  "));
        IllegalStateException together = new IllegalStateException(reasons.size() + " lookups:\n  " + all);
        reasons.forEach(together::addSuppressed);
        return together;
    }

    void startConnections() {
        connections.open().forEach(Connection::start);
    }

    void startPipelines() {
        pipelines.open().forEach(this::start);
    }

    /** Drains the pipelines, each after those that feed it, in {@code drain_timeout} in all; then closes all connections in parallel. Never fails. */
    Mono<Void> stop() {
        return Mono.defer(() -> {
            lookups.close().forEach(LookupRun::stop);
            List<PipelineRun> all = pipelines.close();
            Disposable overdue = app.lanes().schedule(this::cut, drainTimeout.toNanos(), TimeUnit.NANOSECONDS);
            return stopInOrder(all).doFinally(end -> overdue.dispose()).then(Mono.defer(this::closeConnections));
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
        pipelines.all().forEach(PipelineRun::cut);
    }

    private Mono<Void> closeConnections() {
        return Mono.when(connections.close().stream().map(this::close).toList());
    }

    private Mono<Void> close(Connection connection) {
        return connection
                .close()
                .timeout(CLOSE_TIMEOUT, app.lanes())
                .doOnError(e -> LOG.warn("The connection does not close, connection={}", connection.id()))
                .onErrorComplete();
    }

    private void start(PipelineRun run) {
        run.start(this::stopWhenFinished);
    }

    private void forget(PipelineRun run) {
        if (disconnected(run)) {
            run.pipeline().dispose();
            stopWhenFinished();
        }
    }

    private synchronized boolean disconnected(PipelineRun run) {
        if (!pipelines.remove(run.pipeline().id(), run)) {
            return false;
        }
        for (Source<?> source : run.pipeline().sources()) {
            source.feeders().forEach(address -> locateRoutes(address).ifPresent(r -> r.remove(source.address())));
        }
        return true;
    }

    /** Returns the ids of the pipelines that feed the pipeline directly. */
    List<String> feedersOf(Pipeline pipeline) {
        return new PipelineGraph(pipelines()).feedersOf(pipeline.id());
    }

    private void stopWhenFinished() {
        List<PipelineRun> all = pipelines.all();
        PipelineGraph graph = new PipelineGraph(pipelines());
        if (!all.isEmpty() && all.stream().allMatch(run -> hasFinished(run, graph))) {
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
                && feeders.stream().allMatch(id -> pipelines
                        .find(id)
                        .filter(feeder -> hasFinished(feeder, graph))
                        .isPresent());
    }

    private static void loadInBackground(LookupRun lookup) {
        lookup.start().subscribe(nothing -> {}, e -> LOG.error("{}", e.getMessage(), e));
    }
}
