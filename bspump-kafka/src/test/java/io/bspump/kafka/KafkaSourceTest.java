package io.bspump.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.PipelineState;
import io.bspump.test.RecordingSink;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaSourceTest {

    private static TestBroker broker;
    private static TestClient client;

    @TempDir
    Path directory;

    @BeforeAll
    static void startBroker() {
        broker = TestBroker.start();
        client = TestClient.to(broker);
    }

    @AfterAll
    static void stopBroker() {
        client.close();
        broker.close();
    }

    private TestPump pump(String source) {
        return new TestPump(
                directory,
                "[connection:K]\ntype = kafka\nbootstrap_servers = " + broker.servers()
                        + "\nmetadata_max_age_ms = 300\n" + "[pipeline:P:KafkaSource]\ncommit_interval = 20ms\n"
                        + source);
    }

    private static RecordingSink record(TestPump pump) {
        return pump.record("P", (app, pipeline) -> new KafkaSource(app, pipeline, "K"));
    }

    private static void untilSeen(RecordingSink recorder, int count) {
        TestPump.until(() -> recorder.seen().size() >= count);
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).toList();
    }

    @Test
    void tellsWhatIsKnownOfARecord() {
        client.createTopic("context", 1);
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>("context", 0, 1234L, "k".getBytes(UTF_8), "v".getBytes(UTF_8));
        record.headers()
                .add("a", "1".getBytes(UTF_8))
                .add("a", "2".getBytes(UTF_8))
                .add("b", "3".getBytes(UTF_8));
        client.send(record);
        client.send(new ProducerRecord<>("context", 0, "k".getBytes(UTF_8), null));
        client.flush();
        try (TestPump pump = pump("topic = context\n")) {
            RecordingSink recorder = record(pump);
            pump.start();
            untilSeen(recorder, 2);
            Map<String, Object> context = recorder.seen().get(0).context();
            assertThat(context)
                    .containsEntry("_kafka_topic", "context")
                    .containsEntry("_kafka_partition", 0)
                    .containsEntry("_kafka_offset", 0L)
                    .containsEntry("_kafka_timestamp", 1234L)
                    .containsEntry("kafka_key", "k".getBytes(UTF_8))
                    .doesNotContainKey("kafka_tombstone");
            Map<?, ?> headers = (Map<?, ?>) context.get("kafka_headers");
            assertThat((List<?>) headers.get("a")).hasSize(2);
            assertThat(headers.get("b")).isEqualTo("3".getBytes(UTF_8));
            assertThat(recorder.seen().get(1).text()).isEmpty();
            assertThat(recorder.seen().get(1).context()).containsEntry("kafka_tombstone", true);
        }
    }

    @Test
    void commitsWhatHasSettledAndNothingElse() {
        client.createTopic("commits", 1).sendNumbers("commits", 0, 10);
        try (TestPump pump = pump("topic = commits\ngroup_id = commits\n")) {
            RecordingSink recorder = record(pump);
            pump.start();
            TestPump.until(() -> client.committed("commits", "commits", 0) == 10);
            assertThat(recorder.texts()).isEqualTo(numbers(0, 10));
            recorder.hold();
            client.sendNumbers("commits", 10, 20);
            untilSeen(recorder, 20);
            TestPump.confirm(recorder, 11, 12, 14);
            assertThat(client.committed("commits", "commits", 0)).isEqualTo(10);
            TestPump.confirm(recorder, 10);
            TestPump.until(() -> client.committed("commits", "commits", 0) == 13);
            assertThat(pump.app()
                            .meterRegistry()
                            .get("bspump.kafka.commits")
                            .tag("result", "ok")
                            .counter()
                            .count())
                    .isPositive();
            TestPump.until(() ->
                    pump.app().meterRegistry().get("bspump.kafka.lag").gauge().value() == 7);
            recorder.release();
        }
        assertThat(client.committed("commits", "commits", 0)).isEqualTo(20);
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void beginsWhereItIsTold(String protocol) {
        String topic = "start-" + protocol;
        client.createTopic(topic, 1);
        for (int i = 0; i < 10; i++) {
            client.send(new ProducerRecord<>(
                    topic, 0, 1000L * i, null, Integer.toString(i).getBytes(UTF_8)));
        }
        client.flush();
        String section = "topic = " + topic + "\ngroup_protocol = " + protocol + "\n";
        assertThat(readFrom("smallest", topic, section)).isEqualTo(numbers(0, 10));
        assertThat(readFrom("7", topic, section)).isEqualTo(numbers(7, 10));
        assertThat(readFrom("1970-01-01T00:00:05Z", topic, section)).isEqualTo(numbers(5, 10));
        try (TestPump pump = pump(section + "group_id = end-" + topic + "\nauto.offset.reset = largest\n")) {
            RecordingSink recorder = record(pump);
            pump.start();
            TestPump.until(() -> client.committed("end-" + topic, topic, 0) == 10);
            client.addPartitions(topic, 2);
            client.send(new ProducerRecord<>(topic, 1, null, "new".getBytes(UTF_8)));
            client.flush();
            untilSeen(recorder, 1);
            assertThat(recorder.texts()).containsExactly("new");
        }
    }

    private List<String> readFrom(String start, String topic, String section) {
        String group = topic + start.replace(':', '-');
        try (TestPump pump = pump(section + "group_id = " + group + "\nstart = " + start + "\n")) {
            RecordingSink recorder = record(pump);
            pump.start();
            TestPump.until(() -> client.committed(group, topic, 0) == 10);
            return recorder.texts();
        }
    }

    @Test
    void saysThatNothingIsCommittedWhereThatIsAnError() {
        client.createTopic("none", 1);
        try (TestPump pump = pump("topic = none\ngroup_id = none\nstart = none\n")) {
            record(pump);
            pump.start();
            TestPump.until(() -> pump.pipeline("P").state() == PipelineState.ERROR);
            assertThat(pump.pipeline("P").error().orElseThrow().toString()).contains("Undefined offset");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void readsTopicsThatMatch(String protocol) {
        client.createTopic(protocol + "-match-a", 1)
                .createTopic(protocol + "-match-b", 1)
                .createTopic(protocol + "-other", 1)
                .createTopic(protocol + "-another", 1);
        client.send(protocol + "-match-a", "a")
                .send(protocol + "-match-b", "b")
                .send(protocol + "-other", "o")
                .send(protocol + "-another", "n");
        try (TestPump pump =
                pump("topic = ^%1$s-match- %1$s-other:%1$s-another\ngroup_id = %1$s-match\ngroup_protocol = %1$s\n"
                        .formatted(protocol))) {
            RecordingSink recorder = record(pump);
            pump.start();
            untilSeen(recorder, 4);
            client.createTopic(protocol + "-match-c", 1).send(protocol + "-match-c", "c");
            untilSeen(recorder, 5);
            assertThat(recorder.texts()).containsExactlyInAnyOrder("a", "b", "o", "n", "c");
        }
    }

    @Test
    void saysThatATopicIsMissing() {
        try (TestPump pump = pump("topic = nowhere\n")) {
            record(pump);
            pump.start();
            TestPump.until(() -> pump.pipeline("P").state() == PipelineState.ERROR);
            assertThat(pump.pipeline("P").error().orElseThrow().toString()).contains("topic 'nowhere' does not exist");
            client.createTopic("nowhere", 1).send("nowhere", "here");
            pump.pipeline("P").resume();
            TestPump.until(() -> client.committed("P", "nowhere", 0) == 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void goesOnWhenATopicIsDeletedAndMadeAgain(String protocol) {
        String topic = "again-" + protocol;
        client.createTopic(topic, 1).sendNumbers(topic, 0, 5);
        try (TestPump pump =
                pump("topic = %1$s\ngroup_id = %1$s\ngroup_protocol = %2$s\n".formatted(topic, protocol))) {
            RecordingSink recorder = record(pump);
            pump.start();
            untilSeen(recorder, 5);
            client.deleteTopic(topic);
            client.createTopic(topic, 1).sendNumbers(topic, 100, 103);
            untilSeen(recorder, 8);
            assertThat(recorder.texts().subList(5, 8)).isEqualTo(numbers(100, 103));
        }
    }

    @Test
    void refusesWhatIsWrongBeforeItConnects() {
        String connection = "[connection:K]\ntype = kafka\nbootstrap_servers = a:1\n[pipeline:P:KafkaSource]\n";
        assertThat(problems(connection + "group_id = g\n"))
                .containsExactly("[pipeline:P:KafkaSource] topic is required (4)");
        assertThat(problems(connection + "topic = a/b\n"))
                .containsExactly(
                        "[pipeline:P:KafkaSource] topic must be names of topics, or begin with ^, 'a/b' is neither,"
                                + " was 'a/b' (5)");
        assertThat(problems(connection + "topic = a\nstart = yesterday\n"))
                .containsExactly("[pipeline:P:KafkaSource] start must be earliest, latest, none, a time such as"
                        + " 2026-01-31T12:00:00Z, or an offset, was 'yesterday' (6)");
        assertThat(problems(connection + "topic = ^(a\n"))
                .containsExactly(
                        "[pipeline:P:KafkaSource] topic must be an expression after ^: Unclosed group, was '^(a' (5)");
        assertThat(problems(connection + "topic = a\nisolation_level = all\n"))
                .containsExactly(
                        "[pipeline:P:KafkaSource] isolation_level must be such as Kafka takes it: String must be one of:"
                                + " read_committed, read_uncommitted, was 'all' (6)");
        assertThat(problems(connection + "topic = a\nsession_timeout_ms = long\n"))
                .containsExactly("[pipeline:P:KafkaSource] session_timeout_ms must be a whole number, was 'long' (6)");
        assertThat(problems(connection + "topic = a\nfetch_min_bites = 5\n"))
                .containsExactly(
                        "[pipeline:P:KafkaSource] unknown key 'fetch_min_bites', did you mean 'fetch_min_bytes'? (6)");
    }

    private List<String> problems(String configuration) {
        return TestPump.problems(directory, configuration, KafkaSourceTest::addPipeline);
    }

    private static void addPipeline(Application app) {
        app.pumpService()
                .addPipeline(TestPump.pipeline(
                        app, "P", (a, p) -> List.of(new KafkaSource(a, p, "K"), new RecordingSink(a, p))));
    }
}
