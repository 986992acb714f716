package io.bspump.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.test.RecordingSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaTopicInitializerTest {

    @TempDir
    Path directory;

    private TestPump pump(String servers, String section) {
        return new TestPump(
                directory,
                "[connection:K]\ntype = kafka\nbootstrap_servers = " + servers + "\n[KafkaTopicInitializer]\n"
                        + section);
    }

    @Test
    void makesTopicsOfSectionFileAndCodeBeforeTheyAreUsed() throws IOException {
        Path file = Files.writeString(
                directory.resolve("topics.yaml"),
                """
                - topic: of-file
                  num_partitions: 3
                  config: {cleanup.policy: compact}
                - {name: there, num_partitions: 5}
                """);
        try (TestBroker broker = TestBroker.start();
                TestClient client = TestClient.to(broker);
                TestPump pump = pump(broker.servers(), "topics = of-section\ntopics_file = " + file + "\n")) {
            client.createTopic("there", 1);
            new KafkaTopicInitializer(pump.app(), "K").includeTopic("of-code", 2, 1, Map.of());
            RecordingSink recorder =
                    pump.record("P", (a, p) -> new KafkaSource(a, p, "K", null, Map.of("topic", "of-section")));
            pump.start();
            pump.untilConnected("K");
            assertThat(client.partitions("of-section")).isEqualTo(1);
            assertThat(client.partitions("of-code")).isEqualTo(2);
            assertThat(client.partitions("of-file")).isEqualTo(3);
            assertThat(client.partitions("there")).isEqualTo(1);
            client.send("of-section", "first");
            TestPump.until(() -> recorder.texts().equals(List.of("first")));
        }
    }

    /** Also where the brokers know a topic before all of its partitions have a leader that leads. */
    @Test
    void aTopicItHasMadeTakesRecordsInOrderAtOnce() {
        List<Object> numbers =
                IntStream.range(0, 50_000).<Object>mapToObj(Integer::toString).toList();
        try (TestBroker broker = TestBroker.start();
                TestClient client = TestClient.to(broker);
                TestPump pump = pump(broker.servers(), "[pipeline:P:KafkaSink]\ntopic = out\n")) {
            new KafkaTopicInitializer(pump.app(), "K").includeTopic("out", 12, 1, Map.of());
            pump.app()
                    .pumpService()
                    .addPipeline(TestPump.pipeline(
                            pump.app(),
                            "P",
                            (a, p) -> List.of(new TestPump.Given(a, p, Map.of(), numbers), new KafkaSink(a, p, "K"))));
            pump.start();
            pump.untilConnected("K");
            TestPump.until(() -> client.count("out") == numbers.size());
            client.read("out").stream()
                    .collect(Collectors.groupingBy(ConsumerRecord::partition))
                    .values()
                    .forEach(records -> assertThat(records)
                            .extracting(record -> Integer.valueOf(new String(record.value(), UTF_8)))
                            .isSorted());
        }
    }

    @Test
    void refusesAFileThatIsWrong() throws IOException {
        Path file = Files.writeString(directory.resolve("topics.json"), "[{\"topic\": \"a\", \"partitions\": 3}]");
        try (TestPump pump = pump("a:1", "topics_file = " + file + "\n")) {
            assertThatThrownBy(() -> new KafkaTopicInitializer(pump.app(), "K"))
                    .hasMessageStartingWith(
                            "[KafkaTopicInitializer] topics_file must hold topics with a name and keys that"
                                    + " are known, 'a' has partitions, was '");
        }
        try (TestPump pump = pump("a:1", "topics_file = /nowhere\n")) {
            assertThatThrownBy(() -> new KafkaTopicInitializer(pump.app(), "K"))
                    .hasMessageStartingWith(
                            "[KafkaTopicInitializer] topics_file must be a file that can be read, was '/nowhere'");
        }
    }

    @Test
    void tellsWhatTopicsLack() {
        Node node = new Node(1, "a", 1);
        TopicDescription there = new TopicDescription(
                "t", false, List.of(new TopicPartitionInfo(0, node, List.of(node), List.of(node))));
        Config settings = new Config(List.of(new ConfigEntry("cleanup.policy", "delete"), new ConfigEntry("a", "1")));
        NewTopic asked = new NewTopic("t", 3, (short) 2).configs(Map.of("cleanup.policy", "compact"));
        assertThat(TopicCheck.lacking(asked, there, settings))
                .containsExactly(
                        "1 partitions instead of 3",
                        "1 replicas instead of 2",
                        "cleanup.policy is delete instead of compact");
        NewTopic less = new NewTopic("t", 1, (short) 1).configs(Map.of("a", "1"));
        assertThat(TopicCheck.lacking(less, there, settings)).isEmpty();
    }
}
