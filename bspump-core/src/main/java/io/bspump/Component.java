package io.bspump;

import io.bspump.config.Config;
import io.bspump.config.ConfigProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A part of a pipeline: it has an id that is unique in the pipeline, an address, and a section of the configuration,
 * {@code [pipeline:PIPELINE:ID]}.
 */
public abstract class Component {

    private final Application app;
    private final Pipeline pipeline;
    private final String id;
    private final Map<String, ?> given;
    private final Config config;
    private final List<ConnectionReference<?>> references = new ArrayList<>();

    /**
     * @param id the id, or null for the simple name of the class
     * @param config values that go above the class's defaults and below the file
     */
    Component(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        this.app = Objects.requireNonNull(app, "app");
        this.pipeline = Objects.requireNonNull(pipeline, "pipeline");
        this.id = Ids.addressable("component", id == null ? Ids.of(getClass()) : id);
        this.given = config;
        this.config = app.configuration().component("pipeline:" + pipeline.id() + ":" + this.id, getClass(), config);
    }

    /** Returns the id, unique among the stages or the sources of its pipeline. */
    public final String id() {
        return id;
    }

    /** Returns where {@link PumpService#locate} finds it, {@code Pipeline.Component}. */
    public String address() {
        return pipeline.id() + "." + id;
    }

    protected final Application app() {
        return app;
    }

    /** Returns the pipeline it is a part of. */
    public final Pipeline pipeline() {
        return pipeline;
    }

    /** Returns the section {@code [pipeline:PIPELINE:ID]}, merged with defaults and overrides. */
    protected final Config config() {
        return config;
    }

    /** The same for a component that cannot make a connection of its own. */
    protected final <C extends Connection> ConnectionReference<C> connection(Class<C> type, @Nullable String id) {
        return connection(type, id, null);
    }

    /**
     * Refers to a connection; to be called in the constructor. It is, in this order: the one whose id stands in the section
     * under {@code connection} (or {@code connection_selector}, {@code connectionSelector}); the one whose id the code gives;
     * one that is made for this component alone and lives as long as its pipeline, or for all that name the same
     * {@code sharing_key}. A connection that is not there is reported at the start.
     *
     * @param id what the code says; null if it says nothing
     * @param own makes a connection from the keys in this section, usually its constructor {@code (app, component)}
     * @return what leads to the connection from the start of the pipeline on; the pipeline closes it
     */
    protected final <C extends Connection> ConnectionReference<C> connection(
            Class<C> type, @Nullable String id, @Nullable BiFunction<Application, Component, C> own) {
        String selected =
                config.get("connection", config.get("connection_selector", config.get("connectionselector", "")));
        String chosen = selected.isBlank() ? id : selected;
        C made = chosen == null && own != null ? own.apply(app, this) : null;
        ConnectionReference<C> reference = app.pumpService().refer(type, address(), chosen == null ? "" : chosen, made);
        references.add(reference);
        return reference;
    }

    final List<ConnectionReference<?>> references() {
        return references;
    }

    /** Returns what is wrong with the connections that it refers to. */
    final List<ConfigProblem> connectionProblems() {
        List<ConfigProblem> problems = new ArrayList<>();
        for (ConnectionReference<?> reference : references) {
            app.pumpService().problem(reference).ifPresent(rule -> problems.add(config.problem("connection", rule)));
        }
        return problems;
    }

    /** Returns the values that were given in code. */
    final Map<String, ?> given() {
        return given;
    }

    /** Returns the id of a connection that it makes for itself, or for those that name the same key. */
    final String connectionId(Class<?> type) {
        String key = config.get("sharing_key", "");
        return key.isBlank() ? address() : Ids.of(type) + "." + key;
    }

    /**
     * Tells why the pipeline cannot have several lanes, each with a part like this one: the rest of a sentence that begins with
     * the id, for people. Asked before the others are made. A source cannot, unless it says otherwise; everything else can.
     *
     * @param lanes how many
     */
    protected Optional<String> obstacleToLanes(int lanes) {
        return Optional.empty();
    }

    /**
     * Acquires what the component needs before the first event. Called once per start of the pipeline, sinks first. The
     * pipeline is in error if it fails, and calls it again when it is resumed. Must not block.
     */
    protected Mono<Void> start() {
        return Mono.empty();
    }

    /**
     * Releases what the component holds. Called after the last event, sources first; a source commits its position here.
     * Also called when {@link #start} failed or was cut short. Must not block.
     */
    protected Mono<Void> stop() {
        return Mono.empty();
    }

    @Override
    public String toString() {
        return address();
    }
}
