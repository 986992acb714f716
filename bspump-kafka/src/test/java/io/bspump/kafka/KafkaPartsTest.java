package io.bspump.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Source;
import io.bspump.Stage;
import io.bspump.test.ProcessorContract;
import io.bspump.test.SinkContract;
import io.bspump.test.SourceContract;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/** Source, sink and filter keep the contracts of components. */
class KafkaPartsTest {

    private static TestBroker broker;
    private static TestClient client;
    private static int topics;

    @BeforeAll
    static void start() {
        broker = TestBroker.start();
        client = TestClient.to(broker);
    }

    @AfterAll
    static void stop() {
        client.close();
        broker.close();
    }

    private static String newTopic() {
        String topic = "contract-" + topics++;
        client.createTopic(topic, 1);
        return topic;
    }

    @Nested
    class OfTheClassicProtocol extends KafkaSourceContract {
        OfTheClassicProtocol() {
            super("classic");
        }
    }

    @Nested
    class OfTheConsumerProtocol extends KafkaSourceContract {
        OfTheConsumerProtocol() {
            super("consumer");
        }
    }

    abstract static class KafkaSourceContract extends SourceContract {

        private final String protocol;
        private String topic;

        KafkaSourceContract(String protocol) {
            this.protocol = protocol;
        }

        @Override
        protected void prepare(int count) {
            topic = newTopic();
            client.sendNumbers(topic, 0, count);
        }

        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return new KafkaSource(
                    app,
                    pipeline,
                    null,
                    null,
                    Map.of(
                            "bootstrap_servers", broker.servers(),
                            "topic", topic,
                            "group_id", topic,
                            "group_protocol", protocol,
                            "fetch_max_wait_ms", "20"));
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(20);
        }
    }

    @Nested
    class OfTheSink extends SinkContract {

        private String topic;

        @BeforeEach
        void makeTopic() {
            topic = newTopic();
        }

        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new KafkaSink(
                    app, pipeline, null, null, Map.of("bootstrap_servers", broker.servers(), "topic", topic));
        }

        @Override
        protected List<?> events() {
            return IntStream.range(0, 30)
                    .mapToObj(i -> ("event " + i).getBytes(UTF_8))
                    .toList();
        }

        @Override
        protected List<?> received() {
            return client.values(topic);
        }

        @Override
        protected Object refused() {
            return new byte[2_000_000];
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(20);
        }
    }

    @Nested
    class OfTheFilter extends ProcessorContract {

        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new KafkaKeyFilter<Object>(app, pipeline, List.of("a".getBytes(UTF_8)));
        }

        @Override
        protected List<?> events() {
            return List.of("one", "two", "three");
        }
    }
}
