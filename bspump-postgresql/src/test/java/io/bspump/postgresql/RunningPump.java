package io.bspump.postgresql;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.Sink;
import io.bspump.Source;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import org.awaitility.Awaitility;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A real application in this JVM, with sources that lead to recorders. */
final class RunningPump implements AutoCloseable {

    private final Scheduler lanes = Schedulers.newParallel("test-lane", 2, true);
    private final Scheduler blocking = Schedulers.newBoundedElastic(20, 1000, "test-blocking", 10, true);
    private final Application app;
    private final Thread main;
    private volatile int exitCode = -1;

    /**
     * Makes one that keeps its positions in the directory.
     *
     * @param configuration of it beside {@code [general]}
     */
    RunningPump(Path directory, String configuration) {
        try {
            String all = "[general]\ndrain_timeout = 1s\nvar_dir = " + directory.resolve("var") + "\n" + configuration;
            Path file = Files.writeString(Files.createTempFile(directory, "pipelines", ".conf"), all);
            app = new Application(lanes, blocking, "-c", file.toString()) {};
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        main = new Thread(() -> exitCode = app.run(), "test-application");
        main.setDaemon(true);
    }

    /** One with the connection {@code Server}. */
    static RunningPump of(Path directory, TestPostgres server, String configuration) {
        return new RunningPump(
                directory,
                "[connection:Server]\ntype = postgresql\nreconnect_max_delay = 500ms\n" + server.section()
                        + configuration);
    }

    Application app() {
        return app;
    }

    /** Begins to run what has been added. */
    RunningPump start() {
        main.start();
        return this;
    }

    int exitCode() {
        until(() -> !main.isAlive());
        return exitCode;
    }

    PostgreSQLConnection connection(String id) {
        return (PostgreSQLConnection) app.pumpService().locateConnection(id);
    }

    Recorder record(String pipeline, BiFunction<Application, Pipeline, Source<?>> source) {
        RecordingPipeline made = new RecordingPipeline(app, pipeline, source);
        app.pumpService().addPipeline(made);
        return made.recorder;
    }

    static void until(Callable<Boolean> condition) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(5))
                .until(condition);
    }

    @Override
    public void close() {
        app.stop();
        if (main.isAlive()) {
            until(() -> !main.isAlive());
        }
        lanes.dispose();
        blocking.dispose();
    }

    /** What came to a recorder. */
    record Seen(Object event, Map<String, Object> context) {}

    private static final class RecordingPipeline extends Pipeline {

        private final Recorder recorder;

        RecordingPipeline(Application app, String id, BiFunction<Application, Pipeline, Source<?>> source) {
            super(app, id);
            recorder = new Recorder(app, this);
            build(source.apply(app, this), recorder);
        }
    }

    /** A sink that keeps what comes, and confirms it at once or when it is told to. */
    static final class Recorder extends Sink<Object> {

        private final List<Seen> seen = new CopyOnWriteArrayList<>();
        private final List<Sinks.Empty<Void>> held = new CopyOnWriteArrayList<>();
        private volatile boolean holding;

        Recorder(Application app, Pipeline pipeline) {
            super(app, pipeline, "Recorder", Map.of("concurrency", 100_000));
        }

        void hold() {
            holding = true;
        }

        /** Confirms so many of those that are held. */
        void confirm(int count) {
            for (int i = 0; i < count; i++) {
                until(() -> !held.isEmpty()); // what is seen is held a moment later
                held.remove(0).tryEmitEmpty();
            }
        }

        void release() {
            holding = false;
            held.forEach(Sinks.Empty::tryEmitEmpty);
            held.clear();
        }

        List<Seen> seen() {
            return seen;
        }

        /** The values of a column. */
        List<Object> values(String column) {
            return seen.stream()
                    .map(each -> ((Map<?, ?>) each.event()).get(column))
                    .<Object>map(each -> each)
                    .toList();
        }

        void await(int count) {
            until(() -> seen.size() >= count || pipeline().state() == PipelineState.ERROR);
        }

        @Override
        protected Mono<Void> process(Context context, Object event) {
            seen.add(new Seen(event, Map.copyOf(context.asMap())));
            if (!holding) {
                return Mono.empty();
            }
            Sinks.Empty<Void> later = Sinks.empty();
            held.add(later);
            return later.asMono();
        }
    }
}
