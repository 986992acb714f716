package io.bspump;

import java.time.Duration;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * The one start and the one stop of a registered pipeline: whatever threads do, it is never started after its stop has
 * begun, and everyone who stops it waits for the same drain.
 */
final class PipelineRun {

    private static final Logger LOG = LoggerFactory.getLogger(PipelineRun.class);

    /** How long a pipeline may take to end after its drain was cut short. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Pipeline pipeline;
    private final Maker<Pipeline> maker;
    private final Duration drainTimeout;
    private final Scheduler clock;
    private final IntConsumer exitCode;
    private final Sinks.Empty<Void> cut = Sinks.empty();
    private final Mono<Void> stop = Mono.defer(this::drain).cache();

    // Guarded by this.
    private boolean started;
    private boolean stopping;

    private volatile boolean finished;
    private volatile boolean succeeded;

    PipelineRun(
            Pipeline pipeline, Maker<Pipeline> maker, Duration drainTimeout, Scheduler clock, IntConsumer exitCode) {
        this.pipeline = pipeline;
        this.maker = maker;
        this.drainTimeout = drainTimeout;
        this.clock = clock;
        this.exitCode = exitCode;
    }

    Pipeline pipeline() {
        return pipeline;
    }

    Maker<Pipeline> maker() {
        return maker;
    }

    /** Hears that another one follows it at once, to which the unsettled events come again. */
    void expectSuccessor() {
        succeeded = true;
    }

    /** Tells whether all its sources have ended and everything has settled. */
    boolean isFinished() {
        return finished;
    }

    /** Starts it unless it was started or stopped before; a failure is logged and makes the exit code 1. */
    synchronized void start(Runnable onFinished) {
        if (started || stopping) {
            return;
        }
        started = true;
        pipeline.finished().subscribe(nothing -> {}, e -> report("The pipeline ended with an error", e), () -> {
            finished = true;
            onFinished.run();
        });
        Mono.defer(pipeline::start).subscribe(nothing -> {}, e -> report("The pipeline did not start", e));
    }

    /** Stops it, waiting for its events up to the drain timeout. Never fails. */
    Mono<Void> stop() {
        return stop;
    }

    /** Cuts a drain short, also one that begins later. */
    void cut() {
        cut.tryEmitEmpty();
    }

    private Mono<Void> drain() {
        beginStop();
        Mono<Void> drained = Mono.defer(pipeline::stop);
        Mono<Void> overdue = Mono.firstWithSignal(
                        Mono.delay(drainTimeout, clock).then(), cut.asMono())
                .then(Mono.fromRunnable(this::cutShort))
                .then(Mono.delay(GRACE, clock))
                .then(Mono.fromRunnable(this::giveUp));
        return Mono.firstWithSignal(drained, overdue) // a cut that came before finds the stop begun
                .then(Mono.<Void>fromRunnable(this::countUnsettled))
                .doOnError(e -> report("The pipeline did not stop cleanly", e))
                .onErrorComplete();
    }

    private synchronized void beginStop() {
        stopping = true;
    }

    private void cutShort() {
        LOG.warn("The drain is cut short, pipeline={} unsettled={}", pipeline.id(), pipeline.unsettled());
        pipeline.cut();
    }

    private void countUnsettled() {
        long unsettled = pipeline.unsettled();
        if (unsettled > 0) {
            LOG.warn(
                    "The pipeline stopped with unsettled events, they come again at the next start, pipeline={} unsettled={}",
                    pipeline.id(),
                    unsettled);
            if (!succeeded) {
                exitCode.accept(ExitCode.UNSETTLED);
            }
        }
    }

    private void giveUp() {
        LOG.error("The pipeline does not end and is left behind, pipeline={} waited={}", pipeline.id(), GRACE);
    }

    private void report(String what, Throwable error) {
        LOG.error("{}, pipeline={}", what, pipeline.id(), error);
        exitCode.accept(ExitCode.FAILED);
    }
}
