package io.bspump.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.ReloadReport;
import io.bspump.Sink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** A pipeline of several lanes between topics of twelve partitions. */
class KafkaParallelTest {

    private static final int PARTITIONS = 12;

    private static TestBroker broker;
    private static TestClient client;

    @TempDir
    Path directory;

    private final Map<Integer, List<Integer>> seen = new ConcurrentHashMap<>();
    private final Set<Integer> lanes = ConcurrentHashMap.newKeySet();
    private volatile String broken = "";

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

    private static String configuration(String topic, int parallelism) {
        return "[connection:K]\ntype = kafka\nbootstrap_servers = " + broker.servers()
                + "\nmetadata_max_age_ms = 300\n[pipeline:P]\nparallelism = " + parallelism
                + "\n[pipeline:P:KafkaSource]\ncommit_interval = 20ms\ngroup_id = " + topic + "\ntopic = " + topic
                + "\n";
    }

    private TestPump pump(String topic, int parallelism) {
        return new TestPump(directory, configuration(topic, parallelism));
    }

    private void add(TestPump pump) {
        pump.app()
                .pumpService()
                .addPipeline(
                        "P",
                        (app, id) -> TestPump.pipeline(
                                app, id, (a, p) -> List.of(new KafkaSource(a, p, "K"), new Seeing(a, p))));
    }

    /** Writes down what comes of which partition in which lane. */
    private final class Seeing extends Sink<byte[]> {
        Seeing(Application app, Pipeline pipeline) {
            super(app, pipeline, "Seeing", Map.of());
        }

        @Override
        protected Mono<Void> process(Context context, byte[] event) {
            int partition = (Integer) context.get("_kafka_partition");
            String text = new String(event, UTF_8);
            if (broken.equals(partition + ":" + text)) {
                return Mono.error(new IllegalArgumentException("cannot take " + text));
            }
            lanes.add(pipeline().lane());
            seen.computeIfAbsent(partition, key -> Collections.synchronizedList(new ArrayList<>()))
                    .add(Integer.parseInt(text));
            return Mono.empty();
        }
    }

    /** Until so many members of a group, which may not be there yet, have partitions. */
    private static void untilWorking(String group, int members) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .ignoreExceptions()
                .until(() -> client.working(group) == members);
    }

    private static void produce(String topic, int from, int to) {
        for (int number = from; number < to; number++) {
            byte[] value = Integer.toString(number).getBytes(UTF_8);
            for (int partition = 0; partition < PARTITIONS; partition++) {
                client.send(new ProducerRecord<>(topic, partition, null, value));
            }
            if (number == from) {
                client.flush(); // a partition that has just been made takes a second batch before the first one
            }
        }
        client.flush();
    }

    private long distinct() {
        return seen.values().stream()
                .mapToLong(each -> {
                    synchronized (each) {
                        return Set.copyOf(each).size();
                    }
                })
                .sum();
    }

    /** What came again after a change of the group may be repeated, but nothing is left out. */
    private void hasAllInOrder(int count) {
        assertThat(seen).hasSize(PARTITIONS);
        seen.forEach((partition, numbers) -> {
            int most = -1;
            for (int number : numbers) {
                assertThat(number).as("partition %d", partition).isLessThanOrEqualTo(most + 1);
                most = Math.max(most, number);
            }
            assertThat(most).isEqualTo(count - 1);
        });
    }

    @Test
    void lanesShareThePartitions() {
        client.createTopic("shared", PARTITIONS);
        produce("shared", 0, 200);
        try (TestPump pump = pump("shared", 4)) {
            add(pump);
            pump.start();
            untilWorking("shared", 4);
            produce("shared", 200, 400);
            TestPump.until(() -> distinct() == PARTITIONS * 400);

            hasAllInOrder(400);
            assertThat(lanes).containsExactlyInAnyOrder(0, 1, 2, 3);
            TestPump.until(() -> client.committed("shared", "shared", 0) == 400);
            assertThat(client.group("shared")).contains("clientId=bspump-P.KafkaSource-3");
            assertThat(pump.pipeline("P").laneStates()).hasSize(4).containsOnly(PipelineState.RUNNING);
            assertThat(pump.app().pumpService().references("K")).hasSize(4);
            var registry = pump.app().meterRegistry();
            assertThat(registry.get("bspump.pipeline.event.out")
                            .functionCounter()
                            .count())
                    .isGreaterThanOrEqualTo(PARTITIONS * 400);
            assertThat(registry.get("bspump.kafka.lag").gauges())
                    .extracting(gauge -> gauge.getId().getTag("lane"))
                    .containsExactlyInAnyOrder("0", "1", "2", "3");
            TestPump.until(
                    () -> registry.get("bspump.kafka.lag").gauges().stream().allMatch(gauge -> gauge.value() == 0));
            assertThat(registry.get("bspump.kafka.commits").tag("result", "ok").counters())
                    .hasSize(1);
        }
    }

    @Test
    void anErrorInOneLaneStopsAllAndNothingIsLost() {
        client.createTopic("stopped", PARTITIONS);
        broken = "7:100";
        try (TestPump pump = pump("stopped", 4)) {
            add(pump);
            pump.start();
            untilWorking("stopped", 4);
            produce("stopped", 0, 200);
            Pipeline pipeline = pump.pipeline("P");
            TestPump.until(pipeline::isError);
            assertThat(pipeline.error().orElseThrow())
                    .hasToString("Seeing: java.lang.IllegalArgumentException: cannot take 100");
            assertThat(pipeline.laneStates())
                    .containsOnlyOnce(PipelineState.ERROR)
                    .contains(PipelineState.RUNNING);
            TestPump.until(() -> client.committed("stopped", "stopped", 7) == 100);
            int before = seen.values().stream().mapToInt(List::size).sum();
            produce("stopped", 200, 300);
            // Commits go on meanwhile, and nobody leaves the group.
            TestPump.until(() -> pump.app().meterRegistry().get("bspump.kafka.lag").gauges().stream()
                            .mapToDouble(gauge -> gauge.value())
                            .sum()
                    >= PARTITIONS * 100);
            assertThat(client.working("stopped")).isEqualTo(4);
            assertThat(seen.values().stream().mapToInt(List::size).sum()).isEqualTo(before);

            broken = "";
            pipeline.resume();
            TestPump.until(() -> distinct() == PARTITIONS * 300);
            hasAllInOrder(300);
            assertThat(pipeline.state()).isEqualTo(PipelineState.RUNNING);
        }
    }

    @Test
    void aReloadFromTwoLanesToFourGoesOnWhereTheyWere() throws IOException {
        client.createTopic("reloaded", PARTITIONS);
        produce("reloaded", 0, 100);
        try (TestPump pump = pump("reloaded", 2)) {
            add(pump);
            pump.start();
            untilWorking("reloaded", 2);
            produce("reloaded", 100, 200);
            Path conf = conf();
            Files.writeString(conf, Files.readString(conf).replace("parallelism = 2", "parallelism = 4"), UTF_8);
            ReloadReport report = pump.app().reload().block();
            assertThat(report.items()).hasSize(1).first().hasToString("[pipeline:P] rebuilt");
            untilWorking("reloaded", 4);
            produce("reloaded", 200, 300);
            TestPump.until(() -> distinct() == PARTITIONS * 300);
            hasAllInOrder(300);
            assertThat(pump.app().meterRegistry().get("bspump.kafka.lag").gauges())
                    .hasSize(4);
            assertThat(pump.app().pumpService().references("K")).hasSize(4);
        }
    }

    @Test
    void lanesDeliverExactlyOnceAlsoThroughAReload() throws IOException {
        client.createTopic("once", PARTITIONS).createTopic("once-out", PARTITIONS);
        produce("once", 0, 100);
        String general = "[general]\nvar_dir = " + directory.resolve("var") + "\n";
        String exactly =
                configuration("once", 4).replace("parallelism = 4", "parallelism = 4\ndelivery = exactly_once");
        String sink = "[pipeline:P:KafkaSink]\ntopic = once-out\npartition = {_kafka_partition}\n";
        try (TestPump pump = new TestPump(directory, general + exactly + sink)) {
            pump.app()
                    .pumpService()
                    .addPipeline(
                            "P",
                            (app, id) -> TestPump.pipeline(
                                    app, id, (a, p) -> List.of(new KafkaSource(a, p, "K"), new KafkaSink(a, p, "K"))));
            pump.start();
            untilWorking("once", 4);
            produce("once", 100, 200);
            Path conf = conf();
            Files.writeString(conf, Files.readString(conf).replace("parallelism = 4", "parallelism = 2"), UTF_8);
            assertThat(pump.app().reload().block()).isNotNull().matches(ReloadReport::isComplete, "complete");
            produce("once", 200, 300);
            TestPump.until(() -> client.values("once-out").size() >= PARTITIONS * 300);
            Map<Integer, List<String>> out = new ConcurrentHashMap<>();
            client.read("once-out").forEach(record -> out.computeIfAbsent(record.partition(), key -> new ArrayList<>())
                    .add(new String(record.value(), UTF_8)));
            List<String> expected =
                    IntStream.range(0, 300).mapToObj(Integer::toString).toList();
            assertThat(out).hasSize(PARTITIONS).allSatisfy((partition, values) -> assertThat(values)
                    .isEqualTo(expected));
        }
    }

    private Path conf() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".conf"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void staticMembersHaveAnIdEach() {
        client.createTopic("static", PARTITIONS);
        produce("static", 0, 10);
        try (TestPump pump = new TestPump(directory, configuration("static", 3) + "group_instance_id = machine\n")) {
            add(pump);
            pump.start();
            untilWorking("static", 3);
            assertThat(client.group("static"))
                    .contains("groupInstanceId=machine-0")
                    .contains("groupInstanceId=machine-1")
                    .contains("groupInstanceId=machine-2");
        }
    }

    @Test
    void lanesWithoutPartitionsAreIdle() {
        client.createTopic("few", 2);
        client.sendNumbers("few", 0, 10);
        try (TestPump pump = pump("few", 4)) {
            add(pump);
            pump.start();
            TestPump.until(() -> distinct() >= 10
                    || seen.values().stream().mapToInt(List::size).sum() >= 10);
            untilWorking("few", 2);
            assertThat(pump.pipeline("P").state()).isEqualTo(PipelineState.RUNNING);
        }
    }
}
