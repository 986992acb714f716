package io.bspump;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
        app.refuseProblemsAtRunTime("pipeline:" + id, pipeline.problems());
        pipelines.add(id, new PipelineRun(pipeline, drainTimeout, app.lanes(), app::setExitCode));
        return pipeline;
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

    /** Drains all pipelines in parallel, then closes all connections in parallel. Never fails. */
    Mono<Void> stop() {
        return Mono.defer(() -> {
            lookups.close().forEach(LookupRun::stop);
            Mono<Void> drained =
                    Mono.when(pipelines.close().stream().map(PipelineRun::stop).toList());
            return drained.then(Mono.defer(this::closeConnections));
        });
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
        if (pipelines.remove(run.pipeline().id(), run)) {
            run.pipeline().dispose();
            stopWhenFinished();
        }
    }

    private void stopWhenFinished() {
        List<PipelineRun> all = pipelines.all();
        if (!all.isEmpty() && all.stream().allMatch(PipelineRun::isFinished)) {
            app.allFinished();
        }
    }

    private static void loadInBackground(LookupRun lookup) {
        lookup.start().subscribe(nothing -> {}, e -> LOG.error("{}", e.getMessage(), e));
    }
}
