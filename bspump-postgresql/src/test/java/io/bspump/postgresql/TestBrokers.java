package io.bspump.postgresql;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import io.bspump.test.FreePort;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/** Brokers in this JVM with numbers in them, from 1 on. */
final class TestBrokers {

    static final String CLIENT = "loader";

    private TestBrokers() {}

    /** An MQTT broker that keeps the numbers for a client {@link #CLIENT} with a subscription to {@code numbers}. */
    static AutoCloseable mqtt(int port, int count) throws Exception {
        ConfigurationImpl configuration = new ConfigurationImpl();
        configuration.setPersistenceEnabled(false);
        configuration.setSecurityEnabled(false);
        configuration.setJMXManagementEnabled(false);
        configuration.setMaxDiskUsage(-1);
        configuration.addAddressSetting("#", new AddressSettings().setMaxDeliveryAttempts(-1));
        configuration.addAcceptorConfiguration("mqtt", "tcp://127.0.0.1:" + port + "?protocols=MQTT");
        EmbeddedActiveMQ broker = new EmbeddedActiveMQ();
        broker.setConfiguration(configuration);
        broker.start();
        var subscriber = client(port, CLIENT).toBlocking();
        subscriber.connectWith().cleanStart(false).sessionExpiryInterval(3600).send();
        subscriber
                .subscribeWith()
                .topicFilter("numbers")
                .qos(MqttQos.AT_LEAST_ONCE)
                .send();
        subscriber.disconnect();
        publish(client(port, "publisher"), count);
        return broker::stop;
    }

    private static Mqtt5AsyncClient client(int port, String id) {
        return MqttClient.builder()
                .serverHost("127.0.0.1")
                .serverPort(port)
                .identifier(id)
                .useMqttVersion5()
                .buildAsync();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the last permits come when all have been confirmed
    private static void publish(Mqtt5AsyncClient client, int count) throws InterruptedException {
        int window = 500;
        Semaphore unconfirmed = new Semaphore(window);
        client.toBlocking().connect();
        for (int number = 1; number <= count; number++) {
            unconfirmed.acquire();
            client.publishWith()
                    .topic("numbers")
                    .qos(MqttQos.AT_LEAST_ONCE)
                    .payload(Integer.toString(number).getBytes(UTF_8))
                    .send()
                    .thenRun(unconfirmed::release);
        }
        unconfirmed.acquire(window);
        client.toBlocking().disconnect();
    }

    /** A Kafka broker with the numbers in a topic {@code numbers}. */
    static AutoCloseable kafka(Path directory, int port, int count) throws Exception {
        new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, UTF_8))
                .setNodeId(1)
                .setClusterId("postgresql-cluster-001")
                .setControllerListenerName("CONTROLLER")
                .setMetadataLogDirectory(directory.toString())
                .setDirectories(List.of(directory.toString()))
                .run();
        KafkaRaftServer broker =
                new KafkaRaftServer(new KafkaConfig(kafkaProperties(directory, port), false), Time.SYSTEM);
        broker.startup();
        Map<String, Object> properties = Map.of("bootstrap.servers", "127.0.0.1:" + port, "acks", "all");
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            for (int number = 1; number <= count; number++) {
                var sent = producer.send(new ProducerRecord<>("numbers", Integer.toString(number)));
                if (number == count) {
                    sent.get();
                }
            }
        }
        return () -> {
            broker.shutdown();
            broker.awaitShutdown();
        };
    }

    private static Map<String, String> kafkaProperties(Path directory, int port) {
        int controller = FreePort.find();
        Map<String, String> values = new HashMap<>();
        values.put("process.roles", "broker,controller");
        values.put("node.id", "1");
        values.put("controller.quorum.voters", "1@127.0.0.1:" + controller);
        values.put("controller.listener.names", "CONTROLLER");
        values.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        values.put("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controller);
        values.put("log.dirs", directory.toString());
        for (String topic : List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
            values.put(topic + ".replication.factor", "1");
            values.put(topic + ".num.partitions", "1");
        }
        values.put("transaction.state.log.min.isr", "1");
        values.put("share.coordinator.state.topic.min.isr", "1");
        values.put("group.initial.rebalance.delay.ms", "0");
        values.put("log.cleaner.dedupe.buffer.size", "2097152");
        values.put("num.partitions", "1");
        return values;
    }
}
