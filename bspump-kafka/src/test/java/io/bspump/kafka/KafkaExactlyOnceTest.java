package io.bspump.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.DeadLetter;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.Processor;
import io.bspump.Processors;
import io.bspump.sink.NullSink;
import io.bspump.sink.PrintSink;
import io.bspump.source.IteratorSource;
import io.micrometer.core.instrument.FunctionCounter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** From topic to topic in transactions: each record is there once for who reads what is committed. */
class KafkaExactlyOnceTest {

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

    /** From topic to topic; what begins with {@code !} is dropped, {@code TOPIC>TEXT} goes elsewhere, {@code huge} is huge. */
    private static final class Copying extends Pipeline {

        private final Queue<DeadLetter> letters = new ConcurrentLinkedQueue<>();

        Copying(Application app) {
            super(app, "P");
            build(new KafkaSource(app, this, "K"), new Reading(app, this), new KafkaSink(app, this, "K"));
            deadLetter(Processors.map(app, this, "Keep", this::keep), new NullSink(app, this));
        }

        private DeadLetter keep(DeadLetter letter) {
            letters.add(letter);
            return letter;
        }
    }

    private static final class Reading extends Processor<byte[], byte[]> {

        Reading(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected byte[] process(Context context, byte[] event) {
            String text = new String(event, UTF_8);
            if (text.startsWith("!")) {
                return null;
            }
            int end = text.indexOf('>');
            context.put("kafka_topic", end < 0 ? context.get("_kafka_topic") + "-out" : text.substring(0, end));
            return text.equals("huge")
                    ? new byte[60_000]
                    : text.substring(end + 1).getBytes(UTF_8);
        }
    }

    private TestPump pump(String topic, String more) {
        return pump(topic, "stop", more);
    }

    private TestPump pump(String topic, String policy, String more) {
        return configured(topic, policy, "heartbeat_interval_ms = 100\nsession_timeout_ms = 2000\n" + more);
    }

    private TestPump pumpBy(String protocol, String topic) {
        return configured(topic, "stop", "group_protocol = " + protocol + "\n");
    }

    private TestPump configured(String topic, String policy, String more) {
        return new TestPump(
                directory,
                "[general]\nvar_dir = " + directory + "\n[connection:K]\ntype = kafka\nbootstrap_servers = "
                        + broker.servers() + "\nmetadata_max_age_ms = 300\nmax_block_ms = 1000\n"
                        + "[pipeline:P]\ndelivery = exactly_once\nretry_delay = 100ms\non_error = " + policy
                        + "\n[pipeline:P:KafkaSource]\ntopic = "
                        + topic + "\ngroup_id = " + topic + "\n" + more);
    }

    private static Copying start(TestPump pump) {
        Copying copying = new Copying(pump.app());
        pump.app().pumpService().addPipeline(copying);
        pump.start();
        return copying;
    }

    private static void topics(String name, int partitions) {
        client.createTopic(name, partitions).createTopic(name + "-out", partitions);
    }

    private static void untilCommitted(String topic, long records) {
        TestPump.until(() -> IntStream.range(0, client.partitions(topic))
                        .mapToLong(partition -> Math.max(0, client.committed(topic, topic, partition)))
                        .sum()
                == records);
    }

    private static List<String> numbers(int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }

    @Test
    void commitsOffsetsInTheTransactionsOfTheirRecords() {
        topics("copies", 4);
        client.sendNumbers("copies", 0, 1000);
        try (TestPump pump = pump("copies", "[pipeline:P:KafkaSink]\ntransaction_size = 100\n")) {
            start(pump);
            untilCommitted("copies", 1000);
            assertThat(client.values("copies-out")).containsExactlyInAnyOrderElementsOf(numbers(1000));
        }
        // Beside its records each partition has marks where transactions end.
        assertThat(client.count("copies-out")).isGreaterThan(1000 + 4);
    }

    @Test
    void aStopCommitsWhatIsOpenAndTheNextLifeGoesOnBehindIt() {
        topics("lives", 3);
        client.sendNumbers("lives", 0, 100);
        for (int life = 1; life <= 3; life++) {
            try (TestPump pump = pump("lives", "[pipeline:P:KafkaSink]\ntransaction_interval = 1m\n")) {
                Copying copying = start(pump);
                int all = life * 100;
                TestPump.until(() -> copying.unsettled() == 100);
                assertThat(client.values("lives-out")).hasSize(all - 100);
            }
            assertThat(client.values("lives-out")).containsExactlyInAnyOrderElementsOf(numbers(life * 100));
            client.sendNumbers("lives", life * 100, life * 100 + 100);
        }
    }

    @Test
    void commitsTheOffsetsOfRecordsThatAreDropped() {
        topics("drops", 1);
        client.send("drops", "!a", "b", "!c", "!d");
        try (TestPump pump = pump("drops", "")) {
            start(pump);
            untilCommitted("drops", 4);
            client.send("drops", "!e");
            untilCommitted("drops", 5);
            assertThat(client.values("drops-out")).containsExactly("b");
        }
    }

    @Test
    @SuppressWarnings("FutureReturnValueIgnored") // an error shows in what is missing
    void readsOnlyWhatIsCommitted() {
        topics("aborts", 1);
        Map<String, Object> properties =
                Map.of("bootstrap.servers", broker.internal(), "transactional.id", "test", "metric.reporters", "");
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("aborts", "never".getBytes(UTF_8)));
            producer.flush();
            producer.abortTransaction();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("aborts", "yes".getBytes(UTF_8)));
            producer.commitTransaction();
        }
        try (TestPump pump = pump("aborts", "")) {
            start(pump);
            TestPump.until(() -> client.values("aborts-out").equals(List.of("yes")));
        }
    }

    /** The brokers do not say where the group is as long as a transaction with its offsets may yet be committed. */
    @Test
    @SuppressWarnings("FutureReturnValueIgnored") // an error shows in what is there
    void whatAKilledPumpHasLeftOpenEndsAtTheStart() {
        topics("left", 1);
        client.sendNumbers("left", 0, 10);
        Map<String, Object> properties = Map.of(
                "bootstrap.servers",
                broker.internal(),
                "transactional.id",
                "left-0",
                "transaction.timeout.ms",
                "600000",
                "metric.reporters",
                "");
        try (KafkaProducer<byte[], byte[]> killed =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            killed.initTransactions();
            killed.beginTransaction();
            killed.send(new ProducerRecord<>("left-out", "0".getBytes(UTF_8)));
            killed.sendOffsetsToTransaction(
                    Map.of(new TopicPartition("left", 0), new OffsetAndMetadata(1)), client.outsider("left"));
            killed.flush();
            try (TestPump pump = pump("left", "[pipeline:P:KafkaSink]\ntransactional_id = left\n")) {
                start(pump);
                untilCommitted("left", 10);
                assertThat(client.values("left-out")).containsExactlyElementsOf(numbers(10));
            }
            killed.close(Duration.ZERO);
        }
    }

    /** As brokers may say for a moment after a crash. */
    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void aPositionThatTheBrokersDoNotKnowIsWaitedForInsteadOfBeginningAgain(String protocol) {
        String topic = "unknown-" + protocol;
        topics(topic, 1);
        client.sendNumbers(topic, 0, 3).commit(topic, topic, 5);
        try (TestPump pump = pumpBy(protocol, topic)) {
            start(pump);
            TestPump.until(() -> rewinds(pump) >= 2);
            assertThat(client.values(topic + "-out")).isEmpty();
            client.sendNumbers(topic, 3, 8);
            untilCommitted(topic, 8);
            assertThat(client.values(topic + "-out")).containsExactly("5", "6", "7");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void goesOnBehindWhatWasDeletedBeforeItWasRead(String protocol) {
        String topic = "expired-" + protocol;
        topics(topic, 1);
        client.sendNumbers(topic, 0, 8).commit(topic, topic, 2).deleteRecords(topic, 5);
        try (TestPump pump = pumpBy(protocol, topic)) {
            start(pump);
            untilCommitted(topic, 8);
            assertThat(client.values(topic + "-out")).containsExactly("5", "6", "7");
            assertThat(rewinds(pump)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void goesOnWhenATopicIsDeletedAndMadeAgain(String protocol) {
        String topic = "again-" + protocol;
        topics(topic, 1);
        client.sendNumbers(topic, 0, 5);
        try (TestPump pump = pumpBy(protocol, topic)) {
            start(pump);
            untilCommitted(topic, 5);
            client.deleteTopic(topic);
            client.createTopic(topic, 1).sendNumbers(topic, 100, 103);
            TestPump.until(() -> client.values(topic + "-out").size() >= 8);
            assertThat(client.values(topic + "-out")).containsExactly("0", "1", "2", "3", "4", "100", "101", "102");
        }
    }

    @Test
    void saysThatNothingIsCommittedWhereThatIsAnError() {
        topics("none", 1);
        client.send("none", "1");
        try (TestPump pump = pump("none", "start = none\n")) {
            Copying copying = start(pump);
            TestPump.until(() -> copying.state() == PipelineState.ERROR);
            assertThat(copying.error().orElseThrow().error()).hasMessageContaining("Undefined offset");
        }
        assertThat(client.values("none-out")).isEmpty();
    }

    @Test
    void aRecordThatCannotBeSentBecomesADeadLetterAlone() {
        topics("huge", 1);
        client.send("huge", "1", "huge", "2", "nowhere>3", "nowhere>4", "5", "no such name>6");
        try (TestPump pump = pump("huge", "dead_letter", "")) {
            Copying copying = start(pump);
            untilCommitted("huge", 7);
            assertThat(client.values("huge-out")).containsExactly("1", "2", "5");
            assertThat(copying.letters)
                    .extracting(letter -> letter.error().getMessage())
                    .containsExactlyInAnyOrder(
                            "the record for topic 'huge-out' cannot be sent: it is larger than 50000 bytes,"
                                    + " the topic's max.message.bytes",
                            "topic 'nowhere', or its partition, does not exist",
                            "topic 'nowhere', or its partition, does not exist",
                            "'no such name' is no name of a topic");
        }
    }

    @Test
    void aTopicThatTakesLessThanTheDriversBatchesGetsAllInOrder() {
        client.createTopic("narrow", 1).createTopic("narrow-out", 1, Map.of("max.message.bytes", "20000"));
        String[] texts = IntStream.range(0, 500)
                .mapToObj(i -> i + " " + "x".repeat(1000))
                .toArray(String[]::new);
        client.send("narrow", texts);
        try (TestPump pump = pump("narrow", "")) {
            start(pump);
            untilCommitted("narrow", texts.length);
            assertThat(client.values("narrow-out")).containsExactly(texts);
        }
    }

    @Test
    void commitsNothingOverARecordThatIsHeld() {
        topics("held", 1);
        client.send("held", "1", "later>2", "3");
        try (TestPump pump = pump("held", "")) {
            Copying copying = start(pump);
            TestPump.until(() -> copying.state() == PipelineState.ERROR);
            assertThat(client.values("held-out")).isEmpty();
            assertThat(client.committed("held", "held", 0)).isLessThanOrEqualTo(0);
            client.createTopic("later", 1);
            copying.resume();
            untilCommitted("held", 3);
            assertThat(client.values("held-out")).containsExactly("1", "3");
            assertThat(client.values("later")).containsExactly("2");
        }
    }

    @Test
    void whatTheBrokersNeverTakeIsAnErrorAndHoldsAll() {
        topics("never", 1);
        client.send("never", "1");
        try (TestPump pump = pump("never", "[pipeline:P:KafkaSink]\ntransaction_timeout_ms = 2000000000\n")) {
            Copying copying = start(pump);
            TestPump.until(() -> copying.state() == PipelineState.ERROR);
            assertThat(copying.error().orElseThrow().error()).hasMessageContaining("transaction timeout");
        }
        assertThat(client.values("never-out")).isEmpty();
    }

    /** What happens to a pump that was frozen: its group goes on without it, and it does not know. */
    @Test
    void aMemberThatWasThrownOutWritesNothingTwice() {
        String topic = "thrown";
        topics(topic, 6);
        String small = "[pipeline:P:KafkaSink]\ntransaction_size = 50\n";
        try (TestPump first = pump(topic, small);
                TestPump second = pump(topic, small)) {
            client.send(topic, "first");
            start(first);
            start(second);
            untilCommitted(topic, 1);
            int count = 0;
            // It may happen that nothing is in flight just then.
            while (count < 4000 || (rewinds(first) + rewinds(second) == 0 && count < 40_000)) {
                TestPump.until(() -> client.members(topic) == 2 && client.working(topic) == 2);
                client.sendNumbers(topic, count, count + 2000);
                throwOut(topic);
                count += 2000;
            }
            untilCommitted(topic, count + 1);
            List<String> once = new ArrayList<>(numbers(count));
            once.add("first");
            assertThat(client.values(topic + "-out")).containsExactlyInAnyOrderElementsOf(once);
            assertThat(rewinds(first) + rewinds(second)).isPositive();
        }
    }

    /** Holds what begins with {@code hold} until it is told to go on. */
    private static final class Holding extends Pipeline {

        private final Sinks.Empty<Void> released = Sinks.empty();
        private final AtomicInteger held = new AtomicInteger();

        Holding(Application app) {
            super(app, "P");
            build(
                    new KafkaSource(app, this, "K"),
                    Processors.mapAsync(app, this, "Hold", this::hold),
                    new KafkaSink(app, this, "K", null, Map.of("topic", "zombie-out")));
        }

        private Mono<byte[]> hold(byte[] event) {
            if (!new String(event, UTF_8).startsWith("hold")) {
                return Mono.just(event);
            }
            held.incrementAndGet();
            return released.asMono().thenReturn(event);
        }
    }

    @Test
    void aMemberThatWasThrownOutWhileItGaveUpPartitionsTakesNoOffsetBack() {
        String topic = "zombie";
        topics(topic, 2);
        try (TestPump first = pump(topic, "rebalance_timeout = 3s\n");
                TestPump second = pump(topic, "")) {
            Holding holding = new Holding(first.app());
            first.app().pumpService().addPipeline(holding);
            first.start();
            toBoth(topic, "hold");
            TestPump.until(() -> holding.held.get() == 2);
            start(second);
            // In the next generation the first one is to give up a partition, and waits for what is held of it.
            TestPump.until(() -> client.members(topic) == 2
                    && client.working(topic) == 1
                    && client.group(topic).contains("groupState=Stable"));
            throwOut(topic);
            toBoth(topic, numbers(1000).toArray(String[]::new));
            TestPump.until(() -> IntStream.range(0, 2).anyMatch(each -> client.committed(topic, topic, each) == 1001));

            holding.released.tryEmitEmpty();

            TestPump.until(() -> rewinds(first) > 0);
            TestPump.until(() -> client.working(topic) == 2);
            toBoth(topic, "last");
            untilCommitted(topic, 2004);
            List<String> once = new ArrayList<>(numbers(1000));
            once.addAll(List.of("hold", "last"));
            List<String> twice = new ArrayList<>(once);
            twice.addAll(once);
            assertThat(client.values(topic + "-out"))
                    .as("of each partition once")
                    .containsExactlyInAnyOrderElementsOf(twice);
        }
    }

    private static void toBoth(String topic, String... values) {
        for (String value : values) {
            client.send(new ProducerRecord<>(topic, 0, null, value.getBytes(UTF_8)));
            client.send(new ProducerRecord<>(topic, 1, null, value.getBytes(UTF_8)));
        }
        client.flush();
    }

    private static double rewinds(TestPump pump) {
        FunctionCounter counter =
                pump.app().meterRegistry().find("bspump.pipeline.rewind").functionCounter();
        return counter == null ? 0 : counter.count();
    }

    private static void throwOut(String group) {
        TestClient.get(client.admin()
                .removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions())
                .all());
    }

    @Test
    void membersThatComeAndGoWriteNothingTwice() {
        topics("comes", 6);
        String small = "[pipeline:P:KafkaSink]\ntransaction_size = 50\n";
        try (TestPump first = pump("comes", small)) {
            start(first);
            client.sendNumbers("comes", 4000, 4001);
            untilCommitted("comes", 1);
            for (int i = 0; i < 2; i++) {
                client.sendNumbers("comes", i * 2000, i * 2000 + 1000);
                try (TestPump second = pump("comes", small)) {
                    start(second);
                    client.sendNumbers("comes", i * 2000 + 1000, i * 2000 + 2000);
                    TestPump.until(() -> client.working("comes") == 2);
                }
            }
            untilCommitted("comes", 4001);
            assertThat(client.values("comes-out")).containsExactlyInAnyOrderElementsOf(numbers(4001));
            assertThat(rewinds(first)).isZero();
        }
    }

    @Test
    void refusesWhatCannotBeOneTransaction() {
        String start =
                """
                [connection:K]
                type = kafka
                bootstrap_servers = a:1, b:2
                [connection:L]
                type = kafka
                bootstrap_servers = c:1
                [pipeline:P]
                delivery = exactly_once
                """;
        String why = "[pipeline:P] delivery exactly_once is not possible: ";
        assertThat(TestPump.problems(directory, start, app -> add(app, "t", "L", "read_committed")))
                .containsExactly(
                        why + "KafkaSource reads by connection 'K' and KafkaSink sends by 'L', which have no broker"
                                + " in common; a transaction is of one cluster; use at_least_once (8)");
        assertThat(TestPump.problems(directory, start, app -> add(app, "t", "K", "read_uncommitted")))
                .containsExactly(
                        why + "KafkaSource reads with isolation_level = read_uncommitted, also what was never"
                                + " committed; leave it out; use at_least_once with a sink that overwrites, such as mode = upsert (8)");
        assertThat(TestPump.problems(directory, start, app -> app.pumpService()
                        .addPipeline(TestPump.pipeline(
                                app,
                                "P",
                                (a, p) -> List.of(new IteratorSource<>(a, p, List.of()), new KafkaSink(a, p, "K"))))))
                .containsExactly(why + "IteratorSource cannot read again from a position; use at_least_once with a sink"
                        + " that overwrites, such as mode = upsert (8)");
        assertThat(TestPump.problems(directory, start, app -> app.pumpService()
                        .addPipeline(TestPump.pipeline(
                                app,
                                "P",
                                (a, p) -> List.of(
                                        new KafkaSource(a, p, "K", null, Map.of("topic", "t")), new PrintSink(a, p))))))
                .containsExactly(why + "PrintSink cannot write positions in one transaction with events;"
                        + " use at_least_once (8)");
    }

    private static void add(Application app, String topic, String sink, String isolation) {
        app.pumpService()
                .addPipeline(TestPump.pipeline(
                        app,
                        "P",
                        (a, p) -> List.of(
                                new KafkaSource(a, p, "K", null, Map.of("topic", topic, "isolation_level", isolation)),
                                new KafkaSink(a, p, sink))));
    }
}
