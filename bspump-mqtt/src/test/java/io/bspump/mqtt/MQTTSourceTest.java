package io.bspump.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import io.bspump.config.ConfigException;
import io.bspump.test.FaultProxy;
import io.bspump.test.Output;
import io.bspump.test.RecordingSink;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MQTTSourceTest {

    @TempDir
    Path directory;

    private TestBroker broker;
    private FaultProxy proxy;
    private TestClient client;

    @BeforeEach
    void start() {
        broker = TestBroker.start();
        proxy = FaultProxy.start("127.0.0.1", broker.port());
        client = TestClient.to(broker);
    }

    @AfterEach
    void stop() {
        client.close();
        proxy.close();
        broker.close();
    }

    private TestPump pump(String more) {
        return new TestPump(
                directory,
                """
                [general]
                stop_when_finished = no
                [connection:Broker]
                type = mqtt
                server = tcp://127.0.0.1:%d
                client_id = pump
                reconnect_delay = 10ms
                reconnect_max_delay = 100ms
                %s
                """
                        .formatted(proxy.port(), more));
    }

    /** Publishes until the recorder has got one, so that it must have subscribed; forgets what came. */
    private void untilSubscribed(RecordingSink recorder, String topic) {
        TestPump.until(() -> {
            client.publish(topic, "probe");
            return !recorder.seen().isEmpty();
        });
        TestPump.until(() -> {
            int before = recorder.seen().size();
            client.publish(topic, "last probe");
            return recorder.texts().contains("last probe") && recorder.seen().size() > before;
        });
        recorder.seen().clear();
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "3.1.1"})
    void tellsTopicQosAndRetainInTheContext(String version) {
        try (TestPump pump = pump("protocol_version = " + version)) {
            RecordingSink recorder = pump.record("P", "sensors/+/t", 1);
            pump.start();
            untilSubscribed(recorder, "sensors/x/t");
            client.publish("sensors/oslo/t", "21.5");
            TestPump.until(() -> recorder.texts().contains("21.5"));
            Output seen = recorder.seen().get(recorder.texts().indexOf("21.5"));
            assertThat(seen.context())
                    .containsExactlyInAnyOrderEntriesOf(
                            Map.of("mqtt_topic", "sensors/oslo/t", "mqtt_qos", 1, "mqtt_retain", false));
        }
    }

    @Test
    void tellsThePropertiesOfVersion5InTheContext() {
        try (TestPump pump = pump("")) {
            RecordingSink recorder = pump.record("P", "a/#", 2);
            pump.start();
            untilSubscribed(recorder, "a");
            client.publish(Mqtt5Publish.builder()
                    .topic("a/b")
                    .payload("x".getBytes(UTF_8))
                    .qos(MqttQos.EXACTLY_ONCE)
                    .contentType("text/plain")
                    .responseTopic("answers")
                    .correlationData("c".getBytes(UTF_8))
                    .messageExpiryInterval(600)
                    .userProperties()
                    .add("k", "v1")
                    .add("k", "v2")
                    .applyUserProperties()
                    .build());
            TestPump.until(() -> recorder.texts().contains("x"));
            Map<String, Object> context =
                    recorder.seen().get(recorder.texts().indexOf("x")).context();
            assertThat(context)
                    .containsEntry("mqtt_qos", 2)
                    .containsEntry("mqtt_content_type", "text/plain")
                    .containsEntry("mqtt_response_topic", "answers")
                    .containsEntry("mqtt_user_properties", Map.of("k", List.of("v1", "v2")));
            assertThat((byte[]) context.get("mqtt_correlation_data")).asString().isEqualTo("c");
            assertThat((Long) context.get("mqtt_message_expiry")).isBetween(590L, 600L);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "3.1.1"})
    void acknowledgesWhatHasSettledAndGetsTheRestAgain(String version) {
        try (TestPump pump = pump("protocol_version = " + version)) {
            RecordingSink recorder = pump.record("P", "a", 1);
            pump.start();
            untilSubscribed(recorder, "a");
            recorder.hold();
            numbers(0, 20).forEach(number -> client.publish("a", number));
            TestPump.until(() -> recorder.seen().size() >= 20);
            recorder.seen().clear();
            proxy.cut();
            TestPump.until(() -> recorder.texts().containsAll(numbers(0, 20)));
            recorder.seen().clear();
            recorder.release();
            TestPump.until(() ->
                    pump.app().pumpService().locateConnection("Broker").status().isConnected());
            client.publish("a", "end");
            TestPump.until(() -> recorder.texts().contains("end"));
        }
        // Everything has settled, so the session has nothing left.
        try (TestPump pump = pump("protocol_version = " + version)) {
            RecordingSink recorder = pump.record("P", "a", 1);
            pump.start();
            pump.untilConnected("Broker");
            client.publish("a", "new");
            TestPump.until(() -> recorder.texts().contains("new"));
            assertThat(recorder.texts()).doesNotContain("0", "19", "end");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "3.1.1"})
    void subscribesAgainWhenTheBrokerHasLostTheSession(String version) {
        try (TestPump pump = pump("clean_start = yes\nprotocol_version = " + version)) {
            RecordingSink recorder = pump.record("P", "a", 1);
            pump.start();
            untilSubscribed(recorder, "a");
            long generation = pump.connection("Broker").status().generation();
            proxy.cut();
            TestPump.until(() -> pump.connection("Broker").status().generation() > generation);
            untilSubscribed(recorder, "a");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "3.1.1"})
    void subscribesAgainWhatHasNotReachedTheBroker(String version) {
        try (TestPump pump = pump("ping_interval = 0\nprotocol_version = " + version)) {
            pump.start();
            pump.untilConnected("Broker");
            long generation = pump.connection("Broker").status().generation();
            proxy.cutAfter(FaultProxy.Direction.TO_SERVER, 0);
            RecordingSink recorder = pump.record("P", "a", 1);
            TestPump.until(() -> pump.connection("Broker").status().generation() > generation);
            proxy.heal();
            // The broker has kept the session, in which there is no subscription.
            untilSubscribed(recorder, "a");
        }
    }

    @Test
    void overlappingFiltersOfSeveralSourcesGetEachMessageOnce() {
        try (TestPump pump = pump("")) {
            RecordingSink all = pump.record("All", "a/#", 0);
            RecordingSink one = pump.record("One", "a/b", 1);
            RecordingSink other = pump.record("Other", "x", 1);
            pump.start();
            untilSubscribed(all, "a/b");
            untilSubscribed(other, "x");
            TestPump.until(() -> !one.seen().isEmpty());
            one.seen().clear();
            all.seen().clear();
            numbers(0, 100).forEach(number -> client.publish("a/b", number));
            client.publish("a/c", "c");
            TestPump.until(() -> all.texts().contains("c") && one.texts().contains("99"));
            assertThat(one.texts()).isEqualTo(numbers(0, 100));
            assertThat(all.texts()).hasSize(101).containsAll(numbers(0, 100));
            assertThat(all.seen().get(0).context()).containsEntry("mqtt_qos", 1);
            assertThat(other.texts()).isEmpty();
        }
    }

    @Test
    void aSourceThatGoesDoesNotTakeTheSubscriptionOfAnother() {
        try (TestPump pump = pump("")) {
            RecordingSink stays = pump.record("Stays", "a", 1);
            RecordingSink goes = pump.record("Goes", "a", 1);
            pump.start();
            untilSubscribed(stays, "a");
            TestPump.until(() -> !goes.seen().isEmpty());
            pump.app().pumpService().removePipeline("Goes").block();
            client.publish("a", "after");
            TestPump.until(() -> stays.texts().contains("after"));
            assertThat(goes.texts()).doesNotContain("after");
        }
    }

    @Test
    void whatComesWhileAPipelineIsMadeAnewIsKeptForIt() {
        try (TestPump pump = pump("")) {
            RecordingSink before = pump.record("P", "a", 1);
            pump.start();
            untilSubscribed(before, "a");
            pump.app().pumpService().removePipeline("P").block();
            numbers(0, 10).forEach(number -> client.publish("a", number));
            RecordingSink after = pump.record("P", "a", 1);
            TestPump.until(() -> after.seen().size() >= 10);
            assertThat(after.texts()).isEqualTo(numbers(0, 10));
        }
    }

    @Test
    void sharedSubscriptionsShareTheMessages() {
        try (TestPump pump = pump("");
                TestPump second = new TestPump(
                        directory,
                        """
                        [general]
                        stop_when_finished = no
                        [connection:Broker]
                        type = mqtt
                        server = %s
                        client_id = second
                        """
                                .formatted(broker.url()))) {
            RecordingSink one = pump.record("P", "$share/group/a/#", 1);
            RecordingSink two = second.record("P", "$share/group/a/#", 1);
            pump.start();
            second.start();
            TestPump.until(() -> {
                client.publish("a/b", "probe");
                return !one.seen().isEmpty() && !two.seen().isEmpty();
            });
            numbers(0, 100).forEach(number -> client.publish("a/b", number));
            TestPump.until(() -> one.texts().contains("99") || two.texts().contains("99"));
            TestPump.until(() -> count(one) + count(two) == 100);
            assertThat(count(one)).isPositive();
            assertThat(count(two)).isPositive();
        }
    }

    private static long count(RecordingSink recorder) {
        return recorder.texts().stream()
                .filter(payload -> !payload.equals("probe"))
                .count();
    }

    @Test
    void whatDoesNotFitIntoTheBufferOfQos0IsCounted() {
        try (TestPump pump = pump("")) {
            RecordingSink recorder = pump.record(
                    "P",
                    (app, pipeline) -> new MQTTSource(
                            app, pipeline, "Broker", null, Map.of("topics", "a", "qos", "0", "qos0_buffer", "10kB")));
            pump.start();
            untilSubscribed(recorder, "a");
            recorder.hold();
            TestPump.until(() -> {
                numbers(0, 1000).forEach(number -> client.publish("a", number, 0));
                return pump.app()
                                .meterRegistry()
                                .get("bspump.mqtt.dropped")
                                .counter()
                                .count()
                        > 0;
            });
            recorder.release();
        }
    }

    @Test
    void saysWhichFilterIsWrong() {
        try (TestPump pump = pump("")) {
            pump.record(
                    "P",
                    (app, pipeline) ->
                            new MQTTSource(app, pipeline, "Broker", null, Map.of("topics", "a/#/b, c", "qos", "1")));
        } catch (ConfigException e) {
            assertThat(e.problems().get(0).toString())
                    .contains("[pipeline:P:MQTTSource] topics must be topic filters, 'a/#/b' is none: ");
            return;
        }
        throw new AssertionError("a filter that is none was taken");
    }
}
