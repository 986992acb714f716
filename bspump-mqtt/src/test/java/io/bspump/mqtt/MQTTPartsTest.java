package io.bspump.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Source;
import io.bspump.Stage;
import io.bspump.test.SinkContract;
import io.bspump.test.SourceContract;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/** Source and sink keep the contracts of components. */
class MQTTPartsTest {

    @Nested
    class SourceOfVersion5 extends MQTTSourceContract {
        SourceOfVersion5() {
            super("5", 1);
        }
    }

    @Nested
    class SourceOfVersion3 extends MQTTSourceContract {
        SourceOfVersion3() {
            super("3.1.1", 1);
        }
    }

    @Nested
    class SourceOfQos2 extends MQTTSourceContract {
        SourceOfQos2() {
            super("5", 2);
        }
    }

    @Nested
    class SinkOfVersion5 extends MQTTSinkContract {
        SinkOfVersion5() {
            super(Map.of());
        }
    }

    @Nested
    class SinkOfVersion3 extends MQTTSinkContract {
        SinkOfVersion3() {
            super(Map.of("protocol_version", "3.1.1"));
        }
    }

    @Nested
    class SinkOfQos2 extends MQTTSinkContract {
        SinkOfQos2() {
            super(Map.of("qos", "2", "clean_start", "yes"));
        }
    }

    abstract static class MQTTSourceContract extends SourceContract {

        private final String version;
        private final int qos;
        private TestBroker broker;

        MQTTSourceContract(String version, int qos) {
            this.version = version;
            this.qos = qos;
        }

        @Override
        protected void prepare(int count) {
            stop();
            broker = TestBroker.start();
            Mqtt5BlockingClient client = MqttClient.builder()
                    .serverHost("127.0.0.1")
                    .serverPort(broker.port())
                    .identifier("contract")
                    .useMqttVersion5()
                    .buildBlocking();
            client.connectWith().cleanStart(false).sessionExpiryInterval(3600).send();
            client.subscribeWith()
                    .topicFilter("contract/#")
                    .qos(MqttQos.EXACTLY_ONCE)
                    .send();
            client.disconnect();
            try (TestClient publisher = TestClient.to(broker)) {
                IntStream.range(0, count).forEach(i -> publisher.publish("contract/" + i % 3, "event " + i, qos));
            }
        }

        @AfterEach
        void stop() {
            if (broker != null) {
                broker.close();
            }
        }

        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            // The broker needs a moment to take the session of the one before back.
            TestPump.until(broker::isLonely);
            return new MQTTSource(
                    app,
                    pipeline,
                    null,
                    null,
                    Map.of(
                            "server",
                            broker.url(),
                            "client_id",
                            "contract",
                            "topics",
                            "contract/#",
                            "qos",
                            Integer.toString(qos),
                            "protocol_version",
                            version));
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(20);
        }
    }

    abstract static class MQTTSinkContract extends SinkContract {

        private final Map<String, String> more;
        private TestBroker broker;

        MQTTSinkContract(Map<String, String> more) {
            this.more = more;
        }

        @BeforeEach
        void start() {
            broker = TestBroker.start();
        }

        @AfterEach
        void stop() {
            broker.close();
        }

        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            Map<String, String> config = new HashMap<>(more);
            config.put("server", broker.url());
            config.put("topic", "contract/sink");
            config.put("max_packet_size", "1000");
            return new MQTTSink(app, pipeline, null, null, config);
        }

        @Override
        protected List<?> events() {
            return IntStream.range(0, 30)
                    .mapToObj(i -> ("event " + i).getBytes(UTF_8))
                    .toList();
        }

        @Override
        protected List<?> received() {
            return broker.messages();
        }

        @Override
        protected Object refused() {
            return new byte[2000];
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(20);
        }
    }
}
