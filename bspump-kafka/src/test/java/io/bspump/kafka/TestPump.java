package io.bspump.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.bspump.Application;
import io.bspump.ConnectionStatus;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.Source;
import io.bspump.Stage;
import io.bspump.config.ConfigException;
import io.bspump.source.IteratorSource;
import io.bspump.test.RecordingSink;
import io.bspump.test.RunningApplication;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** An application of Kafka. */
final class TestPump extends RunningApplication {

    private static final String QUIET =
            "\n[logging]\nlevels =\n org.apache.kafka ERROR" + "\n kafka ERROR\n state ERROR\n";

    TestPump(Path directory, String configuration) {
        super(directory, configuration + QUIET);
    }

    @Override
    public TestPump start() {
        super.start();
        return this;
    }

    /** What the application prints that is wrong, instead of starting; with the lines of the file in brackets. */
    static List<String> problems(Path directory, String configuration, Consumer<Application> parts) {
        PrintStream before = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setErr(new PrintStream(printed, true, UTF_8));
        try (TestPump pump = new TestPump(directory, configuration)) {
            parts.accept(pump.app());
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
        return (KafkaConnection) app().pumpService().locateConnection(id);
    }

    void untilConnected(String id) {
        Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> Assertions.assertThat(
                        connection(id).status())
                .matches(ConnectionStatus::isConnected, "connected"));
    }

    /** The properties of a client of a component {@code RecordingSink} of a pipeline {@code P}. */
    Map<String, Object> properties(String id, Client client) {
        Stage<?, ?>[] made = new Stage<?, ?>[1];
        pipeline(app(), "P", (a, p) -> {
            made[0] = new RecordingSink(a, p);
            return List.of(new IteratorSource<>(a, p, List.<byte[]>of()), made[0]);
        });
        return connection(id).properties(client, made[0], null);
    }

    /** A pipeline from what a test emits to a KafkaSink. */
    Slow slow(String pipeline, String connection) {
        Slow[] made = new Slow[1];
        app().pumpService().addPipeline(pipeline(app(), pipeline, (a, p) -> {
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

    /** Confirms those with these numbers as content. */
    static void confirm(RecordingSink sink, int... numbers) {
        for (int number : numbers) {
            until(() -> sink.confirm(each -> each.text().equals(Integer.toString(number))) == 1);
        }
    }
}
