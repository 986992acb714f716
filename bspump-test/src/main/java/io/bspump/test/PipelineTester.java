package io.bspump.test;

import io.bspump.Application;
import io.bspump.Component;
import io.bspump.DeadLetter;
import io.bspump.Pipeline;
import io.bspump.PipelineError;
import io.bspump.PipelineState;
import io.bspump.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * Runs a user's own pipeline without a server, a thread or a clock: its sources are replaced by scripted ones, its sinks by
 * recorders, and time passes only when it is told to. When {@link #push} returns, the event has gone as far as it can.
 *
 * <pre>{@code
 * try (PipelineTester tester = PipelineTester.of(app -> new MyPipeline(app, "MyPipeline"))) {
 *     tester.push("one");
 *     tester.assertOutputs("ONE");
 * }
 * }</pre>
 *
 * <p>The factory is given an application that does not run. It may add the connections and lookups that its components
 * ask for in their constructors; they do not connect. It may also make further pipelines, such as one for dead letters;
 * they are started as well, and their sources and sinks have addresses like {@code Other.*Source} and {@code Other.Sink}.
 *
 * <p>What it does <em>not</em> simulate:
 *
 * <ul>
 *   <li>Threads. Everything, blocking processors included, runs on the thread that pushes or advances, so there are no
 *       races, and code that blocks the lane is not found out; {@link ProcessorContract} and its siblings do that. Code
 *       that takes threads of its own still does: wait for what it does.
 *   <li>Time of other clocks. Retries, {@code linger}, triggers and ticks follow {@link #advance}; operators such as
 *       {@code Mono.delay} without a scheduler, and {@code Instant.now()}, do not. The clock begins in 1970.
 *   <li>Systems. What a real source or sink makes of an event (serialization, keys, offsets, positions), its connection,
 *       batching and limits are not there; a recorder takes one event after the other and knows only the option
 *       {@code concurrency} of its section.
 *   <li>The process: command line, signals, kills. {@link PumpProcess} is for these.
 * </ul>
 *
 * <p>Each tester is on its own: any number of them may exist in a JVM. Its methods are for one thread; what it has recorded
 * may be read by any.
 */
public final class PipelineTester implements AutoCloseable {

    private static final long PATIENCE_NANOS = Duration.ofSeconds(10).toNanos();
    private static final long LOOK_NANOS = Duration.ofMillis(1).toNanos();

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final List<Output> outputs = new CopyOnWriteArrayList<>();
    private final List<DeadLetter> deadLetters = new CopyOnWriteArrayList<>();
    private final List<PipelineError> errors = new CopyOnWriteArrayList<>();
    private final List<Pushed> pushed = new ArrayList<>();
    private final TestApplication app;
    private final Pipeline pipeline;

    PipelineTester(TesterSetup setup, Function<? super Application, ? extends Pipeline> factory) {
        app = setup.application(time, time, this::record);
        pipeline = factory.apply(app);
        if (!app.pipelines().contains(pipeline)) {
            throw new IllegalArgumentException(
                    "[pipeline:" + pipeline.id() + "] must be built, with the application that the factory is given");
        }
        pipeline.pubSub()
                .subscribe("bspump.pipeline.error!", message -> pipeline.error().ifPresent(errors::add));
        app.startAll();
    }

    /** Makes a pipeline without a configuration file and starts it. */
    public static PipelineTester of(Function<? super Application, ? extends Pipeline> factory) {
        return setup().test(factory);
    }

    /** Begins with what is to be different: configuration, real sources, real sinks. */
    public static TesterSetup setup() {
        return new TesterSetup();
    }

    private void record(Output output) {
        if (output.event() instanceof DeadLetter letter && letter.pipeline().equals(pipeline.id())) {
            deadLetters.add(letter);
        } else {
            outputs.add(output);
        }
    }

    // What goes in

    /**
     * Pushes an event into the only source.
     *
     * @return what becomes of it
     * @throws IllegalStateException if there are several sources, naming them
     */
    public Pushed push(Object event) {
        return push(event, Map.of());
    }

    /** Pushes an event with a context into the only source. */
    public Pushed push(Object event, Map<String, ?> context) {
        return push(onlySource(), event, context);
    }

    /** Pushes events into the only source, one after the other. */
    public void pushAll(Object... events) {
        Arrays.stream(events).forEach(this::push);
    }

    /**
     * Pushes an event into a source.
     *
     * @param source its id or address
     * @throws IllegalArgumentException if there is none or more than one, naming all
     */
    public Pushed pushTo(String source, Object event, Map<String, ?> context) {
        return push(find(source, app.sources(), "source"), event, context);
    }

    private Pushed push(ScriptedSource source, Object event, Map<String, ?> context) {
        Pushed one = source.push(event, context);
        pushed.add(one);
        return one;
    }

    /** Ends every source of the pipeline when what was pushed has been read; the pipeline then finishes. */
    public void complete() {
        ownSources().forEach(ScriptedSource::complete);
    }

    /** Fails the only source, as if it had lost its system. */
    public void failSource(Throwable error) {
        onlySource().fail(error);
    }

    /** Returns how many pushed events have not been asked for yet: what back pressure has kept in the sources. */
    public int waiting() {
        return app.sources().stream().mapToInt(ScriptedSource::waiting).sum();
    }

    // Time and life

    /** Lets time pass and everything happen that is due. */
    public void advance(Duration by) {
        time.advanceTimeBy(by);
    }

    /** Lets the pipeline go on after an error. */
    public void resume() {
        pipeline.resume();
    }

    /** Asks all pipelines to stop in order. They have when {@link #state} says so: events in flight drain first. */
    public void stop() {
        app.stopAll();
    }

    /** Ends the drain of a {@link #stop}: what has not settled stays unsettled. */
    public void cut() {
        app.cutAll();
    }

    /** Returns where the pipeline stands in its life. */
    public PipelineState state() {
        return pipeline.state();
    }

    /** Returns the pipeline. */
    public Pipeline pipeline() {
        return pipeline;
    }

    /**
     * Stops everything, drained or not, and leaves nothing behind: waits for threads of the components' own, at most ten seconds. Once
     * more does nothing.
     */
    @Override
    public void close() {
        if (time.isDisposed()) {
            return;
        }
        app.stopAll();
        app.cutAll();
        time.advanceTimeBy(Duration.ofMinutes(1));
        Future<?> stopped = Mono.when(
                        app.pipelines().stream().map(Pipeline::finished).toList())
                .toFuture();
        long limit = System.nanoTime() + PATIENCE_NANOS;
        while (!stopped.isDone() && System.nanoTime() - limit < 0) {
            LockSupport.parkNanos(LOOK_NANOS);
            time.advanceTime();
        }
        time.dispose();
    }

    // Sinks

    /** Makes the only sink fail at its next event; several calls make the next several fail. */
    public void failNext(Throwable error) {
        onlySink().failNext(error);
    }

    /** Makes a sink, given by id or address, fail at its next event. */
    public void failNext(String sink, Throwable error) {
        find(sink, app.sinks(), "sink").failNext(error);
    }

    /** Makes the only sink keep events from now on: it neither confirms nor fails them until it is told. */
    public void hold() {
        onlySink().hold();
    }

    /** Makes a sink, given by id or address, keep events. */
    public void hold(String sink) {
        find(sink, app.sinks(), "sink").hold();
    }

    /** Returns the events that sinks keep, in order. */
    public List<Output> held() {
        return app.sinks().stream().flatMap(sink -> sink.held().stream()).toList();
    }

    /**
     * Confirms the event that has been kept longest by the only sink.
     *
     * @throws IllegalStateException if it keeps none
     */
    public void confirm() {
        require(onlySink().confirm(), "confirm");
    }

    /** Confirms the event that has been kept longest by a sink, given by id or address. */
    public void confirm(String sink) {
        require(find(sink, app.sinks(), "sink").confirm(), "confirm");
    }

    /** Confirms the event that the only sink has kept shortest: out of order. */
    void confirmLast() {
        require(onlySink().confirmLast(), "confirm");
    }

    /** Fails the event that has been kept longest by the only sink. */
    public void reject(Throwable error) {
        require(onlySink().reject(error), "reject");
    }

    /** Ends all {@link #hold}s and confirms everything that is kept. */
    public void release() {
        app.sinks().forEach(RecordingSink::release);
    }

    // What came out

    /** Returns what all sinks have confirmed, in order, without {@link #deadLetters}. */
    public List<Output> outputs() {
        return List.copyOf(outputs);
    }

    /** Returns what a sink, given by id or address, has confirmed. */
    public List<Output> outputs(String sink) {
        String address = find(sink, app.sinks(), "sink").address();
        return outputs.stream().filter(output -> output.sink().equals(address)).toList();
    }

    /** Returns the events of {@link #outputs}, without their contexts. */
    public List<Object> events() {
        return outputs.stream().map(Output::event).toList();
    }

    /** Returns the pipeline's dead letters that have reached a sink as such; those mapped before are among the outputs. */
    public List<DeadLetter> deadLetters() {
        return List.copyOf(deadLetters);
    }

    /** Returns how each pushed event has ended, in the order of pushing; null for those that have not. */
    public List<@Nullable Settlement> settlements() {
        List<@Nullable Settlement> all = new ArrayList<>();
        pushed.forEach(one -> all.add(one.settlement()));
        return all;
    }

    /** Returns the pushed events that were dropped: nothing of them reached a sink, on purpose. */
    public List<Object> drops() {
        return pushed.stream()
                .filter(one -> one.settlement() == Settlement.DROPPED)
                .map(Pushed::event)
                .toList();
    }

    /** Returns the errors that the pipeline has shown, those it was resumed from included. */
    public List<PipelineError> errors() {
        return List.copyOf(errors);
    }

    /**
     * Asserts that exactly these events have come out, in this order, at whatever sink.
     *
     * @throws AssertionError with everything that is known of the pipeline
     */
    public void assertOutputs(Object... expected) {
        if (!events().equals(List.of(expected))) {
            throw new AssertionError("expected outputs " + List.of(expected) + " but got " + events() + "\n" + this);
        }
    }

    /**
     * Asserts that every pushed event has ended well: delivered or dropped on purpose.
     *
     * @throws AssertionError with everything that is known of the pipeline
     */
    public void assertAllDelivered() {
        boolean all = pushed.stream()
                .allMatch(one -> one.settlement() == Settlement.DELIVERED || one.settlement() == Settlement.DROPPED);
        if (!all) {
            throw new AssertionError("expected all events to be delivered or dropped\n" + this);
        }
    }

    /** Everything that is known of the pipeline, as a paragraph. */
    @Override
    public String toString() {
        return "[pipeline:" + pipeline.id() + "] " + state()
                + pipeline.error().map(e -> ", " + e).orElse("")
                + section("pushed", pushed) + section("outputs", outputs) + section("held by sinks", held())
                + section("dead letters", deadLetters);
    }

    private static String section(String title, List<?> lines) {
        return lines.isEmpty()
                ? ""
                : lines.stream().map(line -> "\n    " + line).collect(Collectors.joining("", "\n  " + title + ":", ""));
    }

    // Looking up

    private List<ScriptedSource> ownSources() {
        return app.sources().stream()
                .filter(source -> source.pipeline() == pipeline)
                .toList();
    }

    private ScriptedSource onlySource() {
        return only(ownSources(), "source");
    }

    private RecordingSink onlySink() {
        return only(
                app.sinks().stream().filter(sink -> sink.pipeline() == pipeline).toList(), "sink");
    }

    private static <C extends Component> C only(List<C> all, String kind) {
        if (all.size() != 1) {
            throw new IllegalStateException(
                    "say which " + kind + ", the tester has replaced " + all.size() + ": " + all);
        }
        return all.get(0);
    }

    private static <C extends Component> C find(String name, List<C> all, String kind) {
        List<C> found = all.stream()
                .filter(one -> one.id().equals(name) || one.address().equals(name))
                .toList();
        if (found.size() != 1) {
            throw new IllegalArgumentException(
                    "'" + name + "' must be the id or the address of one " + kind + " of " + all);
        }
        return found.get(0);
    }

    private void require(boolean done, String what) {
        if (!done) {
            throw new IllegalStateException("there is nothing to " + what + ", no event is held\n" + this);
        }
    }
}
