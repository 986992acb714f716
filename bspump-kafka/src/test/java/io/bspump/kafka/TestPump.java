package io.bspump.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.bspump.Application;
import io.bspump.ConnectionStatus;
import io.bspump.Context;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.Sink;
import io.bspump.Source;
import io.bspump.Stage;
import io.bspump.config.ConfigException;
import io.bspump.source.IteratorSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A real application in this JVM. */
final class TestPump implements AutoCloseable {

    private static final String QUIET = "\n[logging]\nlevels =\n org.apache.kafka " + System.getProperty("kl", "ERROR")
            + "\n kafka ERROR\n state ERROR\n";

    private final Scheduler lanes = Schedulers.newParallel("test-lane", 2, true);
    private final Scheduler blocking = Schedulers.newBoundedElastic(8, 1000, "test-blocking", 10, true);
    private final Application app;
    private final Thread main;
    private volatile int exitCode = -1;

    TestPump(Path directory, String configuration) {
        try {
            Path file = Files.writeString(Files.createTempFile(directory, "pipelines", ".conf"), configuration + QUIET);
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

    /** What the application prints that is wrong, instead of starting; with the lines of the file in brackets. */
    static List<String> problems(Path directory, String configuration, Consumer<Application> parts) {
        PrintStream before = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setErr(new PrintStream(printed, true, UTF_8));
        try (TestPump pump = new TestPump(directory, configuration)) {
            parts.accept(pump.app);
            Assertions.assertThat(pump.start().exitCode()).isEqualTo(2);
        } catch (ConfigException e) {
            return problems(e.getMessage()); // a main method would end with it, and the application print it
        } finally {
            System.setErr(before);
        }
        return problems(printed.toString(UTF_8));
    }

    private static List<String> problems(String printed) {
        return printed.lines()
                .filter(line -> line.startsWith("["))
                .map(text -> text.replaceAll(" \\([^()]*\\.conf:(\\d+)\\)$", " ($1)"))
                .toList();
    }

    KafkaConnection connection(String id) {
        return (KafkaConnection) app.pumpService().locateConnection(id);
    }

    void untilConnected(String id) {
        Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> Assertions.assertThat(
                        connection(id).status())
                .matches(ConnectionStatus::isConnected, "connected"));
    }

    Recorder record(String pipeline, BiFunction<Application, Pipeline, Source<?>> source) {
        RecordingPipeline made = new RecordingPipeline(app, pipeline, source);
        app.pumpService().addPipeline(made);
        return made.recorder;
    }

    /** The properties of a client of a component {@code Recorder} of a pipeline {@code P}. */
    Map<String, Object> properties(String id, Client client) {
        Stage<?, ?>[] made = new Stage<?, ?>[1];
        pipeline(app, "P", (a, p) -> {
            made[0] = new Recorder(a, p);
            return List.of(new IteratorSource<>(a, p, List.<byte[]>of()), made[0]);
        });
        return connection(id).properties(client, made[0], null);
    }

    static void until(java.util.concurrent.Callable<Boolean> condition) {
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

    Pipeline pipeline(String id) {
        return (Pipeline) app.pumpService().locate(id).orElseThrow();
    }

    /** A pipeline from what a test emits to a KafkaSink. */
    Slow slow(String pipeline, String connection) {
        Slow[] made = new Slow[1];
        app.pumpService().addPipeline(pipeline(app, pipeline, (a, p) -> {
            made[0] = new Slow(a, p);
            return List.of(made[0], new KafkaSink(a, p, connection));
        }));
        return made[0];
    }

    /** A source of what a test emits. */
    static final class Slow extends Source<Object> {

        private final Sinks.Many<Emission<Object>> events =
                Sinks.many().unicast().onBackpressureBuffer();

        Slow(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        void emit(Object event) {
            events.tryEmitNext(new Emission<>(event)).orThrow();
        }

        @Override
        protected Flux<Emission<Object>> events() {
            return events.asFlux();
        }
    }

    /** A source of given events, with what their context starts with. */
    static final class Given extends Source<Object> {

        private final Map<String, Object> context;
        private final List<Object> events;

        Given(Application app, Pipeline pipeline, Map<String, Object> context, List<Object> events) {
            super(app, pipeline);
            this.context = context;
            this.events = events;
        }

        @Override
        protected Flux<Emission<Object>> events() {
            return Flux.fromIterable(events).map(event -> new Emission<>(null, event, 0, context));
        }
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

        /** Confirms those with these numbers as content. */
        void confirm(int... numbers) {
            for (int number : numbers) {
                int index = payloads().indexOf(Integer.toString(number));
                held.get(index - (seen.size() - held.size())).tryEmitEmpty();
            }
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
