package io.bspump;

import io.bspump.config.ConfigProblem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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

    private final Application app;
    private final Duration drainTimeout;
    private final Connections connections;
    private final ConnectionTypes connectionTypes;
    private final Registry<LookupRun> lookups = new Registry<>("lookup", PumpService::loadInBackground);
    private final Registry<PipelineRun> pipelines = new Registry<>("pipeline", this::start);

    PumpService(Application app, Duration drainTimeout) {
        this.app = app;
        this.drainTimeout = drainTimeout;
        this.connections = new Connections(app, drainTimeout);
        this.connectionTypes = new ConnectionTypes(app);
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
        app.refuseProblemsAtRunTime(connection.config().name(), check(connection));
        connections.add(connection);
        return connection;
    }

    /** Adds connections in order; see {@link #addConnection}. */
    public void addConnections(Connection... all) {
        List.of(all).forEach(this::addConnection);
    }

    /**
     * Finds a connection; makes it if its section names a {@link ConnectionType} and no code has made it.
     *
     * @throws IllegalArgumentException naming the known ids if there is none with this one
     */
    public Connection locateConnection(String id) {
        makeFromSection(id);
        return connections.locate(id);
    }

    /** The connections in the order in which they were added, without those that components make for themselves. */
    public List<Connection> connections() {
        return connections.named();
    }

    /** The connections that components have made for themselves and that are in use. */
    public List<Connection> anonymousConnections() {
        return connections.anonymous();
    }

    /**
     * Refers to a connection in the name of somebody who is no component. It is to be closed.
     *
     * @param referrer who that is, for people
     * @throws IllegalArgumentException naming the known ids if there is none with this one, or if it has another type
     * @throws IllegalStateException if it is being removed
     */
    public <C extends Connection> ConnectionReference<C> attach(String id, Class<C> type, String referrer) {
        ConnectionReference<C> reference = refer(type, Objects.requireNonNull(referrer, "referrer"), id, null);
        reference.open();
        return reference;
    }

    /**
     * Who refers to a connection, in the order in which they came.
     *
     * @throws IllegalArgumentException naming the known ids if there is none with this one
     */
    public List<ConnectionReference<?>> references(String id) {
        return connections.references(id);
    }

    /**
     * Puts a connection in the place of that with the same id, without a gap for those who refer to it: the new one is
     * dialled first; when it is connected the references lead to it, and the old one is closed as soon as the work over it
     * is done, at the latest after {@code [general] drain_timeout}. When the new one does not connect within its
     * {@code connect_timeout}, or is refused, everything stays as it was and the Mono fails with the reason. If both have
     * the same {@linkplain Connection#identity() identity}, the old one is switched off while the new one is dialled.
     *
     * <p>Does nothing before the subscription; cancelling does not call it off. Fails as well if there is no connection with
     * the id, if somebody needs another type, or if the configuration of the new one has problems.
     */
    public Mono<Void> updateConnection(Connection next) {
        return Mono.defer(() -> {
            app.refuseProblemsAtRunTime(next.config().name(), check(next));
            return connections.update(next);
        });
    }

    /**
     * Closes a connection and removes it, unless somebody refers to it: then it fails with an {@link IllegalStateException}
     * that names them. Does nothing before the subscription; fails with an {@link IllegalArgumentException} naming the known
     * ids if there is none with this one.
     */
    public Mono<Void> removeConnection(String id) {
        return connections.remove(id);
    }

    /**
     * Lets nobody refer to a connection any more, waits until all who do have let go of it, then closes and removes it. Does
     * nothing before the subscription; cancelling does not call it off.
     */
    public Mono<Void> drainConnection(String id) {
        return connections.drain(id);
    }

    /** Makes the connections that stand in the configuration only, and tells everything that is wrong between connections. */
    List<ConfigProblem> prepareConnections() {
        List<ConfigProblem> problems = new ArrayList<>();
        for (String id : connectionTypes.ids()) {
            makeFromSection(id);
            if (connections.find(id).isEmpty()) {
                connectionTypes.problem(id).ifPresent(problems::add);
            }
        }
        problems.addAll(check(connections.named(), pipelines()));
        return problems;
    }

    private void makeFromSection(String id) {
        synchronized (connectionTypes) {
            if (connections.find(id).isEmpty()) {
                connectionTypes.create(id).ifPresent(connections::add);
            }
        }
    }

    /** What is wrong between the connections there are, with another one that is added or takes a place. */
    private List<ConfigProblem> check(Connection added) {
        if (added.identified().isEmpty()) {
            return List.of();
        }
        List<Connection> named = new ArrayList<>(connections.named());
        named.removeIf(connection -> connection.id().equals(added.id()));
        named.add(added);
        return check(named, pipelines());
    }

    private static List<ConfigProblem> check(List<Connection> named, List<Pipeline> pipelines) {
        List<Connection> own = pipelines.stream()
                .flatMap(pipeline -> pipeline.components().stream())
                .flatMap(component -> component.references().stream())
                .<Connection>flatMap(reference -> Stream.ofNullable(reference.own()))
                .toList();
        return ConnectionCheck.of(named, own);
    }

    Collection<ConnectionType> connectionTypes() {
        return connectionTypes.all();
    }

    <C extends Connection> ConnectionReference<C> refer(Class<C> type, String referrer, String id, @Nullable C own) {
        return new ConnectionReference<>(connections, type, referrer, id, own);
    }

    /** What keeps a reference from leading to a connection. */
    Optional<String> problem(ConnectionReference<?> reference) {
        if (reference.own() != null) {
            return Optional.empty();
        }
        if (reference.id().isBlank()) {
            return Optional.of("is required" + connections.known());
        }
        Optional<Connection> found = connections.find(reference.id());
        if (found.isEmpty()) {
            return Optional.of(connections.unknown(reference.id()));
        }
        return found.filter(connection -> !reference.accepts(connection))
                .map(connection -> "must be the id of a " + reference.needs() + ", was '" + connection.id()
                        + "', which is a " + Ids.of(connection.getClass()));
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
            List<ConfigProblem> problems = new ArrayList<>(pipeline.problems());
            problems.addAll(check(connections.named(), with(pipeline)));
            app.refuseProblemsAtRunTime("pipeline:" + id, problems);
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
        connections.start();
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
            return stopInOrder(all).doFinally(end -> overdue.dispose()).then(connections.close());
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
