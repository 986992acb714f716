package io.bspump.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.DeadLetter;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.Processors;
import io.bspump.sink.NullSink;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaSinkTest {

    private static TestBroker broker;
    private static TestClient client;

    @TempDir
    Path directory;

    @BeforeAll
    static void startBroker() {
        broker = TestBroker.builder().set("message.max.bytes", "50000").start();
        client = TestClient.to(broker);
    }

    @AfterAll
    static void stopBroker() {
        client.close();
        broker.close();
    }

    private TestPump pump(String more) {
        return new TestPump(
                directory,
                "[connection:K]\ntype = kafka\nbootstrap_servers = " + broker.servers()
                        + "\nmetadata_max_age_ms = 300\nmax_block_ms = 1000\n" + more);
    }

    private static void send(TestPump pump, Map<String, Object> context, Object... events) {
        pump.app()
                .pumpService()
                .addPipeline(TestPump.pipeline(
                        pump.app(),
                        "P",
                        (a, p) -> List.of(
                                new TestPump.Given(a, p, context, Arrays.asList(events)), new KafkaSink(a, p, "K"))));
    }

    private List<ConsumerRecord<byte[], byte[]>> sent(String topic, int count) {
        TestPump.until(() -> client.read(topic).size() >= count);
        return client.read(topic);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }

    @Test
    void makesRecordsOfSectionAndContext() {
        client.createTopic("out-a", 3);
        Map<String, Object> context = Map.of("where", "a", "id", 7, "kafka_headers", Map.of("h", List.of("1", "2")));
        String section =
                """
                [pipeline:P:KafkaSink]
                topic = out-{where}
                key = k{id}
                partition = 2
                headers = fix=yes
                """;
        try (TestPump pump = pump(section)) {
            send(pump, context, "text", 5, "bytes".getBytes(UTF_8));
            pump.start();
            List<ConsumerRecord<byte[], byte[]>> records = sent("out-a", 3);
            assertThat(records).extracting(record -> text(record.value())).containsExactly("text", "5", "bytes");
            assertThat(records).allSatisfy(record -> {
                assertThat(record.partition()).isEqualTo(2);
                assertThat(text(record.key())).isEqualTo("k7");
                assertThat(record.headers().toArray())
                        .extracting(header -> header.key() + "=" + text(header.value()))
                        .containsExactly("fix=yes", "h=1", "h=2");
            });
        }
    }

    @Test
    void takesTopicKeyPartitionAndTimeFromTheContext() {
        client.createTopic("out-context", 2);
        Map<String, Object> context = Map.of(
                "kafka_topic",
                "out-context",
                "kafka_key",
                "k",
                "kafka_partition",
                1,
                "kafka_timestamp",
                77L,
                "kafka_tombstone",
                true);
        try (TestPump pump = pump("")) {
            send(pump, context, new byte[0]);
            pump.start();
            ConsumerRecord<byte[], byte[]> record = sent("out-context", 1).get(0);
            assertThat(record.value()).isNull();
            assertThat(record.partition()).isEqualTo(1);
            assertThat(record.timestamp()).isEqualTo(77);
        }
    }

    private void assertSkips(String topic, Object poison, String reason) {
        try (TestPump pump = pump("[pipeline:P]\non_error = skip\n[pipeline:P:KafkaSink]\ntopic = " + topic + "\n")) {
            send(pump, Map.of(), "before", poison, "after");
            pump.start();
            TestPump.until(() -> pump.pipeline("P").state() == PipelineState.FINISHED);
            assertThat(client.values(topic)).containsExactly("before", "after");
        }
        client.deleteTopic(topic);
        client.createTopic(topic, 1);
        try (TestPump pump = pump("[pipeline:P:KafkaSink]\ntopic = " + topic + "\n")) {
            send(pump, Map.of(), "before", poison, "after");
            pump.start();
            TestPump.until(() -> pump.pipeline("P").state() == PipelineState.ERROR);
            assertThat(pump.pipeline("P").error().orElseThrow().toString()).contains(reason);
        }
    }

    @Test
    void aRecordThatIsTooLargeGoesTheWayOfThePolicyAlone() {
        client.createTopic("large", 1);
        assertSkips("large", new byte[60_000], "the record for topic 'large' cannot be sent: ");
        client.createTopic("larger", 1);
        assertSkips("larger", new byte[2_000_000], "the record for topic 'larger' cannot be sent: ");
    }

    @Test
    void aTopicThatTakesLessThanTheDriversBatchesGetsAllInOrder() {
        client.createTopic("narrow", 1, Map.of("max.message.bytes", "20000"));
        Object[] events = IntStream.range(0, 500)
                .mapToObj(i -> i + " " + "x".repeat(1000))
                .toArray();
        try (TestPump pump = pump("[pipeline:P:KafkaSink]\ntopic = narrow\n")) {
            send(pump, Map.of(), events);
            pump.start();
            TestPump.until(() -> pump.pipeline("P").state() == PipelineState.FINISHED);
            assertThat(client.values("narrow").toArray()).isEqualTo(events);
        }
    }

    private static final class WithDeadLetters extends Pipeline {

        private final Queue<DeadLetter> letters = new ConcurrentLinkedQueue<>();

        WithDeadLetters(Application app, List<Object> events) {
            super(app, "P", Map.of("on_error", "dead_letter"));
            build(new TestPump.Given(app, this, Map.of(), events), new KafkaSink(app, this, "K"));
            deadLetter(Processors.map(app, this, "Keep", this::keep), new NullSink(app, this));
        }

        private DeadLetter keep(DeadLetter letter) {
            letters.add(letter);
            return letter;
        }
    }

    @Test
    void aRecordThatIsTooLargeBecomesADeadLetter() {
        client.createTopic("letters", 1);
        try (TestPump pump = pump("[pipeline:P:KafkaSink]\ntopic = letters\n")) {
            byte[] poison = new byte[60_000];
            WithDeadLetters pipeline = new WithDeadLetters(pump.app(), List.of("before", poison, "after"));
            pump.app().pumpService().addPipeline(pipeline);
            pump.start();
            TestPump.until(() -> pipeline.state() == PipelineState.FINISHED);
            assertThat(client.values("letters")).containsExactly("before", "after");
            assertThat(pipeline.letters).singleElement().satisfies(letter -> {
                assertThat(letter.event()).isEqualTo(poison);
                assertThat(letter.error())
                        .hasMessage(
                                "the record for topic 'letters' cannot be sent: it is larger than 50000 bytes, the topic's"
                                        + " max.message.bytes");
            });
        }
    }

    @Test
    void anEventThatIsNoRecordGoesTheWayOfThePolicyAlone() {
        client.createTopic("types", 1);
        assertSkips("types", List.of(), "events must be bytes, text or numbers to be sent, was a ");
    }

    @Test
    void saysThatATopicIsMissing() {
        try (TestPump pump = pump("[pipeline:P:KafkaSink]\ntopic = missing\n")) {
            send(pump, Map.of(), "one", "two");
            pump.start();
            TestPump.until(() -> pump.pipeline("P").state() == PipelineState.ERROR);
            assertThat(pump.pipeline("P").error().orElseThrow().toString())
                    .contains("topic 'missing', or its partition, does not exist");
            client.createTopic("missing", 1);
            TestPump.until(() -> {
                pump.pipeline("P").resume();
                return pump.pipeline("P").state() == PipelineState.FINISHED;
            });
            assertThat(client.values("missing")).containsExactlyInAnyOrder("one", "two");
        }
    }

    @Test
    void goesOnWhenATopicIsDeletedAndMadeAgain() {
        client.createTopic("remade", 1);
        try (TestPump pump = pump("[pipeline:P:KafkaSink]\ntopic = remade\n")) {
            TestPump.Slow source = pump.slow("P", "K");
            pump.start();
            source.emit("one");
            sent("remade", 1);
            client.deleteTopic("remade");
            client.createTopic("remade", 1);
            source.emit("two");
            sent("remade", 1);
            assertThat(client.values("remade")).containsExactly("two");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "delivery_timeout_ms = 700\nrequest_timeout_ms = 500\nmax_block_ms = 5000\n"})
    void waitsForABrokerThatIsAwayAndKeepsTheOrder(String limits) {
        TestBroker.Builder builder = TestBroker.builder().directory(directory.resolve("broker"));
        TestBroker own = builder.start();
        try (TestClient internal = TestClient.to(own);
                TestPump pump = new TestPump(
                        directory,
                        "[connection:K]\ntype = kafka\nbootstrap_servers = " + own.servers()
                                + "\nping_interval = 100ms\nping_timeout = 1s\nconnect_timeout = 2s\nbuffer_memory = 20000\nmax_block_ms = 200\n"
                                + "[pipeline:P:KafkaSink]\ntopic = away\nconcurrency = 100\n"
                                + limits)) {
            internal.createTopic("away", 1);
            TestPump.Slow source = pump.slow("P", "K");
            pump.start();
            source.emit("0");
            TestPump.until(() -> internal.values("away").size() == 1);
            own.stop();
            IntStream.range(1, 500).forEach(i -> source.emit(Integer.toString(i)));
            TestPump.until(() -> pump.pipeline("P").waitingFor().isPresent());
            assertThat(pump.pipeline("P").waitingFor()).contains("connection 'K'");
            TestPump.until(() -> pump.connection("K").status().attempt() >= 2);
            own = builder.start();
            TestPump.until(() -> internal.values("away").size() == 500);
            assertThat(internal.values("away"))
                    .isEqualTo(
                            IntStream.range(0, 500).mapToObj(Integer::toString).toList());
        } finally {
            own.stop();
        }
    }

    @Test
    void refusesWhatIsWrongBeforeItConnects() {
        String section = "[connection:K]\ntype = kafka\nbootstrap_servers = a:1\n[pipeline:P:KafkaSink]\n";
        assertThat(problems(section + "topic = a b\n"))
                .containsExactly("[pipeline:P:KafkaSink] topic must be the name of a topic, was 'a b' (5)");
        assertThat(problems(section + "topic = a\npartition = first\n"))
                .containsExactly("[pipeline:P:KafkaSink] partition must be a number, was 'first' (6)");
        assertThat(problems(section + "topic = a\nheaders = x\n"))
                .containsExactly("[pipeline:P:KafkaSink] headers must be NAME=VALUE, 'x' is not, was 'x' (6)");
        assertThat(problems(section + "topic = a\nacks = 1\nmax.in.flight = 7\n"))
                .containsExactlyInAnyOrder(
                        "[pipeline:P:KafkaSink] acks must be all, so that a record that is confirmed is not lost,"
                                + " was '1' (6)",
                        "[pipeline:P:KafkaSink] max_in_flight_requests_per_connection must be at most 5, so that the order"
                                + " is kept, was '7' (7)");
        assertThat(problems(section + "topic = a\nlinger_ms = -2\n"))
                .containsExactly("[pipeline:P:KafkaSink] linger_ms must be at least -1, was '-2' (6)");
        assertThat(problems(section + "topic = a\ncompression_typ = lz4\n"))
                .containsExactly(
                        "[pipeline:P:KafkaSink] unknown key 'compression_typ', did you mean 'compression_type'? (6)");
    }

    private List<String> problems(String configuration) {
        return TestPump.problems(directory, configuration, app -> app.pumpService()
                .addPipeline(TestPump.pipeline(
                        app,
                        "P",
                        (a, p) -> List.of(new TestPump.Given(a, p, Map.of(), List.of()), new KafkaSink(a, p, "K")))));
    }
}
