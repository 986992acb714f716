package io.bspump.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Sink;
import io.bspump.Source;
import io.bspump.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import org.awaitility.Awaitility;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A real application in this JVM. */
final class TestPump implements AutoCloseable {

    private final Scheduler lanes = Schedulers.newParallel("test-lane", 2, true);
    private final Scheduler blocking = Schedulers.newBoundedElastic(8, 1000, "test-blocking", 10, true);
    private final Application app;
    private final Thread main;
    private volatile int exitCode = -1;

    TestPump(Path directory, String configuration) {
        try {
            Path file = Files.writeString(Files.createTempFile(directory, "pipelines", ".conf"), configuration);
            app = new Application(lanes, blocking, "-c", file.toString()) {};
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        main = new Thread(() -> exitCode = app.run(), "test-application");
        main.setDaemon(true);
    }

    Application app() {
        return app;
    }

    /** Begins to run what has been added. */
    TestPump start() {
        main.start();
        return this;
    }

    int exitCode() {
        until(() -> !main.isAlive());
        return exitCode;
    }

    MQTTConnection connection(String id) {
        return (MQTTConnection) app.pumpService().locateConnection(id);
    }

    void untilConnected(String id) {
        until(() -> connection(id).status().isConnected());
    }

    Recorder record(String pipeline, BiFunction<Application, Pipeline, Source<?>> source) {
        RecordingPipeline made = new RecordingPipeline(app, pipeline, source);
        app.pumpService().addPipeline(made);
        return made.recorder;
    }

    /** A pipeline from messages of topics, over the connection {@code Broker}, to a recorder. */
    Recorder record(String pipeline, String topics, int qos) {
        return record(
                pipeline,
                (a, p) -> new MQTTSource(a, p, "Broker", null, Map.of("topics", topics, "qos", Integer.toString(qos))));
    }

    static void until(java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
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
    record Seen(String payload, Map<String, Object> context) {}

    private static final class RecordingPipeline extends Pipeline {

        private final Recorder recorder;

        RecordingPipeline(Application app, String id, BiFunction<Application, Pipeline, Source<?>> source) {
            super(app, id);
            recorder = new Recorder(app, this);
            build(source.apply(app, this), recorder);
        }
    }

    /** Ends a pipeline from anything to a sink. */
    static Pipeline pipeline(Application app, String id, BiFunction<Application, Pipeline, List<Object>> parts) {
        return new AnyPipeline(app, id, parts);
    }

    private static final class AnyPipeline extends Pipeline {

        AnyPipeline(Application app, String id, BiFunction<Application, Pipeline, List<Object>> parts) {
            super(app, id);
            List<Object> all = parts.apply(app, this);
            build(
                    (Source<?>) all.get(0),
                    all.subList(1, all.size()).stream()
                            .map(each -> (Stage<?, ?>) each)
                            .toArray(Stage<?, ?>[]::new));
        }
    }

    /** A sink that keeps what comes, and confirms it at once or when it is told to. */
    static final class Recorder extends Sink<byte[]> {

        private final List<Seen> seen = new CopyOnWriteArrayList<>();
        private final List<Sinks.Empty<Void>> held = new CopyOnWriteArrayList<>();
        private volatile boolean holding;

        Recorder(Application app, Pipeline pipeline) {
            super(app, pipeline, "Recorder", Map.of("concurrency", 100_000));
        }

        void hold() {
            holding = true;
        }

        void release() {
            holding = false;
            held.forEach(Sinks.Empty::tryEmitEmpty);
        }

        List<Seen> seen() {
            return seen;
        }

        List<String> payloads() {
            return seen.stream().map(Seen::payload).toList();
        }

        @Override
        protected Mono<Void> process(Context context, byte[] event) {
            seen.add(new Seen(new String(event, UTF_8), Map.copyOf(context.asMap())));
            if (!holding) {
                return Mono.empty();
            }
            Sinks.Empty<Void> later = Sinks.empty();
            held.add(later);
            return later.asMono();
        }
    }
}
