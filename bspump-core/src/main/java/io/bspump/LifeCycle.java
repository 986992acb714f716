package io.bspump;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The one run of an application, from {@code Application.init!} to {@code Application.exit!}, on the thread that calls
 * {@link #run}. A stop asked for at any time ends the start-up after its present step, whose waiting is cancelled; what has
 * been started by then is stopped in order.
 */
final class LifeCycle {

    private static final Logger LOG = LoggerFactory.getLogger(LifeCycle.class);

    private final Application app;
    private final Services services;
    private final Launcher launcher;
    private final Reloads reloads;
    private final Sinks.Empty<Void> stopRequested = Sinks.empty();
    private final AtomicInteger terminations = new AtomicInteger();

    private volatile boolean stopping;
    private volatile boolean configurationChecked;
    private volatile boolean running;

    // Used by the running thread only.
    private Disposable ticks = Disposables.disposed();
    private boolean interrupted;

    LifeCycle(Application app, Services services, Launcher launcher, Reloads reloads) {
        this.app = app;
        this.services = services;
        this.launcher = launcher;
        this.reloads = reloads;
    }

    /** Runs until stopped and until everything has ended; failures are logged and make the exit code 1. */
    void run() {
        Disposable signals = app.ownsProcess() ? handleSignals() : Disposables.disposed();
        try {
            startAndWait();
        } finally {
            try {
                stop();
            } finally {
                signals.dispose();
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /** Asks for the stop; returns at once. */
    void requestStop() {
        stopping = true;
        stopRequested.tryEmitEmpty();
    }

    boolean isStopping() {
        return stopping;
    }

    /** Tells whether everything has been started and nothing is being stopped. */
    boolean isRunning() {
        return running && !stopping;
    }

    /** Tells whether the problems of the configuration have been reported, so that new ones need a report of their own. */
    boolean isConfigurationChecked() {
        return configurationChecked;
    }

    private void startAndWait() {
        List<Runnable> steps = List.of(
                launcher::announce,
                () -> app.pubSub().publish("Application.init!"),
                () -> await(services.initialize()),
                this::checkConfiguration,
                () -> await(app.pumpService().loadLookups()),
                app.pumpService()::startConnections,
                () -> app.pubSub().publish("Application.run!"),
                app.pumpService()::startPipelines,
                () -> running = true,
                () -> ticks = app.startTicks(),
                () -> await(Mono.never()));
        try {
            steps.forEach(step -> {
                if (!stopping) {
                    step.run();
                }
            });
        } catch (RuntimeException e) {
            if (!noticeInterrupt()) {
                fail(e);
            }
        }
    }

    private void checkConfiguration() {
        configurationChecked = true;
        if (launcher.reportProblems()) {
            app.setExitCode(ExitCode.CONFIGURATION);
            requestStop();
        }
    }

    private void fail(RuntimeException error) {
        app.setExitCode(ExitCode.FAILED);
        Exceptions.unwrapMultiple(Exceptions.unwrap(error))
                .forEach(reason -> LOG.error("The application fails and stops: {}", reason.getMessage(), reason));
    }

    private void stop() {
        stopping = true;
        noticeInterrupt();
        LOG.info("Stopping");
        app.pubSub().publish("Application.stop!");
        ticks.dispose();
        awaitFully(app.pumpService().stop());
        awaitFully(services.finalizeAll());
        app.pubSub().publish("Application.exit!");
        LOG.info("Stopped");
    }

    /** Waits for the end of a step of the start, or for the stop if that comes first. */
    private void await(Mono<Void> step) {
        Mono.firstWithSignal(step, stopRequested.asMono()).block();
    }

    /** Waits for the end of a step of the stop. An interrupt means what a second signal means. */
    private void awaitFully(Mono<Void> step) {
        try {
            step.block();
        } catch (RuntimeException e) {
            if (!noticeInterrupt()) {
                throw e;
            }
            app.pumpService().cut();
            awaitFully(step);
        }
    }

    /** Takes the interrupt off this thread, so that the stop can wait, until the end of the run. */
    private boolean noticeInterrupt() {
        boolean noticed = Thread.interrupted();
        interrupted |= noticed;
        return noticed;
    }

    private Disposable handleSignals() {
        return Disposables.composite(
                Signals.handle("TERM", this::terminate),
                Signals.handle("INT", this::terminate),
                Signals.handle("HUP", () -> app.blocking().schedule(reloads::signalled)),
                Signals.handle("USR1", () -> app.blocking().schedule(this::resume)));
    }

    private void terminate() {
        switch (terminations.incrementAndGet()) {
            case 1 -> requestStop();
            case 2 -> {
                LOG.warn("Asked to stop a second time");
                app.pumpService().cut();
            }
            default -> Runtime.getRuntime().halt(ExitCode.KILLED);
        }
    }

    private void resume() {
        app.pumpService().pipelines().stream().filter(Pipeline::isError).forEach(pipeline -> {
            LOG.info("The pipeline resumes, pipeline={}", pipeline.id());
            pipeline.resume();
        });
    }
}
