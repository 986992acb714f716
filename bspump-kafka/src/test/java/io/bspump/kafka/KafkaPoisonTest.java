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
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records that cannot be processed, and events that brokers refuse, under each error policy. */
class KafkaPoisonTest {

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

    /** From topic to topic; {@code KEY@TOPIC TEXT} says with what key and where, {@code poison} is poison. */
    private static final class Relay extends Pipeline {

        private final Queue<DeadLetter> letters = new ConcurrentLinkedQueue<>();

        Relay(Application app) {
            super(app, "P");
            build(new KafkaSource(app, this, "K"), new Reading(app, this), new KafkaSink(app, this, "K"));
            deadLetter(Processors.map(app, this, "Keep", this::keep), new NullSink(app, this));
        }

        private DeadLetter keep(DeadLetter letter) {
            letters.add(letter);
            return letter;
        }
    }

    private static final class Reading extends Processor<byte[], String> {

        Reading(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected String process(Context context, byte[] event) {
            String text = new String(event, UTF_8);
            if (text.equals("poison")) {
                throw new IllegalArgumentException("this is poison");
            }
            int at = text.indexOf('@');
            if (at > 0) {
                context.put("kafka_key", text.substring(0, at));
            }
            context.put("kafka_topic", text.substring(at + 1, text.indexOf(' ')));
            return text.substring(text.indexOf(' ') + 1);
        }
    }

    private TestPump pump(String in, String policy) {
        return new TestPump(
                directory,
                "[connection:K]\ntype = kafka\nbootstrap_servers = " + broker.servers() + "\nmax_block_ms = 1000\n"
                        + "[pipeline:P]\non_error = " + policy + "\n[pipeline:P:KafkaSource]\ncommit_interval = 20ms\n"
                        + "topic = " + in + "\ngroup_id = " + in + "\n");
    }

    private static Relay start(TestPump pump) {
        Relay relay = new Relay(pump.app());
        pump.app().pumpService().addPipeline(relay);
        pump.start();
        return relay;
    }

    private static void untilCommitted(String in, long offset) {
        TestPump.until(() -> client.committed(in, in, 0) == offset);
    }

    @Test
    void poisonIsSkipped() {
        client.createTopic("skip", 1).createTopic("skipped", 1);
        client.send("skip", "skipped 1", "poison", "skipped 2");
        try (TestPump pump = pump("skip", "skip")) {
            start(pump);
            untilCommitted("skip", 3);
            assertThat(client.values("skipped")).containsExactly("1", "2");
        }
    }

    @Test
    void poisonBecomesADeadLetterThatKnowsWhereItStood() {
        client.createTopic("letter", 1).createTopic("lettered", 1);
        client.send("letter", "lettered 1", "poison", "lettered 2");
        try (TestPump pump = pump("letter", "dead_letter")) {
            Relay relay = start(pump);
            untilCommitted("letter", 3);
            assertThat(client.values("lettered")).containsExactly("1", "2");
            assertThat(relay.letters).singleElement().satisfies(letter -> {
                assertThat(letter.error()).hasMessage("this is poison");
                assertThat(letter.context())
                        .containsEntry("_kafka_topic", "letter")
                        .containsEntry("_kafka_offset", 1L);
            });
        }
    }

    @Test
    void poisonStopsAtItsOffset() {
        client.createTopic("stop", 1).createTopic("stopped", 1);
        client.send("stop", "stopped 1", "poison", "stopped 2");
        for (int start = 0; start < 2; start++) {
            try (TestPump pump = pump("stop", "stop")) {
                Relay relay = start(pump);
                TestPump.until(() -> relay.state() == PipelineState.ERROR);
                assertThat(relay.error().orElseThrow().toString()).contains("this is poison");
                untilCommitted("stop", 1);
            }
            assertThat(client.committed("stop", "stop", 0)).isEqualTo(1);
        }
        assertThat(client.values("stopped")).startsWith("1").doesNotContain("poison");
    }

    @Test
    void whatBrokersRefuseIsRefusedAlone() {
        client.createTopic("refuse", 1)
                .createTopic("compacted", 1, java.util.Map.of("cleanup.policy", "compact"))
                .createTopic("plain", 1);
        client.send(
                "refuse",
                "a@compacted 1",
                "compacted 2",
                "plain 3",
                "b@compacted 4",
                "no/topic 5",
                "nowhere 6",
                "c@compacted 7",
                "plain 8");
        try (TestPump pump = pump("refuse", "dead_letter")) {
            Relay relay = start(pump);
            untilCommitted("refuse", 8);
            assertThat(client.values("compacted")).contains("1", "4", "7").doesNotContain("2");
            assertThat(client.values("plain")).contains("3", "8");
            assertThat(relay.letters).extracting(DeadLetter::event).containsExactlyInAnyOrder("2", "5", "6");
            assertThat(relay.letters)
                    .extracting(letter -> letter.error().getMessage())
                    .anyMatch(text -> text.startsWith("the record for topic 'compacted' cannot be sent: "))
                    .contains("'no/topic' is no name of a topic", "topic 'nowhere', or its partition, does not exist");
        }
    }
}
