package io.bspump.test;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Source;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A real application that runs in this JVM: with its own clock, threads (two lanes) and configuration file, over real
 * connections. For tests of components that speak to servers; {@link PipelineTester} is for everything that can do without,
 * and {@link PumpProcess} for what a process has to survive.
 *
 * <pre>{@code
 * try (RunningApplication running = new RunningApplication(directory, "[connection:Store]\ntype = store\n")) {
 *     RecordingSink sink = running.record("P", (app, pipeline) -> new StoreSource(app, pipeline, "Store"));
 *     running.start();
 *     RunningApplication.until(() -> sink.seen().size() == 3);
 * }
 * }</pre>
 *
 * <p>May be used by one thread. Extend it by what your own tests need.
 */
public class RunningApplication implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long LOOK_NANOS = 5_000_000;
    private static final int BLOCKING_THREADS = 20;

    private final Scheduler lanes = Schedulers.newParallel("test-lane", 2, true);
    private final Scheduler blocking = Schedulers.newBoundedElastic(BLOCKING_THREADS, 1000, "test-blocking", 10, true);
    private final Path file;
    private final Application app;
    private final Thread main;
    private volatile int exitCode = -1;

    /**
     * Makes one that does not run yet.
     *
     * @param directory where its file is made
     * @param configuration what {@code pipelines.conf} consists of
     */
    public RunningApplication(Path directory, String configuration) {
        try {
            file = Files.createTempFile(directory, "pipelines", ".conf");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        configure(configuration);
        app = new Application(lanes, blocking, "-c", file.toString()) {};
        main = new Thread(() -> exitCode = app.run(), "test-application");
        main.setDaemon(true);
    }

    /** Writes the configuration file anew; the application reads it when it is reloaded. */
    public final void configure(String configuration) {
        try {
            Files.writeString(file, configuration);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public final Application app() {
        return app;
    }

    /** Begins to run what has been added, on a thread of its own, and returns at once. */
    public RunningApplication start() {
        main.start();
        return this;
    }

    /** Waits until it has ended, at most a minute, and returns with what exit code. */
    public final int exitCode() {
        until(() -> !main.isAlive());
        return exitCode;
    }

    /** Makes a pipeline of components, the source first, and does not add it to anything. */
    public static Pipeline pipeline(
            Application app, String id, BiFunction<Application, Pipeline, ? extends List<?>> components) {
        return new AnyPipeline(app, id, components);
    }

    /** A pipeline that has been added. */
    public final Pipeline pipeline(String id) {
        return (Pipeline) app.pumpService().locate(id).orElseThrow();
    }

    /** Adds a pipeline from a source to the sink that is returned. */
    public final RecordingSink record(String id, BiFunction<Application, Pipeline, Source<?>> source) {
        RecordingSink[] made = new RecordingSink[1];
        app.pumpService().addPipeline(pipeline(app, id, (application, pipeline) -> {
            made[0] = new RecordingSink(application, pipeline);
            return List.of(source.apply(application, pipeline), made[0]);
        }));
        return made[0];
    }

    /**
     * Waits until a condition holds, at most a minute; looks every 5 ms.
     *
     * @throws AssertionError if it does not
     */
    public static void until(Callable<Boolean> condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!holds(condition)) {
            if (System.nanoTime() - deadline >= 0) {
                throw new AssertionError("what was waited for has not come within " + PATIENCE.toSeconds() + " s");
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private static boolean holds(Callable<Boolean> condition) {
        try {
            return condition.call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Stops the application, if it runs, and waits until it has ended. */
    @Override
    public void close() {
        app.stop();
        if (main.isAlive()) {
            until(() -> !main.isAlive());
        }
        lanes.dispose();
        blocking.dispose();
    }
}
