package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.config.ConfigProblem;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Components that use connections: how they name them, and what an outage does to their pipeline. In virtual time. */
class PipelineConnectionsTest {

    @TempDir
    private Path directory;

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private Application app = new Application(time, time);

    @AfterEach
    void disposeTime() {
        time.dispose();
    }

    private PumpService pumps() {
        return app.pumpService();
    }

    private void configure(String text) throws IOException {
        Path file = Files.writeString(directory.resolve("pipelines.conf"), text);
        app = new Application(time, time, "-c", file.toString());
    }

    private void start() {
        pumps().startConnections();
        pumps().startPipelines();
    }

    private void pass(Duration duration) {
        time.advanceTimeBy(duration);
    }

    private FakeConnection connection(String id) {
        return pumps().addConnection(new FakeConnection(app, id, Map.of("reconnect_jitter", 0)));
    }

    private Writing pipeline(String id, @Nullable String connection) {
        return pumps().addPipeline(new Writing(app, id, connection));
    }

    private List<String> problems() {
        List<ConfigProblem> all = new ArrayList<>(pumps().prepareConnections());
        pumps().pipelines().forEach(pipeline -> all.addAll(pipeline.problems()));
        all.addAll(app.configuration().problems());
        all.addAll(app.configuration().checkUnused());
        String place = " (" + directory.resolve("pipelines.conf");
        return all.stream()
                .map(problem -> problem.toString().replace(place, " ("))
                .distinct()
                .toList();
    }

    // How components name connections

    @ParameterizedTest
    @ValueSource(strings = {"connection", "connection_selector", "connectionSelector"})
    void theSectionNamesAConnectionAboveTheCode(String key) throws IOException {
        configure("[pipeline:P:Sink]\n" + key + " = InFile\n");
        connection("InCode");
        FakeConnection inFile = connection("InFile");
        Writing pipeline = pipeline("P", "InCode");
        start();

        assertThat(problems()).isEmpty();
        assertThat(pipeline.sink.connection.connection()).isSameAs(inFile);
        assertThat(pumps().references("InFile"))
                .extracting(ConnectionReference::referrer)
                .containsExactly("P.Sink");
    }

    @Test
    void whatIsWrongWithReferencesIsReportedTogether() throws IOException {
        configure(
                """
                [pipeline:A:Sink]
                connection = Order
                [pipeline:C:Sink]
                connection = Echo
                [connection:Echo]
                type = echo
                port = 7
                """);
        connection("Orders");
        pipeline("A", null);
        pipeline("B", "Gone");
        pipeline("C", null);
        pumps().addPipeline(new Writing(app, "D", null, false));

        assertThat(problems())
                .containsExactlyInAnyOrder(
                        "[pipeline:A:Sink] connection must be the id of a connection, was 'Order',"
                                + " did you mean 'Orders'? (known are Orders, Echo) (:2)",
                        "[pipeline:B:Sink] connection must be the id of a connection, was 'Gone'"
                                + " (known are Orders, Echo)",
                        "[pipeline:C:Sink] connection must be the id of a FakeConnection, was 'Echo',"
                                + " which is a EchoConnection (:4)",
                        "[pipeline:D:Sink] connection is required (known are Orders, Echo)");
    }

    @Test
    void beforeTheStartThereIsNoConnection() {
        connection("C");
        Writing pipeline = pipeline("P", "C");
        assertThatThrownBy(() -> pipeline.sink.connection.connection())
                .hasMessage("P.Sink has its connection from the start of its pipeline on");
    }

    // A connection of one's own

    @Test
    void aComponentThatNamesNoneHasOneOfItsOwnAsLongAsItsPipeline() throws IOException {
        configure("[pipeline:P:Sink]\nreconnect_delay = 3s\nhost = example\n");
        Writing pipeline = pipeline("P", null);
        assertThat(pumps().anonymousConnections()).isEmpty();
        start();

        FakeConnection own = pipeline.sink.connection.connection();
        assertThat(problems()).isEmpty();
        assertThat(own.id()).isEqualTo("P.Sink");
        assertThat(own.config().get("host")).isEqualTo("example");
        assertThat(own.policy().delay()).isEqualTo(Duration.ofSeconds(3));
        assertThat(own.status().isConnected()).isTrue();
        assertThat(pumps().anonymousConnections()).containsExactly(own);
        assertThat(pumps().connections()).isEmpty();

        pumps().removePipeline("P").subscribe();
        pass(Duration.ofSeconds(1));
        assertThat(own.status().state()).isEqualTo(ConnectionState.CLOSED);
        assertThat(own.disconnects).hasValue(1);
        assertThat(pumps().anonymousConnections()).isEmpty();
    }

    @Test
    void componentsWithTheSameKeyShareOne() throws IOException {
        configure(
                """
                [pipeline:A:Sink]
                sharing_key = north
                [pipeline:B:Sink]
                sharing_key = north
                [pipeline:C:Sink]
                sharing_key = south
                """);
        Writing a = pipeline("A", null);
        Writing b = pipeline("B", null);
        Writing c = pipeline("C", null);
        start();

        FakeConnection shared = a.sink.connection.connection();
        assertThat(problems()).isEmpty();
        assertThat(b.sink.connection.connection()).isSameAs(shared);
        assertThat(c.sink.connection.connection()).isNotSameAs(shared);
        assertThat(shared.id()).isEqualTo("FakeConnection.north");
        assertThat(pumps().anonymousConnections()).hasSize(2);

        pumps().removePipeline("A").subscribe();
        pass(Duration.ofSeconds(1));
        assertThat(shared.status().isConnected()).isTrue();
        pumps().removePipeline("B").subscribe();
        pass(Duration.ofSeconds(1));
        assertThat(shared.status().state()).isEqualTo(ConnectionState.CLOSED);
        assertThat(pumps().anonymousConnections()).hasSize(1);
        Writing late = pipeline("Late", null);
        assertThat(late.sink.connection.connection()).isNotSameAs(shared);
    }

    @Test
    void thoseWhoShareAreConfiguredAlike() throws IOException {
        configure(
                """
                [pipeline:A:Sink]
                sharing_key = north
                [pipeline:B:Sink]
                sharing_key = north
                connect_timeout = 3s
                """);
        pipeline("A", null);
        pipeline("B", null);

        assertThat(problems())
                .containsExactly("[pipeline:B:Sink] connect_timeout must be as in [pipeline:A:Sink],"
                        + " which has the same sharing_key (:5)");
    }

    @Test
    void twoThatAreTheSameForTheFarEndAreNamed() {
        connection("A").identity = "client 'pump' at tcp://broker:1883";
        connection("B").identity = "client 'other' at tcp://broker:1883";
        connection("C").identity = "client 'pump' at tcp://broker:1883";

        assertThat(problems())
                .containsExactly("[connection:C] has the same client identity as [connection:A],"
                        + " they would push each other out: client 'pump' at tcp://broker:1883");
    }

    // Made from the configuration

    @Test
    void aSectionWithATypeMakesAConnection() throws IOException {
        configure("[connection:North]\ntype = Echo\nport = 7\n");
        assertThat(pumps().locateConnection("North")).isInstanceOf(EchoConnection.class);
        assertThat(problems()).isEmpty();
        assertThat(pumps().connections()).hasSize(1);
    }

    @Test
    void codeMayMakeItInstead() throws IOException {
        configure("[connection:North]\ntype = echo\nport = 7\n");
        EchoConnection made = pumps().addConnection(new EchoConnection(app, "North"));

        assertThat(problems()).isEmpty();
        assertThat(pumps().connections()).containsExactly(made);
    }

    @Test
    void whatIsWrongWithSuchSectionsIsReportedTogether() throws IOException {
        configure(
                """
                [connection:North]
                type = ecko
                [connection:South]
                type = echo
                prot = 7
                [connection:West]
                port = 7
                """);
        assertThat(problems())
                .containsExactlyInAnyOrder(
                        "[connection:North] type must be one of echo, lab, was 'ecko', did you mean 'echo'? (:2)",
                        "[connection:South] port is required (:3)",
                        "[connection:South] unknown key 'prot', did you mean 'port'? (:5)",
                        "[connection:West] unknown section (:6)");
    }

    @Test
    void checkAndSchemaKnowTheTypes() throws IOException {
        Path file =
                Files.writeString(directory.resolve("typed.conf"), "[connection:North]\ntype = echo\nport = 99999\n");
        try (TestApplication checked = TestApplication.of("--check", "-c", file.toString())) {
            assertThat(checked.run()).isEqualTo(2);
            assertThat(checked.err())
                    .startsWith("[connection:North] port must be between 1 and 65535, was '99999' (" + file + ":3)");
        }
        try (TestApplication described = TestApplication.of("--schema", "-c", file.toString())) {
            assertThat(described.run()).isZero();
            assertThat(described.out())
                    .contains(
                            "\"^connection:[^:]+$\"", "\"title\" : \"echo\"", "\"connection:North\"", "ping_interval");
        }
    }

    // An outage

    @Test
    void whileTheConnectionOfASinkIsDownNothingComesIn() {
        FakeConnection connection = connection("C");
        connection.refuses("nobody there");
        Writing pipeline = pipeline("P", "C");
        start();
        pipeline.push(1, 2, 3);
        pass(Duration.ofHours(1));

        assertThat(pipeline.state()).isEqualTo(PipelineState.RUNNING);
        assertThat(pipeline.waitingFor()).contains("connection 'C'");
        assertThat(pipeline.source.requested.get()).isZero();
        assertThat(pipeline.sink.tries).isZero();

        connection.accepts();
        pass(Duration.ofSeconds(10));
        assertThat(pipeline.waitingFor()).isEmpty();
        assertThat(pipeline.sink.written).containsExactly(1, 2, 3);
        assertThat(pipeline.source.settled)
                .containsExactly(Settlement.DELIVERED, Settlement.DELIVERED, Settlement.DELIVERED);
    }

    @Test
    void anEventIsNotLostWhenTheLinkBreaksUnderIt() {
        FakeConnection connection = connection("C");
        Writing pipeline = pipeline("P", "C");
        start();
        pipeline.push(1);
        pipeline.sink.failure = new IllegalStateException("broken pipe");
        connection.onPing = () -> Mono.error(new IllegalStateException("no pong"));
        connection.refuses("nobody there");
        pipeline.push(2, 3);
        pass(Duration.ofMinutes(1));
        assertThat(pipeline.waitingFor()).contains("connection 'C'");
        assertThat(pipeline.isError()).isFalse();
        assertThat(pipeline.source.settled).containsExactly(Settlement.DELIVERED);

        pipeline.sink.failure = null;
        connection.onPing = Mono::empty;
        connection.accepts();
        pass(Duration.ofSeconds(10));
        assertThat(pipeline.sink.written).containsExactly(1, 2, 3);
        assertThat(pipeline.source.settled).hasSize(3);
    }

    @Test
    void anErrorThatIsNotTheLinksGoesThePipelinesWay() {
        connection("C");
        Writing pipeline = pipeline("P", "C");
        start();
        pipeline.sink.failure = new IllegalStateException("no such column");
        pipeline.push(1);

        assertThat(pipeline.isError()).isTrue();
        assertThat(pipeline.waitingFor()).isEmpty();
        assertThat(pipeline.error().orElseThrow().error()).hasMessage("no such column");
    }

    @Test
    void theGaugeOfAComponentFollowsItsConnectionAndGoesWithThePipeline() {
        FakeConnection connection = connection("C");
        pipeline("P", "C");
        start();
        assertThat(gauge()).isEqualTo(1);
        connection.refuses("nobody there");
        connection.lose("cut");
        assertThat(gauge()).isEqualTo(-1);

        pumps().removePipeline("P").subscribe();
        pass(Duration.ofMinutes(1));
        assertThat(app.meterRegistry().find("bspump.pipeline.connection.status").meter())
                .isNull();
        assertThat(pumps().references("C")).isEmpty();
    }

    private double gauge() {
        return app.meterRegistry()
                .get("bspump.pipeline.connection.status")
                .tags("pipeline", "P", "processor", "Sink", "connection", "C")
                .gauge()
                .value();
    }

    @Test
    void anUpdateIsNotNoticedByThePipeline() {
        FakeConnection connection = connection("C");
        Writing pipeline = pipeline("P", "C");
        start();
        pipeline.push(1);
        FakeConnection next = new FakeConnection(app, "C");
        pumps().updateConnection(next).block(Duration.ofSeconds(10));
        pipeline.push(2);
        next.refuses("nobody there");
        next.lose("cut");
        pipeline.push(3);

        assertThat(connection.status().state()).isEqualTo(ConnectionState.CLOSED);
        assertThat(pipeline.sink.written).containsExactly(1, 2);
        assertThat(pipeline.waitingFor()).contains("connection 'C'");
    }

    @Test
    void aPipelineAddedAtRunTimeNeedsItsConnection() {
        Writing pipeline = new Writing(app, "P", "Gone");
        start();
        pumps().addPipeline(pipeline);
        assertThat(pipeline.isError()).isTrue();
        assertThat(pipeline.error().orElseThrow().error())
                .hasMessage("there is no connection with the id 'Gone' (none is registered)");

        connection("Gone");
        pipeline.resume();
        assertThat(pipeline.state()).isEqualTo(PipelineState.RUNNING);
    }

    /** Takes what a test pushes, writes it over a connection. */
    private static final class Writing extends Pipeline {
        private final Pushing source;
        private final Writer sink;

        Writing(Application app, String id, @Nullable String connection) {
            this(app, id, connection, true);
        }

        Writing(Application app, String id, @Nullable String connection, boolean makesItsOwn) {
            super(app, id, Map.of("max_in_flight", 10));
            source = new Pushing(app, this);
            sink = new Writer(app, this, connection, makesItsOwn);
            build(source, sink);
        }

        void push(Integer... events) {
            for (Integer event : events) {
                source.events.tryEmitNext(new Emission<>(event)).orThrow();
            }
        }
    }

    private static final class Pushing extends Source<Integer> {
        private final Sinks.Many<Emission<Integer>> events =
                Sinks.many().unicast().onBackpressureBuffer();
        private final AtomicLong requested = new AtomicLong();
        private final List<Settlement> settled = new ArrayList<>();

        Pushing(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Flux<Emission<Integer>> events() {
            return events.asFlux().doOnRequest(requested::addAndGet);
        }

        @Override
        protected void settled(Emission<?> emission, Settlement how) {
            settled.add(how);
        }
    }

    static final class Writer extends Sink<Integer> {
        public static final Options OPTIONS = Options.of(
                ConnectionReference.CONNECTION,
                ConnectionReference.SHARING_KEY,
                Option.string("host").doc("Where it is."));

        private final ConnectionReference<FakeConnection> connection;
        private final List<Integer> written = new ArrayList<>();
        private volatile @Nullable RuntimeException failure;
        private int tries;

        Writer(Application app, Pipeline pipeline, @Nullable String id, boolean makesItsOwn) {
            super(app, pipeline, "Sink", Map.of());
            connection = makesItsOwn
                    ? connection(FakeConnection.class, id, FakeConnection::new)
                    : connection(FakeConnection.class, id);
        }

        @Override
        protected Mono<Void> process(Context context, Integer event) {
            return connection.use(c -> {
                tries++;
                return failure == null ? Mono.fromRunnable(() -> written.add(event)) : Mono.error(failure);
            });
        }
    }
}
