package io.bspump;

import java.time.Instant;
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
class PipelineRuntime implements Lane.Flow, Intake.Listener, FailurePolicy.Listener, Transaction.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    /** Events that a turn hands in at the most, before other lanes of the thread have theirs. */
    private static final int TURN = 4096;

    private final Pipeline pipeline;
    private final Scheduler scheduler;
    private final Lane lane;
    private final Components components;
    private final PipelineConnections connections;
    private final Rewinds rewinds;
    private Assembly assembly;
    private final Map<Component, StageMeter> meters = Collections.synchronizedMap(new LinkedHashMap<>());

    private final Sinks.Empty<Void> started = Sinks.empty();
    private final Sinks.Empty<Void> ended = Sinks.empty();
    private @Nullable Disposable starting;
    private boolean startFailed;
    private boolean ending;
    private final Pressure pressure = new Pressure();
    private volatile @Nullable PipelineMeters shown;

    private volatile PipelineState state = PipelineState.CREATED;
    private volatile @Nullable PipelineError error;
    private volatile long unsettled;
    private final Condition condition;
    private final ReadyTime readyTime;

    // Written by the lane only, see StageMeter.
    long warnings;
    long errors;

    PipelineRuntime(Pipeline pipeline, Scheduler scheduler) {
        this.pipeline = pipeline;
        this.scheduler = scheduler;
        this.lane = new Lane(scheduler, this);
        this.components = new Components(pipeline, scheduler);
        this.condition = new Condition(pipeline);
        this.connections = new PipelineConnections(pipeline, lane);
        this.readyTime = new ReadyTime(scheduler);
        this.rewinds = new Rewinds(pipeline, scheduler);
        this.assembly = newAssembly();
    }

    private Assembly newAssembly() {
        Lane part = pipeline.isExactlyOnce() ? lane.section() : lane;
        return new Assembly(pipeline, part, this::decide, this);
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
            if (shown == null && pipeline.lane() == 0) {
                shown = new PipelineMeters(pipeline, pipeline.app().meterRegistry());
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
            readyTime.begin();
        }
        state = next;
        if (before == PipelineState.RUNNING) {
            readyTime.end();
            pipeline.publish("bspump.pipeline.not_ready!");
        } else if (next == PipelineState.RUNNING) {
            pipeline.publish("bspump.pipeline.ready!");
        }
        condition.changed();
        pipeline.lanes().changed();
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
        LOG.info("{} running", pipeline.label());
        become(PipelineState.RUNNING);
        assembly.intakes().forEach(Intake::open);
        started.tryEmitEmpty();
    }

    /** Builds steps and intakes anew. */
    private void assemble() {
        Assembly former = assembly;
        assembly = newAssembly();
        assembly.build(meters, this, this);
        assembly.follow(former);
    }

    @Override
    public void committed() {
        rewinds.reset();
    }

    @Override
    public void rewind(RewindException why) {
        if (ending || state == PipelineState.STARTING) {
            return;
        }
        if (state == PipelineState.STOPPING) {
            end(PipelineState.STOPPED);
            return;
        }
        assembly.abandon();
        unsettled = 0;
        error = null;
        startFailed = true; // it is not started until it has started again
        become(PipelineState.STARTING);
        starting = components
                .stop()
                .then(rewinds.next(why))
                .subscribe(nothing -> {}, this::crashed, () -> lane.execute(this::beginStart));
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
                    assembly.intakes().forEach(Intake::cancel);
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
        assembly.steps().forEach(Step::cut);
        unsettled = assembly.unsettled(); // with those that are held
        assembly.giveUp();
        lane.close();
        started.tryEmitEmpty();
        components.stop().then(connections.release()).subscribe(nothing -> {}, e -> ended(last), () -> ended(last));
    }

    private void ended(PipelineState last) {
        become(last);
        LOG.info("{} {}", pipeline.label(), last == PipelineState.FINISHED ? "finished" : "stopped");
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
            assembly.resume();
        });
    }

    // Flow

    @Override
    public boolean flow() {
        if (ending || state == PipelineState.CREATED || state == PipelineState.STARTING) {
            return false;
        }
        Assembly parts = assembly;
        long share = Intake.taken(parts.intakes()) + TURN;
        boolean more;
        do {
            more = parts.flowSteps();
            more |= isTaking() && parts.takeIn(TURN, this::isRunning);
        } while (more && Intake.taken(parts.intakes()) < share && !ending && parts == assembly);
        return parts != assembly || endTurn(more);
    }

    /** Does what is to be done when nothing moves any more, and makes known how things are; returns whether something moves. */
    private boolean endTurn(boolean moves) {
        boolean more = moves;
        List<Step> steps = assembly.steps();
        if (!more && isLast()) {
            steps.forEach(Step::flush);
            more = assembly.flowSteps();
        }
        long taken = Intake.taken(assembly.intakes());
        if (pressure.endsWith(taken)) {
            condition.changed();
        }
        if (!more) {
            more = giveUpHeld();
        }
        unsettled = assembly.unsettled();
        condition.update(steps, taken);
        if (!more) {
            checkEnd();
            assembly.checkGate(
                    ending || state == PipelineState.ERROR || assembly.holdsFailures() || connections.stagesWait());
        }
        return more;
    }

    /** Lets the first step that holds events for the sake of those to come give them up, if none can come. */
    private boolean giveUpHeld() {
        Group.End why = noneComes();
        if (why == null || (!isLast() && Condition.isBusy(assembly.steps()))) {
            return false;
        }
        pressure.clear();
        return Step.giveUp(assembly.steps(), why);
    }

    /** Why no more events can come for now, if none can. */
    private Group.@Nullable End noneComes() {
        if (isLast()) {
            return Intake.allExhausted(assembly.intakes()) ? Group.End.COMPLETE : Group.End.STOPPED;
        }
        if (!isConsuming()) {
            return null;
        }
        return Intake.anyCrowded(assembly.intakes()) ? Group.End.CROWDED : pressure.why();
    }

    /** A pipeline that feeds this one can send nothing before something of so many events settles here. Any thread. */
    void press(Group.End why, long taken) {
        lane.execute(() -> pressure.set(why, taken));
    }

    @Override
    public boolean isConsuming() {
        return isRunning() && isTaking();
    }

    /** Whether events that have come are handed in. */
    private boolean isTaking() {
        return state != PipelineState.ERROR
                && !pipeline.lanes().isHeld()
                && !assembly.holdsFailures()
                && !connections.stagesWait()
                && !assembly.isGating();
    }

    private boolean isRunning() {
        return state == PipelineState.RUNNING;
    }

    /** Whether no more events will come. */
    private boolean isLast() {
        return state == PipelineState.STOPPING || Intake.allExhausted(assembly.intakes());
    }

    private void checkEnd() {
        if (state == PipelineState.STOPPING) {
            boolean stuck = assembly.holdsFailures() || condition.waitingFor() != null;
            if (unsettled == 0 || (stuck && !Condition.isBusy(assembly.steps()))) {
                end(PipelineState.STOPPED);
            } else if (isTaking() && Intake.anyUntold(assembly.intakes())) {
                lane.signal(); // the source was cancelled before it emitted the one that would have woken the lane
            }
        } else if (isRunning() && unsettled == 0 && Intake.allExhausted(assembly.intakes())) {
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
        if (pipeline.isExactlyOnce() && failure.error instanceof RewindException why) {
            rewind(why);
        } else {
            assembly.sourceFailed(failure);
        }
    }

    @Override
    public void sourceRetried(Intake<?> intake) {
        if (pipeline.isExactlyOnce()) {
            rewind(new RewindException(intake + " failed and is read again from where the sink knows it"));
        } else {
            intake.open();
        }
    }

    @Override
    public void warning(Failure failure, ErrorDecision decision) {
        warnings++;
        LOG.debug("{} {} failed, {}: {}", pipeline.label(), failure.stage.id, decision, failure.error.toString());
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
            LOG.debug("{} one more error: {}", pipeline.label(), shown);
            return;
        }
        error = shown;
        if (state != PipelineState.STOPPING) {
            become(PipelineState.ERROR);
        }
        LOG.error("{} stopped consuming, {} failed: {}", pipeline.label(), shown.stage(), shown.error(), shown.error());
        pipeline.publish("bspump.pipeline.error!");
    }

    @Override
    public DeadLetter letter(Failure failure) {
        return DeadLetter.of(pipeline.id(), failure, now());
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
        return readyTime.seconds();
    }

    /** Takes the pipeline's meters out of the registry. */
    void removeMeters() {
        PipelineMeters removed = shown;
        if (removed != null) {
            removed.remove();
        }
    }

    /** How often it has begun again from stored positions. */
    long rewindCount() {
        return rewinds.count();
    }

    @Nullable
    StageMeter meter(Component component) {
        return meters.get(component);
    }
}
