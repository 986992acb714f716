package io.bspump;

import io.bspump.config.Config;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * A source, stages behind it and a sink, through which events flow one way. Extend it and call {@link #build} in the
 * constructor; add it to the {@link PumpService}.
 *
 * <p>All synchronous stages of a pipeline run on one thread at a time, its lane, and nothing blocks that thread. Demand
 * goes from the sink to the source: at most {@code max_in_flight} events are unsettled, and a source is asked for more
 * only when there is room. Each event that a source emits ends exactly once, see {@link Settlement}. Delivery is at least
 * once, unless {@code delivery = exactly_once} and the source and the sink can do that.
 *
 * <p>With {@code parallelism = N} there are N lanes: the pipeline is made N times, in the way in which it was added, and the
 * sources share the work. It is one pipeline still: the one that was added speaks for all of them, {@code max_in_flight} is
 * shared evenly, order is kept within each lane, and while one lane is in error none takes in events.
 *
 * <p>Unless noted otherwise, methods may be called on any thread.
 */
public abstract class Pipeline {

    public static final Options OPTIONS = Options.of(
            Option.integer("parallelism")
                    .between(1, 1024)
                    .defaultTo(1)
                    .doc(
                            "How many lanes the pipeline has, each with parts of its own, for sources that share their work."),
            Option.integer("max_in_flight")
                    .between(1, 100_000_000)
                    .defaultTo(10_000)
                    .doc("How many events may be unsettled, shared evenly by the sources."),
            Option.size("max_in_flight_bytes")
                    .atLeast(1)
                    .defaultTo("64MB")
                    .doc("How many bytes may be unsettled, where the source knows the size of its events."),
            Option.choice("delivery", "at_least_once", "exactly_once")
                    .defaultTo("at_least_once")
                    .doc("Whether an event may be delivered again after a failure, or its position is written in one"
                            + " transaction with it; only where source and sink can do that."),
            Option.choice("on_error", "stop", "skip", "dead_letter")
                    .defaultTo("stop")
                    .doc("What is done with an event that failed, when its retries are used up."),
            Option.bool("stop_on_errors")
                    .defaultTo(true)
                    .doc("The Python framework's form of `on_error`: `no` is `on_error = skip`."),
            Option.string("dead_letter")
                    .defaultTo("")
                    .doc("Where dead letters go: the id of a pipeline, or the address of a source that takes events."),
            Option.integer("retry_attempts")
                    .between(0, Integer.MAX_VALUE)
                    .defaultTo(0)
                    .doc("How often a failed event is tried again."),
            Option.duration("retry_delay").defaultTo("1s").doc("The delay before the first retry."),
            Option.number("retry_multiplier")
                    .between(1.0, 1000.0)
                    .defaultTo(2.0)
                    .doc("What the delay is multiplied by from one retry to the next."),
            Option.duration("retry_max_delay").defaultTo("1m").doc("What no delay exceeds."));

    private final Application app;
    private final String id;
    private final Map<String, ?> given;
    private final Config config;
    private final PubSub pubSub;
    private final ErrorDecision onError;
    private boolean exactlyOnce;
    private final List<Source<?>> sources = new ArrayList<>();
    private final List<Stage<?, ?>> stages = new ArrayList<>();
    private final List<Stage<?, ?>> deadLetterStages = new ArrayList<>();
    private final @Nullable PipelineSink deadLetterSink;
    private final PipelineRuntime runtime;
    private volatile PipelineLanes lanes = PipelineLanes.one(this);

    /** Creates a pipeline without values of its own. */
    protected Pipeline(Application app, String id) {
        this(app, id, Map.of());
    }

    /**
     * @param id unique in the application, no blanks, dots or colons
     * @param config values that go above the class's defaults and below the file
     */
    protected Pipeline(Application app, String id, Map<String, ?> config) {
        this(app, id, config, PipelineRuntime::new);
    }

    /** Creates a pipeline that runs otherwise, for tests. */
    Pipeline(
            Application app,
            String id,
            Map<String, ?> config,
            BiFunction<Pipeline, Scheduler, PipelineRuntime> runtime) {
        this.app = Objects.requireNonNull(app, "app");
        this.id = Ids.addressable("pipeline", id);
        this.given = config;
        this.config = app.configuration().closedComponent("pipeline:" + id, getClass(), config);
        this.pubSub = new PubSub(id);
        this.onError = onError(this.config);
        this.exactlyOnce = this.config.get("delivery").equals("exactly_once");
        this.runtime = runtime.apply(this, app.lanes());
        String address = this.config.get("dead_letter");
        this.deadLetterSink = address.isEmpty() ? null : new PipelineSink(app, this, address);
    }

    private static ErrorDecision onError(Config config) {
        ErrorDecision decision = ErrorDecision.valueOf(config.get("on_error").toUpperCase(Locale.ROOT));
        boolean skips = !config.getBoolean("stop_on_errors");
        return skips && decision == ErrorDecision.STOP ? ErrorDecision.SKIP : decision;
    }

    /**
     * Puts the pipeline together; called once, in the constructor.
     *
     * @param source where the events come from
     * @param stages what they go through; the last is a sink
     * @throws IllegalArgumentException if the last stage is no sink or another one is, if two share an id, if one belongs
     *     to another pipeline, or if the types of two neighbours do not fit as far as they are known
     */
    protected final void build(Source<?> source, Stage<?, ?>... stages) {
        build(List.of(source), stages);
    }

    /** The same with several sources, whose events are taken in turns. */
    protected final void build(List<? extends Source<?>> sources, Stage<?, ?>... stages) {
        if (!this.stages.isEmpty()) {
            throw new IllegalStateException("[pipeline:" + id + "] is already built");
        }
        List<Source<?>> wiredSources = new ArrayList<>();
        sources.forEach(source -> wiredSources.add(app.wire(source)));
        List<Stage<?, ?>> wiredStages = wire(stages);
        new PipelineCheck(this).check(wiredSources, wiredStages);
        this.sources.addAll(wiredSources);
        this.stages.addAll(wiredStages);
        // What stands in for a source or a sink in a test knows nothing of positions.
        exactlyOnce &= wiredSources.equals(sources) && wiredStages.equals(List.of(stages));
    }

    /**
     * Sets the stages that dead letters go through, the last a sink; called at most once, in the constructor. Their events
     * are {@link DeadLetter}s. The configuration's {@code dead_letter} goes above it.
     *
     * @throws IllegalArgumentException as {@link #build}
     */
    protected final void deadLetter(Stage<?, ?>... stages) {
        if (!deadLetterStages.isEmpty()) {
            throw new IllegalStateException("[pipeline:" + id + "] already has dead-letter stages");
        }
        List<Stage<?, ?>> wired = wire(stages);
        new PipelineCheck(this).check(DeadLetter.class, wired);
        deadLetterStages.addAll(wired);
    }

    private List<Stage<?, ?>> wire(Stage<?, ?>... stages) {
        List<Stage<?, ?>> wired = new ArrayList<>();
        for (Stage<?, ?> stage : stages) {
            wired.add(app.wire(stage));
        }
        return wired;
    }

    /**
     * Decides what becomes of an event whose retries are used up. By default what {@code on_error} says. Called on the
     * lane, must not block; when it throws, the pipeline stops as with {@link ErrorDecision#STOP}.
     *
     * @param error what the stage threw or signalled
     * @param context the event's context
     * @param event the event as it went into the stage that failed
     */
    protected ErrorDecision handleError(Throwable error, Context context, Object event) {
        return onError;
    }

    /** Returns the id, unique in the application. */
    public final String id() {
        return id;
    }

    /** Returns how many lanes it is to have. */
    public final int parallelism() {
        return config.getInt("parallelism");
    }

    /** Returns which of its lanes this is, from 0; known from the start on, 0 before. */
    public final int lane() {
        return lanes.indexOf(this);
    }

    /** Returns where each of its lanes stands in its life. */
    public final List<PipelineState> laneStates() {
        return lanes.states();
    }

    /** Returns where the pipeline stands in its life: where that of its lanes stands which is worst off. */
    public final PipelineState state() {
        return lanes.state();
    }

    /** Whether the pipeline has stopped consuming because of an error. */
    public final boolean isError() {
        return state() == PipelineState.ERROR;
    }

    /** Returns why the pipeline has stopped consuming; the error of the first lane that has one. */
    public final Optional<PipelineError> error() {
        return lanes.error();
    }

    /**
     * Returns what it waits for that it cannot bring about itself, for people to read: {@code connection 'X'}, {@code pipeline
     * 'B', which is in error}; empty when there is nothing.
     */
    public final Optional<String> waitingFor() {
        return lanes.waitingFor();
    }

    /** Goes on after an error, from the event that failed and with all its retries. Does nothing when there is none. */
    public final void resume() {
        lanes.resume();
    }

    /** Returns how many events have come from the sources and not yet settled. */
    public final long unsettled() {
        return lanes.unsettled();
    }

    /** Completes when the pipeline has finished or was stopped and has released everything. */
    public final Mono<Void> finished() {
        return lanes.ended();
    }

    /**
     * Returns the pipeline's own messages: {@code bspump.pipeline.start!}, {@code .error!}, ... Where there are several lanes
     * each tells its own, with its number under {@code lane}.
     */
    public final PubSub pubSub() {
        return pubSub;
    }

    /** Returns the sources. */
    public final List<Source<?>> sources() {
        return List.copyOf(sources);
    }

    /** Returns the stages behind the sources, in order. */
    public final List<Stage<?, ?>> stages() {
        return List.copyOf(stages);
    }

    /**
     * Finds a component.
     *
     * @param name the id of a stage, or {@code *} and the id of a source
     */
    public final Optional<Component> locate(String name) {
        for (Component component : components()) {
            String local = component.address().substring(id.length() + 1);
            if (local.equals(name)) {
                return Optional.of(component);
            }
        }
        return Optional.empty();
    }

    protected final Application app() {
        return app;
    }

    /** Returns the section {@code [pipeline:ID]}, merged with defaults and overrides. */
    protected final Config config() {
        return config;
    }

    /** Returns the values that were given in code. */
    final Map<String, ?> given() {
        return given;
    }

    /** Returns its section, those of its parts, and those that its parts have given to connections of their own. */
    final List<Config> configs() {
        List<Config> configs = new ArrayList<>(List.of(config));
        for (Component component : components()) {
            configs.add(component.config());
            component.references().forEach(reference -> {
                Connection own = reference.own();
                if (own != null) {
                    configs.add(own.config());
                }
            });
        }
        return configs;
    }

    /** Whether the sink writes the positions of the sources in one transaction with the events. */
    public final boolean isExactlyOnce() {
        return exactlyOnce;
    }

    /** Returns what is wrong with the configuration of the pipeline beyond what its options can tell. */
    List<ConfigProblem> problems() {
        List<ConfigProblem> problems = new ArrayList<>();
        if (stages.isEmpty()) {
            problems.add(
                    new ConfigProblem(null, 0, config.name(), null, "has no stages; its constructor must call build"));
        }
        if (onError == ErrorDecision.DEAD_LETTER && deadLetterStages().isEmpty()) {
            problems.add(config.problem(
                    "on_error", "is 'dead_letter', but there is no target for dead letters; set dead_letter"));
        }
        lanes.obstacles()
                .forEach(reason -> problems.add(
                        config.problem("parallelism", "= " + parallelism() + " is not possible: " + reason)));
        if (deadLetterSink != null && deadLetterSink.locate().isEmpty()) {
            problems.add(config.problem(
                    "dead_letter",
                    "must be the id of another pipeline or the address of one of its sources, was '"
                            + config.get("dead_letter") + "'"));
        }
        for (Stage<?, ?> stage : routingStages()) {
            if (stage != deadLetterSink && stage.ways != null) {
                problems.addAll(stage.ways.problems());
            }
        }
        for (Source<?> source : sources) {
            for (String address : source.feeders()) {
                if (app.pumpService().locateRoutes(address).isEmpty()) {
                    problems.add(new ConfigProblem(
                            null,
                            0,
                            source.config().name(),
                            null,
                            "is bound to '" + address + "', but there is no such tee"));
                }
            }
        }
        components().forEach(component -> problems.addAll(component.connectionProblems()));
        if (exactlyOnce && problems.isEmpty()) {
            DeliveryCheck.obstacle(this).ifPresent(why -> problems.add(config.problem("delivery", why)));
        }
        return problems;
    }

    /** Returns the stages that send events to other pipelines. */
    final List<Stage<?, ?>> routingStages() {
        List<Stage<?, ?>> routing = new ArrayList<>();
        for (Component component : components()) {
            if (component instanceof Stage<?, ?> stage && stage.ways != null) {
                routing.add(stage);
            }
        }
        return routing;
    }

    /** Returns a new list of all components: sources, stages, dead-letter stages. */
    final List<Component> components() {
        List<Component> all = new ArrayList<>(sources);
        for (Stage<?, ?> stage : stages) {
            addWithSinks(all, stage);
        }
        for (Stage<?, ?> stage : deadLetterStages()) {
            addWithSinks(all, stage);
        }
        return all;
    }

    static void addWithSinks(List<Component> all, Stage<?, ?> stage) {
        all.add(stage);
        if (stage instanceof ConditionalSinks<?> choice) {
            choice.sinks().forEach(sink -> addWithSinks(all, sink));
        }
    }

    /** Returns the stages of dead letters, none when there is no target. */
    final List<Stage<?, ?>> deadLetterStages() {
        return deadLetterSink == null ? deadLetterStages : List.of(deadLetterSink);
    }

    PipelineRuntime runtime() {
        return runtime;
    }

    /** Returns the lanes that it is one of. */
    final PipelineLanes lanes() {
        return lanes;
    }

    final void join(PipelineLanes others) {
        lanes = others;
    }

    /** Returns what lines of the log about this lane begin with. */
    final String label() {
        return "[pipeline:" + id + "]" + (lanes.size() == 1 ? "" : " lane " + lane());
    }

    final void publish(String topic) {
        PipelineLanes all = lanes;
        Map<String, Object> message =
                all.size() == 1 ? Map.of("pipeline", this) : Map.of("pipeline", all.first(), "lane", lane());
        pubSub.publish(topic, message);
        if (all.first() != this) {
            all.first().pubSub.publish(topic, message);
        }
    }

    final Mono<Void> start() {
        return lanes.start();
    }

    final Mono<Void> stop() {
        return lanes.stop();
    }

    /** Forgets what it has shown of itself. Called after it has stopped. */
    final void dispose() {
        lanes.dispose();
    }

    final void cut() {
        lanes.cut();
    }

    @Override
    public String toString() {
        return id;
    }
}
