package io.bspump;

import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The connections, lookups and pipelines of an application, by their ids.
 *
 * <p>Safe for use by many threads. What is added before {@link Application#run} starts with the application; what is
 * added later starts at once. While the application stops nothing can be added any more.
 */
public final class PumpService implements Service {

    private final Application app;
    private final Connections connections;
    private final ConnectionTypes connectionTypes;
    private final Lookups lookups;
    private final Pipelines pipelines;

    PumpService(Application app, Duration drainTimeout) {
        this.app = app;
        this.connections = new Connections(app, drainTimeout);
        this.connectionTypes = new ConnectionTypes(app);
        this.lookups = new Lookups(app);
        this.pipelines = new Pipelines(app, drainTimeout);
    }

    /** {@code bspump.PumpService}. */
    @Override
    public String name() {
        return "bspump.PumpService";
    }

    /**
     * Adds a connection; when the application runs it is connected at once.
     *
     * <p>When its section changes while the application runs, another one is made by its constructor {@code (app, id, config)},
     * {@code (app, id)} or {@code (app)} if the class has no others; for all others see {@link #addConnection(String, BiFunction)}.
     *
     * @return the same connection
     * @throws IllegalArgumentException if the id is taken
     * @throws IllegalStateException if the application is stopping
     */
    public <C extends Connection> C addConnection(C connection) {
        Objects.requireNonNull(connection, "connection");
        return add(connection, ofInstance(connection));
    }

    /**
     * Makes and adds a connection as {@link #addConnection(Connection)} does. When its section changes while the application
     * runs, another one is made in the same way and takes its place.
     *
     * @param factory makes it with the id: {@code MyConnection::new}, or {@code (app, id) -> new MyConnection(app, id, more)}
     */
    public <C extends Connection> C addConnection(
            String id, BiFunction<? super Application, ? super String, ? extends C> factory) {
        C connection = factory.apply(app, id);
        return add(connection, Maker.of(id, connection.id(), factory));
    }

    private <C extends Connection> C add(C connection, Maker<Connection> maker) {
        app.refuseProblemsAtRunTime(connection.config().name(), check(connection), List.of(connection.config()));
        connections.add(connection, maker);
        return connection;
    }

    private static Maker<Connection> ofInstance(Connection connection) {
        return Maker.ofInstance(
                connection,
                connection.id(),
                connection.given(),
                (a, b) -> a.id().equals(b.id()) && a.given().equals(b.given()));
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
     * Makes a connection of a type that a connector brings, and does not add it.
     *
     * @param values as they would stand in {@code [connection:ID]}
     * @throws io.bspump.config.ConfigException with everything that is wrong with the values
     */
    public Connection newConnection(ConnectionType type, String id, Map<String, ?> values) {
        return connectionTypes.create(type, id, values);
    }

    /** Gives up a connection that has been made and will not be added, so that its section is nobody's again. */
    public void discardConnection(Connection connection) {
        app.configuration().release(List.of(connection.config()));
    }

    /** The types of connections that connectors bring, by their names. */
    public Collection<ConnectionType> connectionTypes() {
        return connectionTypes.all();
    }

    /**
     * The status of a connection, then each change, also when another one takes its place; completes when it is removed. A
     * slow subscriber misses some, but never the latest. Fails with an {@link IllegalArgumentException} naming the known ids
     * if there is none with this one.
     */
    public Flux<ConnectionStatus> statusChanges(String id) {
        return connections.statusChanges(id);
    }

    /**
     * Tries a connection that has not been added: dials it once, step by step, pings it, puts the link away and closes the
     * connection. Bounded by its {@code connect_timeout} for each step. Does nothing before the subscription; cancelling does
     * not call it off. Fails with an {@link IllegalStateException} if there is a connection with the same
     * {@linkplain Connection#identity() identity}, which the trial would push out.
     */
    public Mono<ConnectionTrial> tryConnection(Connection connection) {
        return connections.tryOut(connection);
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
            app.refuseProblemsAtRunTime(next.config().name(), check(next), List.of(next.config()));
            return connections.update(next, ofInstance(next));
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
            try {
                makeFromSection(id);
            } catch (ConfigException e) {
                problems.addAll(e.problems());
            }
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
                connectionTypes.create(id).ifPresent(made -> connections.add(made, Maker.bySection()));
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
     * <p>When its section changes while the application runs, another one is made by its constructor {@code (app, id, config)},
     * {@code (app, id)} or {@code (app)} if the class has no others; for all others see {@link #addLookup(String, BiFunction)}.
     *
     * @return the same lookup
     * @throws IllegalArgumentException if the id is taken
     * @throws IllegalStateException if the application is stopping
     */
    public <L extends Lookup> L addLookup(L lookup) {
        Objects.requireNonNull(lookup, "lookup");
        lookups.add(
                lookup,
                Maker.ofInstance(
                        lookup,
                        lookup.id(),
                        lookup.given(),
                        (a, b) -> a.id().equals(b.id()) && a.given().equals(b.given())));
        return lookup;
    }

    /**
     * Makes and adds a lookup as {@link #addLookup(Lookup)} does. When its section changes while the application runs, another
     * one is made in the same way and, when it is loaded, takes its place for all who have this one.
     *
     * @param factory makes it with the id: {@code DictionaryLookup::new}
     */
    public <L extends Lookup> L addLookup(
            String id, BiFunction<? super Application, ? super String, ? extends L> factory) {
        L lookup = factory.apply(app, id);
        lookups.add(lookup, Maker.of(id, lookup.id(), factory));
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
        return lookups.registry().locate(id).lookup();
    }

    /** The lookups in the order in which they were added. */
    public List<Lookup> lookups() {
        return lookups.registry().all().stream().map(LookupRun::lookup).toList();
    }

    /**
     * Removes a lookup and its meters and returns it; it is not refreshed any more.
     *
     * @throws IllegalArgumentException naming the known ids if there is none with this one
     */
    public Lookup removeLookup(String id) {
        return lookups.remove(id);
    }

    /**
     * Adds a pipeline; when the application runs it is started at once.
     *
     * <p>When one of its sections changes while the application runs, another one is made by its constructor {@code (app, id,
     * config)}, {@code (app, id)} or {@code (app)} if the class has no others; for all others see {@link #addPipeline(String, BiFunction)}.
     *
     * @return the same pipeline
     * @throws IllegalArgumentException if the id is taken, or is empty or has dots, colons or blanks
     * @throws IllegalStateException if the application is stopping
     */
    public <P extends Pipeline> P addPipeline(P pipeline) {
        Objects.requireNonNull(pipeline, "pipeline");
        return add(
                pipeline,
                Maker.ofInstance(
                        pipeline,
                        pipeline.id(),
                        pipeline.given(),
                        (a, b) -> a.id().equals(b.id()) && a.given().equals(b.given())));
    }

    /**
     * Makes and adds a pipeline as {@link #addPipeline(Pipeline)} does. When one of its sections changes while the application
     * runs, it is stopped and another one is made in the same way and started in its place.
     *
     * @param factory makes it with the id: {@code MyPipeline::new}, or {@code (app, id) -> new MyPipeline(app, id, more)}
     */
    public <P extends Pipeline> P addPipeline(
            String id, BiFunction<? super Application, ? super String, ? extends P> factory) {
        P pipeline = factory.apply(app, id);
        return add(pipeline, Maker.of(id, pipeline.id(), factory));
    }

    private <P extends Pipeline> P add(P pipeline, Maker<Pipeline> maker) {
        pipelines.add(pipeline, maker, () -> check(connections.named(), pipelines.with(pipeline)));
        return pipeline;
    }

    /** See {@link Pipelines#checkRoute}. */
    void checkRoute(Pipeline from, String address) {
        pipelines.checkRoute(from, address);
    }

    /** See {@link Pipelines#locateSource}. */
    Optional<Source<?>> locateSource(Pipeline from, String address) {
        return pipelines.locateSource(from, address);
    }

    /** See {@link Pipelines#locateRoutes}. */
    List<Routes> locateRoutes(String address) {
        return pipelines.locateRoutes(address);
    }

    /** See {@link Pipelines#sourcesBeside}. */
    String sourcesBeside(Pipeline from) {
        return pipelines.sourcesBeside(from);
    }

    /** See {@link Pipelines#feedersOf}. */
    List<String> feedersOf(Pipeline pipeline) {
        return pipelines.feedersOf(pipeline);
    }

    /** See {@link Pipelines#isReplacing}. */
    boolean isReplacing() {
        return pipelines.isReplacing();
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
        return pipelines.remove(id);
    }

    /** The pipelines in the order in which they were added. */
    public List<Pipeline> pipelines() {
        return pipelines.all();
    }

    /**
     * Finds a pipeline or a part of one.
     *
     * @param address {@code P}, {@code P.Processor} or {@code P.*Source}
     */
    public Optional<?> locate(String address) {
        return pipelines.locate(address);
    }

    Connections slots() {
        return connections;
    }

    Lookups lookupRuns() {
        return lookups;
    }

    Pipelines runs() {
        return pipelines;
    }

    /** Loads all lookups in parallel; fails with every reason when some that are not optional could not be loaded. */
    Mono<Void> loadLookups() {
        return lookups.loadAll();
    }

    void startConnections() {
        connections.start();
    }

    void startPipelines() {
        pipelines.startAll();
    }

    /** Drains the pipelines, each after those that feed it, then closes all connections in parallel. Never fails. */
    Mono<Void> stop() {
        return Mono.fromRunnable(lookups::stopAll).then(pipelines.stopAll()).then(connections.close());
    }

    /** Cuts the drain of every pipeline short. */
    void cut() {
        pipelines.cut();
    }
}
