package io.bspump.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import io.bspump.PipelineState;
import io.bspump.source.IteratorSource;
import io.bspump.test.FaultProxy;
import io.bspump.test.PipelineTester;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MQTTSinkTest {

    private TestBroker broker;
    private FaultProxy proxy;

    @BeforeEach
    void start() {
        broker = TestBroker.start();
        proxy = FaultProxy.start("127.0.0.1", broker.port());
    }

    @AfterEach
    void stop() {
        proxy.close();
        broker.close();
    }

    private PipelineTester tester(Map<String, String> config) {
        Map<String, String> all =
                new HashMap<>(Map.of("server", "tcp://127.0.0.1:" + proxy.port(), "client_id", "sink"));
        all.putAll(config);
        return PipelineTester.setup()
                .keepSinks()
                .test(application -> TestPump.pipeline(
                        application,
                        "P",
                        (app, pipeline) -> List.of(
                                new IteratorSource<>(app, pipeline, List.of(), "Source", Map.of()),
                                new MQTTSink(app, pipeline, null, null, all))));
    }

    private static void until(PipelineTester tester, Callable<Boolean> condition) {
        Awaitility.await()
                .pollInSameThread()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(2))
                .until(() -> {
                    tester.advance(Duration.ofMillis(10));
                    return condition.call();
                });
    }

    private static void untilSettled(PipelineTester tester) {
        until(tester, () -> !tester.settlements().contains(null) || tester.state() == PipelineState.ERROR);
    }

    private void assertError(Map<String, String> config, Object event, Map<String, ?> context, String text) {
        try (PipelineTester tester = tester(config)) {
            tester.push(event, context);
            until(tester, () -> !tester.errors().isEmpty());
            assertThat(tester.errors().get(0).error()).hasMessageContaining(text);
        }
    }

    @Test
    void publishesBytesTextAndNumbersToTheTopicOfTheSection() {
        try (PipelineTester tester = tester(Map.of("topic", "out"))) {
            tester.pushAll("bytes".getBytes(UTF_8), "text", 42);
            untilSettled(tester);
            tester.assertAllDelivered();
            assertThat(broker.messages()).containsExactly("out=bytes", "out=text", "out=42");
        }
    }

    @Test
    void theTopicCanComeFromTheContextOrBePutTogether() {
        try (PipelineTester tester = tester(Map.of())) {
            tester.push("1", Map.of("mqtt_topic", "from/context"));
            untilSettled(tester);
        }
        try (PipelineTester tester = tester(Map.of("topic", "mirror/{mqtt_topic}/{unit}"))) {
            tester.push("2", Map.of("mqtt_topic", "a/b", "unit", "K"));
            untilSettled(tester);
        }
        assertThat(broker.messages()).containsExactly("from/context=1", "mirror/a/b/K=2");
    }

    @Test
    void sendsThePropertiesOfSectionAndContext() {
        Map<String, String> config = Map.of(
                "topic", "out",
                "content_type", "text/plain",
                "message_expiry", "10m",
                "user_properties", "site=north");
        try (TestClient client = TestClient.to(broker).subscribe("out");
                PipelineTester tester = tester(config)) {
            tester.push("section");
            tester.push(
                    "context",
                    Map.of(
                            "mqtt_content_type", "application/json",
                            "mqtt_response_topic", "answers",
                            "mqtt_correlation_data", "id",
                            "mqtt_user_properties", Map.of("k", List.of("v1", "v2"))));
            untilSettled(tester);
            TestPump.until(() -> client.received().size() == 2);
            Mqtt5Publish first = client.received().get(0);
            assertThat(first.getContentType().orElseThrow()).hasToString("text/plain");
            assertThat(first.getMessageExpiryInterval().orElseThrow()).isBetween(590L, 600L);
            assertThat(first.getUserProperties().asList()).hasToString("[(site, north)]");
            Mqtt5Publish second = client.received().get(1);
            assertThat(second.getContentType().orElseThrow()).hasToString("application/json");
            assertThat(second.getResponseTopic().orElseThrow()).hasToString("answers");
            assertThat(second.getCorrelationData().orElseThrow().remaining()).isEqualTo(2);
            assertThat(second.getUserProperties().asList()).hasToString("[(k, v1), (k, v2)]");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "3.1.1"})
    void losesNothingWhileTheLineIsCut(String version) {
        List<String> expected =
                IntStream.range(0, 2000).mapToObj(i -> "out=" + i).toList();
        Map<String, String> config = Map.of(
                "topic", "out", "protocol_version", version, "reconnect_delay", "10ms", "reconnect_max_delay", "50ms");
        try (PipelineTester tester = tester(config)) {
            for (int i = 0; i < 2000; i++) {
                tester.push(Integer.toString(i));
                if (i % 400 == 200) {
                    proxy.cut();
                    tester.advance(Duration.ofMillis(100));
                }
            }
            untilSettled(tester);
            tester.assertAllDelivered();
            assertThat(broker.messages().stream().distinct().toList()).containsExactlyElementsOf(expected);
        }
    }

    @Test
    void keepsEventsWhileTheBrokerIsAway() {
        proxy.down();
        try (PipelineTester tester = tester(Map.of("topic", "out", "reconnect_max_delay", "50ms"))) {
            tester.pushAll("1", "2", "3");
            tester.advance(Duration.ofSeconds(1));
            assertThat(tester.settlements()).containsExactly(null, null, null);
            assertThat(tester.pipeline().waitingFor()).hasValue("connection 'P.MQTTSink'");
            proxy.heal();
            untilSettled(tester);
            tester.assertAllDelivered();
            assertThat(broker.messages()).containsExactly("out=1", "out=2", "out=3");
        }
    }

    @Test
    void whatCannotBePublishedIsAnErrorOfTheEvent() {
        assertError(
                Map.of("topic", "out"), List.of(1), Map.of(), "events must be bytes, text or numbers to be published");
        assertError(
                Map.of(),
                "x",
                Map.of(),
                "[pipeline:P:MQTTSink] topic must be set, or mqtt_topic in the event's context");
        assertError(Map.of(), "x", Map.of("mqtt_topic", "a/#"), "'a/#' is no topic to publish to");
        assertError(Map.of("topic", "a/{b}"), "x", Map.of(), "the topic needs 'b' in the event's context");
        assertError(
                Map.of("topic", "a", "max_packet_size", "1000"),
                "x".repeat(1000),
                Map.of(),
                "a message of 1000 bytes to 'a' cannot be published: ");
        assertError(
                Map.of("topic", "a", "max_packet_size", "1000", "protocol_version", "3.1.1"),
                "x".repeat(1000),
                Map.of(),
                "a message of 1000 bytes to 'a' is larger than max_packet_size, which is 1000");
    }

    @Test
    void refusesQos2OverASessionThatOutlivesTheProcess() {
        try (PipelineTester tester = tester(Map.of("topic", "a", "qos", "2"))) {
            until(tester, () -> tester.state() == PipelineState.ERROR);
            assertThat(tester.errors().get(0).error())
                    .hasMessageContaining("[pipeline:P:MQTTSink] qos must be 0 or 1 over [connection:P.MQTTSink],"
                            + " or that must have clean_start = yes, was '2'");
        }
    }
}
