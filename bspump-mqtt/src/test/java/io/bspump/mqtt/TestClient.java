package io.bspump.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Another client of the same broker, hand-written, that shows what a pump has done and gives it something to do. */
final class TestClient implements AutoCloseable {

    private final Mqtt5BlockingClient client;
    private final List<Mqtt5Publish> received = new CopyOnWriteArrayList<>();

    private TestClient(Mqtt5BlockingClient client) {
        this.client = client;
    }

    static TestClient to(TestBroker broker) {
        return to(broker.port());
    }

    static TestClient to(int port) {
        Mqtt5BlockingClient client = MqttClient.builder()
                .serverHost("127.0.0.1")
                .serverPort(port)
                .useMqttVersion5()
                .buildBlocking();
        TestClient made = new TestClient(client);
        Mqtt5AsyncClient async = client.toAsync();
        async.publishes(MqttGlobalPublishFilter.ALL, made.received::add);
        client.connect();
        return made;
    }

    TestClient subscribe(String filter) {
        client.subscribeWith().topicFilter(filter).qos(MqttQos.EXACTLY_ONCE).send();
        return this;
    }

    void publish(String topic, String payload) {
        publish(topic, payload, 1);
    }

    void publish(String topic, String payload, int qos) {
        client.publish(Mqtt5Publish.builder()
                .topic(topic)
                .payload(payload.getBytes(UTF_8))
                .qos(Filter.qos(qos))
                .build());
    }

    void publish(Mqtt5Publish publish) {
        client.publish(publish);
    }

    List<Mqtt5Publish> received() {
        return received;
    }

    /** The payloads that have come, as text. */
    List<String> payloads() {
        return received.stream()
                .map(publish -> new String(publish.getPayloadAsBytes(), UTF_8))
                .toList();
    }

    /** The payloads that have come, in the order of their topics: {@code TOPIC=PAYLOAD}. */
    List<String> messages() {
        return received.stream()
                .map(publish -> publish.getTopic() + "=" + new String(publish.getPayloadAsBytes(), UTF_8))
                .toList();
    }

    @Override
    public void close() {
        client.disconnect();
    }
}
