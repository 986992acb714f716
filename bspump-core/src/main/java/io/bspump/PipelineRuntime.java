package io.bspump;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * A pipeline while it runs: its lane, its steps, its intakes and its state. Everything runs on the lane unless it says
 * otherwise.
 *
 * <p>A turn lets the steps move on what they hold, the last one first, and then hands in new events, until nothing moves
 * or its share of the thread is used up. So demand travels from the sink to the source: an event is handed in only when
 * the first step is ready for it, and a source is asked for more only when there is room for it.
 */
class PipelineRuntime implements Lane.Flow, Intake.Listener, FailurePolicy.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    /** Events that a turn hands in at the most, before other lanes of the thread have theirs. */
    private static final int TURN = 4096;

    private final Pipeline pipeline;
    private final Scheduler scheduler;
    private final Lane lane;
    private final Components components;
    private final PipelineConnections connections;
    private final FailurePolicy failures;
    private final FailurePolicy letterFailures;
    private final List<Step> steps = new ArrayList<>();
    private final List<Intake<?>> intakes = new ArrayList<>();
    private final Map<Component, StageMeter> meters = Collections.synchronizedMap(new LinkedHashMap<>());

    private final Sinks.Empty<Void> started = Sinks.empty();
    private final Sinks.Empty<Void> ended = Sinks.empty();
    private @Nullable Disposable starting;
    private boolean startFailed;
    private boolean ending;
    private Group.@Nullable End pressed;
    private long pressedAt;
    private volatile @Nullable PipelineMeters shown;

    private volatile PipelineState state = PipelineState.CREATED;
    private volatile @Nullable PipelineError error;
    private volatile long unsettled;
    private final Condition condition;
    private volatile long readyNanos;
    private volatile long readySince;

    // Written by the lane only, see StageMeter.
    long warnings;
    long errors;

    PipelineRuntime(Pipeline pipeline, Scheduler scheduler) {
        this.pipeline = pipeline;
        this.scheduler = scheduler;
        this.lane = new Lane(scheduler, this);
        this.components = new Components(pipeline, scheduler);
        this.condition = new Condition(pipeline.id());
        this.connections = new PipelineConnections(pipeline, lane);
        RetryPolicy retries = RetryPolicy.of(pipeline.config());
        this.failures = new FailurePolicy(lane, retries, this::decide, this);
        // A dead letter that cannot be delivered must not become one itself.
        this.letterFailures = new FailurePolicy(lane, retries, failure -> ErrorDecision.STOP, this);
    }

    // Life

    /** Starts; completes when events flow, or when it is clear that they do not. Any thread. */
    Mono<Void> start() {
        return Mono.defer(() -> {
            lane.execute(this::beginStart);
            return started.asMono();
        });
    }

    private void beginStart() {
        if (state != PipelineState.CREATED && !startFailed) {
            return;
        }
        startFailed = false;
        error = null;
        become(PipelineState.STARTING);
        pipeline.publish("bspump.pipeline.start!");
        try {
            connections.open();
            assemble();
            if (shown == null) {
                shown = new PipelineMeters(pipeline, this, pipeline.app().meterRegistry());
            }
        } catch (RuntimeException e) {
            startFailed(pipeline.id(), e);
            return;
        }
        starting = components
                .start()
                .subscribe(nothing -> {}, e -> lane.execute(() -> startFailed(e)), () -> lane.execute(this::run));
    }

    private void become(PipelineState next) {
        PipelineState before = state;
        if (next == PipelineState.RUNNING) {
            readySince = scheduler.now(TimeUnit.NANOSECONDS);
        }
        state = next;
        if (before == PipelineState.RUNNING) {
            readyNanos = readyNanos + scheduler.now(TimeUnit.NANOSECONDS) - readySince;
            pipeline.publish("bspump.pipeline.not_ready!");
        } else if (next == PipelineState.RUNNING) {
            pipeline.publish("bspump.pipeline.ready!");
        }
        condition.changed();
    }

    private void startFailed(Throwable error) {
        if (error instanceof Components.StartException one) {
            startFailed(one.component, one.reason());
        } else {
            startFailed(pipeline.id(), error);
        }
    }

    private void startFailed(String component, Throwable cause) {
        if (state != PipelineState.STARTING) {
            return;
        }
        startFailed = true;
        show(new PipelineError(component, cause, now()));
        started.tryEmitEmpty();
    }

    private void run() {
        if (state != PipelineState.STARTING) {
            return;
        }
        LOG.info("[pipeline:{}] running", pipeline.id());
        become(PipelineState.RUNNING);
        intakes.forEach(Intake::open);
        started.tryEmitEmpty();
    }

    /** Builds steps and intakes anew. */
    private void assemble() {
        steps.clear();
        intakes.clear();
        Chain chain = new Chain(lane, failures, meters, pipeline.config().getLong("max_in_flight"));
        Step first = chain.assemble(pipeline.stages());
        steps.addAll(chain.steps());
        List<Stage<?, ?>> letterStages = pipeline.deadLetterStages();
        if (!letterStages.isEmpty()) {
            Chain letters =
                    new Chain(lane, letterFailures, meters, pipeline.config().getLong("max_in_flight"));
            DeadLetterStep entry = new DeadLetterStep(letters.assemble(letterStages));
            failures.sendDeadLettersTo(entry);
            steps.add(entry);
            steps.addAll(letters.steps());
        }
        Collections.reverse(steps);
        List<Source<?>> sources = pipeline.sources();
        long maxInFlight = Math.max(1, pipeline.config().getLong("max_in_flight") / sources.size());
        long maxBytes = Math.max(1, pipeline.config().getSize("max_in_flight_bytes") / sources.size());
        for (Source<?> source : sources) {
            StageMeter meter = meters.computeIfAbsent(source, key -> new StageMeter(key.id()));
            intakes.add(new Intake<>(source, meter, lane, first, this, maxInFlight, maxBytes));
        }
    }

    /** Drains and stops; completes when everything has been released. Never fails. Any thread. */
    Mono<Void> stop() {
        return Mono.defer(() -> {
            lane.execute(this::beginStop);
            return ended.asMono();
        });
    }

    private void beginStop() {
        switch (state) {
            case CREATED -> {
                become(PipelineState.STOPPED);
                started.tryEmitEmpty();
                ended.tryEmitEmpty();
            }
            case STARTING, RUNNING, ERROR -> {
                boolean began = state != PipelineState.STARTING && !startFailed;
                become(PipelineState.STOPPING);
                pipeline.publish("bspump.pipeline.stop!");
                if (starting != null) {
                    starting.dispose();
                }
                if (began) {
                    intakes.forEach(Intake::cancel);
                } else {
                    end(PipelineState.STOPPED);
                }
            }
            default -> {}
        }
    }

    /** Ends a drain now; what has not settled stays unsettled. Any thread. */
    void cut() {
        lane.execute(() -> {
            if (state == PipelineState.STOPPING && !ending) {
                end(PipelineState.STOPPED);
            }
        });
    }

    /** Releases everything, sources first, and then is in the final state. */
    private void end(PipelineState last) {
        ending = true;
        steps.forEach(Step::cut);
        unsettled = Intake.unsettled(intakes); // with those that are held
        failures.abandon();
        letterFailures.abandon();
        lane.close();
        started.tryEmitEmpty();
        components.stop().then(connections.release()).subscribe(nothing -> {}, e -> ended(last), () -> ended(last));
    }

    private void ended(PipelineState last) {
        become(last);
        LOG.info("[pipeline:{}] {}", pipeline.id(), last == PipelineState.FINISHED ? "finished" : "stopped");
        ended.tryEmitEmpty();
    }

    /** Goes on after an error. Any thread. */
    void resume() {
        lane.execute(() -> {
            if (state != PipelineState.ERROR) {
                return;
            }
            error = null;
            pipeline.publish("bspump.pipeline.clear_error!");
            if (startFailed) {
                beginStart();
                return;
            }
            become(PipelineState.RUNNING);
            failures.resume();
            letterFailures.resume();
        });
    }

    // Flow

    @Override
    public boolean flow() {
        if (ending || state == PipelineState.CREATED || state == PipelineState.STARTING) {
            return false;
        }
        long share = Intake.taken(intakes) + TURN;
        boolean more;
        do {
            more = flowSteps();
            more |= isTaking() && flowIntakes();
        } while (more && Intake.taken(intakes) < share && !ending);
        if (!more && isLast()) {
            steps.forEach(Step::flush);
            more = flowSteps();
        }
        long taken = Intake.taken(intakes);
        if (pressed != null && pressedAt != taken) {
            pressed = null; // others have come since: who pressed looks again
            condition.changed();
        }
        if (!more) {
            more = giveUpHeld();
        }
        unsettled = Intake.unsettled(intakes);
        condition.update(steps, taken);
        if (!more) {
            checkEnd();
        }
        return more;
    }

    /** Lets the first step that holds events for the sake of those to come give them up, if none can come. */
    private boolean giveUpHeld() {
        Group.End why = noneComes();
        if (why == null || (!isLast() && Condition.isBusy(steps))) {
            return false;
        }
        pressed = null;
        return Step.giveUp(steps, why);
    }

    /** Why no more events can come for now, if none can. */
    private Group.@Nullable End noneComes() {
        if (isLast()) {
            return Intake.allExhausted(intakes) ? Group.End.COMPLETE : Group.End.STOPPED;
        }
        if (!isConsuming()) {
            return null;
        }
        return Intake.anyCrowded(intakes) ? Group.End.CROWDED : pressed;
    }

    /** A pipeline that feeds this one can send nothing before something of so many events settles here. Any thread. */
    void press(Group.End why, long taken) {
        lane.execute(() -> {
            pressed = why;
            pressedAt = taken;
        });
    }

    private boolean flowSteps() {
        boolean moved = false;
        for (Step step : steps) {
            moved |= step.flow();
        }
        return moved;
    }

    private boolean flowIntakes() {
        boolean moved = false;
        for (Intake<?> intake : intakes) {
            long before = intake.taken();
            intake.drain(TURN / intakes.size());
            if (state == PipelineState.RUNNING) {
                intake.request();
                moved |= intake.checkFailed();
            }
            moved |= intake.taken() > before;
        }
        return moved;
    }

    @Override
    public boolean isConsuming() {
        return state == PipelineState.RUNNING && isTaking();
    }

    /** Whether events that have come are handed in. */
    private boolean isTaking() {
        return state != PipelineState.ERROR && !isHolding() && !connections.stagesWait();
    }

    private boolean isHolding() {
        return failures.holdsAny() || letterFailures.holdsAny();
    }

    /** Whether no more events will come. */
    private boolean isLast() {
        return state == PipelineState.STOPPING || Intake.allExhausted(intakes);
    }

    private void checkEnd() {
        if (state == PipelineState.STOPPING) {
            boolean stuck = isHolding() || condition.waitingFor() != null;
            if (unsettled == 0 || (stuck && !Condition.isBusy(steps))) {
                end(PipelineState.STOPPED);
            } else if (isTaking() && Intake.anyUntold(intakes)) {
                lane.signal(); // the source was cancelled before it emitted the one that would have woken the lane
            }
        } else if (state == PipelineState.RUNNING && unsettled == 0 && Intake.allExhausted(intakes)) {
            end(PipelineState.FINISHED);
        }
    }

    // Failures

    private ErrorDecision decide(Failure failure) {
        try {
            return pipeline.handleError(failure.error, failure.context, failure.event);
        } catch (Throwable t) {
            failure.error.addSuppressed(t);
            return ErrorDecision.STOP;
        }
    }

    @Override
    public void sourceFailed(Failure failure) {
        if (!failures.retried(failure)) {
            failures.hold(failure);
        }
    }

    @Override
    public void warning(Failure failure, ErrorDecision decision) {
        warnings++;
        LOG.debug(
                "[pipeline:{}] {} failed, {}: {}", pipeline.id(), failure.stage.id, decision, failure.error.toString());
        pipeline.publish("bspump.pipeline.warning!");
    }

    @Override
    public void error(Failure failure) {
        show(new PipelineError(failure.stage.id, failure.error, now()));
    }

    @Override
    public void crashed(Throwable defect) {
        show(new PipelineError(pipeline.id(), defect, now()));
    }

    /** Shows an error and stops consuming. The first error is the one that is shown. */
    private void show(PipelineError shown) {
        errors++;
        if (error != null || ending) {
            LOG.debug("[pipeline:{}] one more error: {}", pipeline.id(), shown);
            return;
        }
        error = shown;
        if (state != PipelineState.STOPPING) {
            become(PipelineState.ERROR);
        }
        LOG.error(
                "[pipeline:{}] stopped consuming, {} failed: {}",
                pipeline.id(),
                shown.stage(),
                shown.error(),
                shown.error());
        pipeline.publish("bspump.pipeline.error!");
    }

    @Override
    public DeadLetter letter(Failure failure) {
        return new DeadLetter(
                pipeline.id(),
                failure.stage.id,
                failure.event,
                Map.copyOf(failure.context.asMap()),
                failure.error,
                failure.attempt + 1,
                now());
    }

    private Instant now() {
        return Instant.ofEpochMilli(scheduler.now(TimeUnit.MILLISECONDS));
    }

    // Views, any thread

    PipelineState state() {
        return state;
    }

    @Nullable
    PipelineError error() {
        return error;
    }

    long unsettled() {
        return unsettled;
    }

    boolean hasEnded() {
        return state == PipelineState.STOPPED || state == PipelineState.FINISHED;
    }

    Condition condition() {
        return condition;
    }

    /** Has everything looked at again. */
    void signal() {
        lane.signal();
    }

    PipelineConnections connections() {
        return connections;
    }

    Mono<Void> ended() {
        return ended.asMono();
    }

    double readySeconds() {
        long nanos = readyNanos;
        if (state == PipelineState.RUNNING) {
            nanos += scheduler.now(TimeUnit.NANOSECONDS) - readySince;
        }
        return nanos / 1e9;
    }

    /** Takes the pipeline's meters out of the registry. */
    void removeMeters() {
        PipelineMeters removed = shown;
        if (removed != null) {
            removed.remove();
        }
    }

    @Nullable
    StageMeter meter(Component component) {
        return meters.get(component);
    }
}
