package io.bspump.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.test.RecordingSink;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What sources do as members of a group, by the classic protocol and by that of KIP-848. */
class KafkaGroupTest {

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

    private TestPump pump(String protocol, String topic, String more) {
        String quick = protocol.equals("classic") ? "heartbeat_interval_ms = 100\nsession_timeout_ms = 2000\n" : "";
        return new TestPump(
                directory,
                "[connection:K]\ntype = kafka\nbootstrap_servers = " + broker.servers()
                        + "\nmetadata_max_age_ms = 300\n[pipeline:P:KafkaSource]\ncommit_interval = 20ms\ntopic = "
                        + topic + "\ngroup_id = " + topic + "\ngroup_protocol = " + protocol + "\n" + quick + more);
    }

    private static RecordingSink record(TestPump pump) {
        return pump.record("P", (app, pipeline) -> new KafkaSource(app, pipeline, "K"));
    }

    private static void untilSeen(RecordingSink recorder, int count) {
        TestPump.until(() -> recorder.seen().size() >= count);
    }

    private static String topic(String name, String protocol, int partitions) {
        client.createTopic(name + "-" + protocol, partitions);
        return name + "-" + protocol;
    }

    private static void sendTo(String topic, int partition, int from, int to) {
        for (int i = from; i < to; i++) {
            client.send(new ProducerRecord<>(
                    topic, partition, null, Integer.toString(i).getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        }
        client.flush();
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void aMemberThatJoinsGetsWhatIsNotInFlight(String protocol) {
        String topic = topic("joins", protocol, 2);
        sendTo(topic, 0, 0, 10);
        sendTo(topic, 1, 10, 20);
        try (TestPump first = pump(protocol, topic, "")) {
            RecordingSink one = record(first);
            one.hold();
            first.start();
            untilSeen(one, 20);
            try (TestPump second = pump(protocol, topic, "")) {
                RecordingSink two = record(second);
                second.start();
                TestPump.until(() -> client.members(topic) == 2);
                one.release();
                TestPump.until(() -> client.working(topic) == 2);
                sendTo(topic, 0, 20, 30);
                sendTo(topic, 1, 30, 40);
                TestPump.until(() -> one.seen().size() + two.seen().size() >= 40);
                List<String> all = new ArrayList<>(one.texts());
                all.addAll(two.texts());
                assertThat(all).containsExactlyInAnyOrderElementsOf(numbers(0, 40));
                assertThat(two.texts()).hasSize(10);
            }
        }
        assertThat(client.committed(topic, topic, 0)).isEqualTo(20);
        assertThat(client.committed(topic, topic, 1)).isEqualTo(20);
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void aMemberThatJoinsDoesNotWaitLongerThanTheTimeoutForWhatIsInFlight(String protocol) {
        String topic = topic("impatient", protocol, 2);
        sendTo(topic, 0, 0, 10);
        sendTo(topic, 1, 10, 20);
        try (TestPump first = pump(protocol, topic, "rebalance_timeout = 100ms\n")) {
            RecordingSink one = record(first);
            one.hold();
            first.start();
            untilSeen(one, 20);
            try (TestPump second = pump(protocol, topic, "")) {
                RecordingSink two = record(second);
                second.start();
                untilSeen(two, 10);
                one.release();
                TestPump.until(
                        () -> client.committed(topic, topic, 0) == 10 && client.committed(topic, topic, 1) == 10);
                assertThat(new HashSet<>(one.texts())).containsAll(two.texts());
            }
        }
    }

    /** What settles late, after the partition has gone, must not move what the other member commits. */
    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void settlementsOfPartitionsThatHaveGoneMoveNothing(String protocol) {
        String topic = topic("late", protocol, 2);
        sendTo(topic, 0, 0, 10);
        sendTo(topic, 1, 0, 10);
        try (TestPump first = pump(protocol, topic, "rebalance_timeout = 100ms\n")) {
            RecordingSink one = record(first);
            one.hold();
            first.start();
            untilSeen(one, 20);
            try (TestPump second = pump(protocol, topic, "")) {
                RecordingSink two = record(second);
                two.hold();
                second.start();
                untilSeen(two, 10);
                int given = (int) two.seen().get(0).context().get("_kafka_partition");
                one.release();
                TestPump.until(() -> client.committed(topic, topic, 1 - given) == 10);
                assertThat(client.committed(topic, topic, given)).isEqualTo(-1);
                two.release();
                TestPump.until(() -> client.committed(topic, topic, given) == 10);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void staysInTheGroupHoweverSlowThePipelineIs(String protocol) {
        String topic = topic("slow", protocol, 1);
        client.sendNumbers(topic, 0, 3000);
        String section =
                """
                max_poll_interval_ms = 1000
                rebalance_timeout = 500ms
                max_poll_records = 100
                [pipeline:P]
                max_in_flight = 10
                """;
        try (TestPump pump = pump(protocol, topic, section)) {
            RecordingSink recorder = record(pump);
            recorder.hold();
            pump.start();
            untilSeen(recorder, 10);
            // As long as some of the times after which the group would take it for dead.
            long end = System.nanoTime() + 3_000_000_000L;
            TestPump.until(() -> System.nanoTime() - end > 0);
            assertThat(recorder.seen()).hasSize(10);
            recorder.release();
            untilSeen(recorder, 3000);
            assertThat(recorder.texts()).isEqualTo(numbers(0, 3000));
            assertThat(rebalances(pump)).isEqualTo(1);
        }
    }

    private static double rebalances(TestPump pump) {
        return pump.app()
                .meterRegistry()
                .get("bspump.kafka.rebalances")
                .counter()
                .count();
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void aFixedMemberHasItsPartitionsBackAfterARestart(String protocol) {
        String topic = topic("fixed", protocol, 2);
        sendTo(topic, 0, 0, 5);
        for (int restart = 0; restart < 2; restart++) {
            try (TestPump pump = pump(protocol, topic, "group_instance_id = one\n")) {
                RecordingSink recorder = record(pump);
                pump.start();
                sendTo(topic, 1, 100, 105);
                untilSeen(recorder, restart == 0 ? 10 : 5);
            }
        }
        assertThat(client.committed(topic, topic, 0)).isEqualTo(5);
        assertThat(client.committed(topic, topic, 1)).isEqualTo(10);
    }
}
