package io.bspump.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.bspump.PipelineState;
import io.bspump.test.FaultProxy;
import io.bspump.test.FaultScript;
import io.bspump.test.LossAccount;
import io.bspump.test.RecordingSink;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** A pump from topic to topic over a network that fails: it goes on by itself, and nothing is missing. */
class KafkaNetworkTest {

    private static final int RECORDS = 5000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void goesOnWhateverTheNetworkDoes(String protocol) {
        TestBroker.Builder builder = TestBroker.builder();
        try (FaultProxy proxy = FaultProxy.start("127.0.0.1", builder.port());
                TestBroker broker = builder.advertise(proxy.port()).start();
                TestClient client = TestClient.to(broker);
                TestPump pump = new TestPump(directory, configuration(proxy.port(), protocol))) {
            client.createTopic("in", 3).createTopic("out", 3);
            pump.app()
                    .pumpService()
                    .addPipeline(TestPump.pipeline(
                            pump.app(), "P", (a, p) -> List.of(new KafkaSource(a, p, "K"), new KafkaSink(a, p, "K"))));
            pump.start();
            proxy.play(FaultScript.random(20, Duration.ofMillis(300)));
            for (int i = 0; i < RECORDS; i += 100) {
                client.sendNumbers("in", i, i + 100);
            }
            proxy.awaitScript(PATIENCE);
            proxy.heal();
            Awaitility.await().atMost(PATIENCE).until(() -> committed(client) == RECORDS);
            assertThat(pump.pipeline("P").state()).isEqualTo(PipelineState.RUNNING);
            LossAccount account = new LossAccount();
            account.expect(0, RECORDS - 1);
            client.forEach(
                    "out", record -> account.saw(Long.parseLong(new String(record.value(), StandardCharsets.UTF_8))));
            account.assertNothingMissing();
        }
    }

    /** The consumer is the first to notice that nothing comes through any more, and has it looked into. */
    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void aSourceThatGetsNoAnswerWaitsForTheConnection(String protocol) {
        TestBroker.Builder builder = TestBroker.builder();
        try (FaultProxy proxy = FaultProxy.start("127.0.0.1", builder.port());
                TestBroker broker = builder.advertise(proxy.port()).start();
                TestClient client = TestClient.to(broker);
                TestPump pump = new TestPump(
                        directory, connection(proxy.port()).replace("ping_interval = 200ms", "ping_interval = 1h"))) {
            client.createTopic("in", 3).sendNumbers("in", 0, 100);
            pump.slow("Idle", "K");
            pump.start();
            pump.untilConnected("K");
            proxy.stall();
            RecordingSink recorder = pump.record(
                    "P", (a, p) -> new KafkaSource(a, p, "K", null, Map.of("topic", "in", "group_protocol", protocol)));
            TestPump.until(() -> !pump.connection("K").status().isConnected());
            proxy.heal();
            Awaitility.await().atMost(PATIENCE).until(() -> recorder.seen().size() >= 100);
            assertThat(pump.pipeline("P").state()).isEqualTo(PipelineState.RUNNING);
        }
    }

    /** Its partitions are taken from it while it polls without getting records. */
    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void aSourceThatIsThrownOutWhileItsPipelineIsSlowComesBack(String protocol) {
        TestBroker.Builder builder = TestBroker.builder()
                .set("group.consumer.session.timeout.ms", "300")
                .set("group.consumer.heartbeat.interval.ms", "100");
        String conf = configuration(0, protocol)
                .replace("ping_interval = 200ms", "ping_interval = 1h")
                .replace("session_timeout_ms = 2000", "session_timeout_ms = 300")
                .replace("heartbeat_interval_ms = 200", "heartbeat_interval_ms = 100")
                .replace("[pipeline:P:KafkaSink]\ntopic = out\n", "[pipeline:P]\nmax_in_flight = 10\n");
        try (FaultProxy proxy = FaultProxy.start("127.0.0.1", builder.port());
                TestBroker broker = builder.advertise(proxy.port()).start();
                TestClient client = TestClient.to(broker);
                TestPump pump = new TestPump(
                        directory, conf.replace("127.0.0.1:0\n", proxy.host() + ":" + proxy.port() + "\n"))) {
            client.createTopic("in", 12).sendNumbers("in", 0, RECORDS);
            RecordingSink recorder = pump.record("P", (a, p) -> new KafkaSource(a, p, "K"));
            recorder.hold();
            pump.start();
            TestPump.until(() -> recorder.seen().size() == 10);
            for (int time = 0; time < 3; time++) {
                proxy.stall();
                TestPump.until(() -> client.members("P") == 0);
                proxy.heal();
                TestPump.until(() -> client.working("P") == 1);
            }
            recorder.release();
            TestPump.until(() -> new HashSet<>(recorder.texts()).size() == RECORDS);
            assertThat(pump.pipeline("P").state()).isEqualTo(PipelineState.RUNNING);
        }
    }

    @Test
    void whatTheDriverGivesUpIsSentAgainInItsPlace() {
        TestBroker.Builder builder = TestBroker.builder();
        String sink = "[pipeline:P:KafkaSink]\ntopic = out\nconcurrency = 50\ndelivery_timeout_ms = 1500\n";
        String conf = connection(0)
                        .replace("ping_interval = 200ms", "ping_interval = 1h")
                        .replace(":0\n", ":PORT\n")
                + sink;
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(KafkaSink.class);
        try (FaultProxy proxy = FaultProxy.start("127.0.0.1", builder.port());
                TestBroker broker = builder.advertise(proxy.port()).start();
                TestClient client = TestClient.to(broker);
                TestPump pump = new TestPump(directory, conf.replace("PORT", Integer.toString(proxy.port())))) {
            client.createTopic("out", 1);
            TestPump.Slow source = pump.slow("P", "K");
            pump.start();
            source.emit("0");
            TestPump.until(() -> client.values("out").size() == 1);
            log.start();
            logger.addAppender(log);
            proxy.stall();
            IntStream.rangeClosed(1, 200).forEach(i -> source.emit(Integer.toString(i)));
            TestPump.until(() -> log.list.stream()
                    .anyMatch(event -> event.getFormattedMessage().contains("made anew")));
            proxy.heal();
            TestPump.until(() -> client.values("out").contains("200"));
            assertThat(client.values("out").stream().distinct().toList())
                    .isEqualTo(IntStream.rangeClosed(0, 200)
                            .mapToObj(Integer::toString)
                            .toList());
        } finally {
            logger.detachAppender(log);
        }
    }

    private static String configuration(int port, String protocol) {
        String quick = protocol.equals("classic") ? "session_timeout_ms = 2000\nheartbeat_interval_ms = 200\n" : "";
        return connection(port) + "[pipeline:P:KafkaSource]\ntopic = in\ncommit_interval = 50ms\nstart = 0\n"
                + "group_protocol = " + protocol + "\n" + quick + "[pipeline:P:KafkaSink]\ntopic = out\n";
    }

    private static String connection(int port) {
        return "[connection:K]\ntype = kafka\nbootstrap_servers = 127.0.0.1:" + port
                + "\nping_interval = 200ms\nping_timeout = 500ms\nreconnect_max_delay = 500ms\n"
                + "request_timeout_ms = 1000\nreconnect_backoff_max_ms = 100\nmax_block_ms = 2000\n"
                + "default_api_timeout_ms = 2000\nmetadata_max_age_ms = 300\n";
    }

    private static long committed(TestClient client) {
        long sum = 0;
        for (int partition = 0; partition < 3; partition++) {
            sum += Math.max(0, client.committed("P", "in", partition));
        }
        return sum;
    }
}
