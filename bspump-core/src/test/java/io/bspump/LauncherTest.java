package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

class LauncherTest {

    @TempDir
    Path directory;

    @Test
    void everythingWrongIsPrintedAtOnceAndNothingStarts() throws Exception {
        Path file = write(
                """
                [general]
                tick_perod = 5s
                drain_timeout = soon
                [logging]
                level = LOUD
                [connection:Orders]
                port = 99999
                [pipline:Orders]
                on_error = skip
                """);
        try (TestApplication app = TestApplication.of("-c", file.toString(), "--verbos", "--set", "nonsense")) {
            app.pumpService().addConnection(new PortConnection(app, "Orders"));
            FakePipeline pipeline = app.addFake("Orders");

            assertThat(app.runInBackground().exitCode()).isEqualTo(2);

            assertThat(app.err().lines())
                    .containsExactlyInAnyOrder(
                            "unknown option '--verbos', did you mean --verbose or --version?",
                            "--set must be SECTION:KEY=VALUE, was 'nonsense'",
                            "[general] drain_timeout must be a duration such as 100ms, 5s, 2m or 1.5h, was 'soon' ("
                                    + file + ":3)",
                            "[connection:Orders] port must be between 1 and 65535, was '99999' (" + file + ":7)",
                            "[logging] level must be one of TRACE, DEBUG, INFO, WARN, ERROR, OFF, was 'LOUD' (" + file
                                    + ":5)",
                            "[general] unknown key 'tick_perod', did you mean 'tick_period'? (" + file + ":2)",
                            "[pipline:Orders] unknown section, did you mean 'pipeline:Orders'? (" + file + ":8)",
                            "7 problems, nothing was started");
            assertThat(app.err()).endsWith("7 problems, nothing was started" + System.lineSeparator());
            assertThat(app.out()).isEmpty();
            assertThat(app.journal).isEmpty();
            assertThat(pipeline.calls).isEmpty();
        }
    }

    @Test
    void oneUnknownKeyIsEnough() throws Exception {
        Path file = write("[web]\nlisten = 127.0.0.1:8080\nlisen = 1\n");
        try (TestApplication app = TestApplication.of("-c", file.toString())) {
            assertThat(app.runInBackground().exitCode()).isEqualTo(2);

            assertThat(app.err().lines())
                    .containsExactly(
                            "[web] unknown key 'lisen', did you mean 'listen'? (" + file + ":3)",
                            "1 problem, nothing was started");
        }
    }

    @Test
    void aCommandIsAnsweredInsteadOfRunning() throws Exception {
        try (TestApplication app = TestApplication.of("connections", "--help")) {
            assertThat(app.runInBackground().exitCode()).isZero();
            assertThat(app.out()).startsWith("Usage: pump connections");
            assertThat(app.journal).isEmpty();
        }
    }

    @Test
    void aCommandReadsTheConfigurationOfThePump() throws Exception {
        Path file = write("[web]\nlisten = 127.0.0.1:1\n");
        try (TestApplication app = TestApplication.of("connections", "list", "-c", file.toString())) {
            assertThat(app.runInBackground().exitCode()).isEqualTo(1);
            assertThat(app.err()).isEqualTo("no pump answers at http://127.0.0.1:1/" + System.lineSeparator());
        }
    }

    @Test
    void aCommandNeedsAConfigurationThatCanBeRead() throws Exception {
        Path file = directory.resolve("missing.conf");
        try (TestApplication app = TestApplication.of("connections", "list", "-c", file.toString())) {
            assertThat(app.runInBackground().exitCode()).isEqualTo(2);
            assertThat(app.err()).contains(file.toString());
        }
    }

    @Test
    void helpNamesTheCommands() throws Exception {
        try (TestApplication app = TestApplication.of("--help")) {
            assertThat(app.runInBackground().exitCode()).isZero();
            assertThat(app.out()).contains("connections  Look at the connections of a running pump and change them.");
        }
    }

    @Test
    void missingFileIsNamed() throws Exception {
        Path file = directory.resolve("missing.conf");
        try (TestApplication app = TestApplication.of("-c", file.toString())) {
            assertThat(app.runInBackground().exitCode()).isEqualTo(2);

            assertThat(app.err()).contains(file.toString()).contains("1 problem, nothing was started");
        }
    }

    @Test
    void sectionsClaimedWhenServicesInitialiseAreKnown() throws Exception {
        Path file = write("[late]\nport = 1\n");
        try (TestApplication app = TestApplication.of("-c", file.toString())) {
            app.addService(new ClaimingService(app));
            app.pubSub().subscribe("Application.run!", message -> app.stop());

            assertThat(app.runInBackground().exitCode()).isZero();

            assertThat(app.err()).isEmpty();
        }
    }

    @Test
    void problemsFoundWhenServicesInitialiseStopTheStart() throws Exception {
        Path file = write("[late]\nport = 0\n[other]\n");
        try (TestApplication app = TestApplication.of("-c", file.toString())) {
            app.addService(new ClaimingService(app));
            FakePipeline pipeline = app.addFake("P");

            assertThat(app.runInBackground().exitCode()).isEqualTo(2);

            assertThat(app.err().lines())
                    .containsExactly(
                            "[late] port must be between 1 and 65535, was '0' (" + file + ":2)",
                            "[other] unknown section (" + file + ":3)",
                            "2 problems, nothing was started");
            assertThat(app.journal).containsExactly("init!", "stop!", "finalised", "exit!");
            assertThat(pipeline.calls).doesNotContain("start");
        }
    }

    @Test
    void checkReportsProblemsWithoutStarting() throws Exception {
        Path file = write("[connection:Orders]\nport = x\n[pipeline:Gone]\n");
        try (TestApplication app = TestApplication.of("--check", "-c", file.toString())) {
            app.addService(new ClaimingService(app));
            app.pumpService().addConnection(new PortConnection(app, "Orders"));

            assertThat(app.runInBackground().exitCode()).isEqualTo(2);

            assertThat(app.err().lines())
                    .containsExactly(
                            "[connection:Orders] port must be between 1 and 65535, was 'x' (" + file + ":2)",
                            "[pipeline:Gone] unknown section (" + file + ":3)",
                            "2 problems, nothing was started");
            assertThat(app.journal).containsExactly("init!");
        }
    }

    @Test
    void checkFindsNothingInAGoodConfiguration() throws Exception {
        Path file = write("[connection:Orders]\nport = 80\n[pipeline:Late]\n");
        try (TestApplication app = TestApplication.of("--check", "-c", file.toString())) {
            Connection connection = app.pumpService().addConnection(new PortConnection(app, "Orders"));
            app.pubSub().subscribe("Application.init!", message -> app.addFake("Late"));

            assertThat(app.runInBackground().exitCode()).isZero();

            assertThat(app.err()).isEqualTo("no problems found" + System.lineSeparator());
            assertThat(app.journal).containsExactly("init!");
            assertThat(connection.config().getInt("port")).isEqualTo(80);
        }
    }

    @Test
    void pipelinesMustBeBuilt() throws Exception {
        try (TestApplication app = TestApplication.of("--check")) {
            app.pumpService().addPipeline(new Pipeline(app, "Empty") {});

            assertThat(app.runInBackground().exitCode()).isEqualTo(2);
            assertThat(app.err()).startsWith("[pipeline:Empty] has no stages; its constructor must call build");
        }
    }

    @Test
    void deadLettersNeedATarget() throws Exception {
        try (TestApplication app = TestApplication.of(
                "--check",
                "--set",
                "pipeline:P:on_error=dead_letter",
                "--set",
                "pipeline:Q:dead_letter=Nowhere",
                "--set",
                "pipeline:R:dead_letter=R")) {
            app.addFake("P");
            app.addFake("Q");
            app.addFake("R");

            assertThat(app.runInBackground().exitCode()).isEqualTo(2);
            assertThat(app.err())
                    .contains("[pipeline:P] on_error is 'dead_letter', but there is no target for dead letters; set"
                            + " dead_letter (command line)")
                    .contains("[pipeline:Q] dead_letter must be the id of another pipeline or the address of one of its"
                            + " sources, was 'Nowhere' (command line)")
                    .contains("was 'R'");
        }
    }

    @Test
    void schemaDescribesTheSectionsOfThisPump() throws Exception {
        try (TestApplication app = TestApplication.of("--schema", "--set", "general:drain_timeout=soon")) {
            app.pumpService().addConnection(new PortConnection(app, "Orders"));
            FakePipeline pipeline = app.addFake("P");

            assertThat(app.runInBackground().exitCode()).isZero();

            JsonNode sections = new ObjectMapper().readTree(app.out()).path("properties");
            assertThat(sections.fieldNames())
                    .toIterable()
                    .containsExactly(
                            "connection:Orders",
                            "general",
                            "logging",
                            "logging:file",
                            "pipeline:P",
                            "pipeline:P:Part",
                            "pipeline:P:Source",
                            "secrets",
                            "web");
            assertThat(sections.at("/connection:Orders/properties/port"))
                    .isEqualTo(
                            new ObjectMapper()
                                    .readTree(
                                            """
                                    {"type": "integer", "minimum": 1, "maximum": 65535,
                                     "description": "Port.", "default": 80}"""));
            assertThat(sections.at("/general/properties").fieldNames())
                    .toIterable()
                    .containsExactly("include", "var_dir", "tick_period", "drain_timeout", "stop_when_finished");
            assertThat(app.err()).isEmpty();
            assertThat(app.journal).isEmpty();
            assertThat(pipeline.calls).isEmpty();
        }
    }

    @Test
    void helpIsPrintedEvenWithABrokenConfiguration() throws Exception {
        Path file = write("[broken\n");
        try (TestApplication app = TestApplication.of("-c", file.toString(), "--help")) {
            assertThat(app.runInBackground().exitCode()).isZero();

            assertThat(app.out()).isEqualTo(CommandLineOptions.usage(Launcher.commands()));
            assertThat(app.err()).isEmpty();
        }
    }

    @Test
    void versionIsPrintedEvenWithoutTheConfiguration() throws Exception {
        try (TestApplication app = TestApplication.of("-c", "/no/such/file", "--version")) {
            assertThat(app.runInBackground().exitCode()).isZero();

            assertThat(app.out()).matches("bspump \\S+\\R");
            assertThat(app.err()).isEmpty();
        }
    }

    @Test
    void commandLineReachesTheConfiguration() throws Exception {
        Path file = write("[connection:Orders]\nport = 80\n");
        try (TestApplication app =
                TestApplication.of("-c", file.toString(), "--set", "connection:Orders:port=90", "-w")) {
            PortConnection connection = new PortConnection(app, "Orders");

            assertThat(connection.config().getInt("port")).isEqualTo(90);
            assertThat(app.configuration().section("web").get("listen")).isEqualTo("127.0.0.1:8080");
        }
    }

    @Test
    void settingThatReachesNothingIsReported() throws Exception {
        try (TestApplication app = TestApplication.of("--set", "general:tick_peroid=1s")) {
            assertThat(app.runInBackground().exitCode()).isEqualTo(2);

            assertThat(app.err()).startsWith("[general] unknown key 'tick_peroid', did you mean 'tick_period'?");
        }
    }

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("pipelines.conf"), text);
    }

    static final class PortConnection extends Connection {
        public static final Options OPTIONS = Options.of(
                Option.integer("port").between(1, 65535).defaultTo(80).doc("Port."));

        PortConnection(Application app, String id) {
            super(app, id);
        }

        @Override
        protected Mono<Void> connect() {
            return Mono.error(new AssertionError("must not connect"));
        }

        @Override
        protected Mono<Void> disconnect() {
            return Mono.empty();
        }
    }

    private static final class ClaimingService implements Service {
        private final TestApplication app;

        ClaimingService(TestApplication app) {
            this.app = app;
        }

        @Override
        public Mono<Void> initialize(Application application) {
            return Mono.fromRunnable(() -> app.configuration().component("late", PortConnection.class, Map.of()));
        }

        @Override
        public Mono<Void> finalize(Application application) {
            return Mono.fromRunnable(() -> app.journal.add("finalised"));
        }
    }
}
