package io.bspump.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import io.bspump.test.FaultProxy;
import io.bspump.test.FreePort;
import io.bspump.test.LossAccount;
import io.bspump.test.PumpProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Numbered messages of QoS 1 go from a publisher through broker, pump and broker to a subscriber, while the line between pump and
 * broker is cut 20 times, the broker is killed and started again twice, and the pump is killed twice. The publisher and the
 * subscriber are clients of the driver that keep their sessions.
 */
class LossIT {

    private static final boolean FULL = Boolean.getBoolean("bspump.full");
    private static final int MESSAGES = FULL ? 200_000 : 20_000;
    private static final int CUTS = 20;
    private static final Duration PATIENCE = Duration.ofMinutes(FULL ? 10 : 2);
    private static final int UNCONFIRMED = 200;

    /** What is published until the pump has subscribed. */
    private static final int PROBE = 0;

    @TempDir
    Path directory;

    private final LossAccount account = new LossAccount();
    private final AtomicLong seen = new AtomicLong();
    private final CountDownLatch flows = new CountDownLatch(1);

    @Test
    void losesNothing() throws IOException {
        account.expect(1, MESSAGES);
        int port = FreePort.find();
        PumpProcess broker = broker(port);
        try (FaultProxy proxy = FaultProxy.start("127.0.0.1", port)) {
            Mqtt5AsyncClient subscriber = client(port, "subscriber");
            subscriber.publishes(MqttGlobalPublishFilter.ALL, this::saw);
            subscriber
                    .toBlocking()
                    .connectWith()
                    .cleanStart(false)
                    .sessionExpiryInterval(3600)
                    .send();
            subscriber
                    .toBlocking()
                    .subscribeWith()
                    .topicFilter("out/#")
                    .qos(MqttQos.AT_LEAST_ONCE)
                    .send();
            Path conf = configuration(proxy.port());
            PumpProcess pump = pump(conf);
            Publisher publisher = new Publisher(client(port, "publisher"));
            publisher.connect();
            Awaitility.await().atMost(PATIENCE).until(() -> {
                publisher.publish(PROBE);
                return flows.await(200, TimeUnit.MILLISECONDS);
            });
            publisher.start();

            for (int event = 1; event <= CUTS; event++) {
                long after = MESSAGES * (long) event / (CUTS + 2);
                Awaitility.await().atMost(PATIENCE).until(() -> account.report().seen() >= after);
                proxy.cut();
                if (event == 5 || event == 15) {
                    broker.kill9();
                    broker = broker(port);
                }
                if (event == 10 || event == 18) {
                    pump.kill9();
                    pump.close();
                    pump = pump(conf);
                }
            }
            try {
                Awaitility.await()
                        .atMost(PATIENCE)
                        .until(() -> publisher.isDone() && account.report().missing() == 0);
            } finally {
                report();
            }
            account.assertNothingMissing();
            pump.terminate();
            assertThat(pump.awaitExit(Duration.ofSeconds(60))).isZero();
            pump.close();
            publisher.close();
            subscriber.toBlocking().disconnect();
        } finally {
            broker.close();
        }
    }

    @SuppressWarnings("SystemOut")
    private void report() {
        System.out.println(MESSAGES + " messages, " + CUTS + " cuts, 2 kills of the broker, 2 of the pump: " + account
                + ", received " + seen);
    }

    private void saw(Mqtt5Publish publish) {
        long number = Long.parseLong(new String(publish.getPayloadAsBytes(), UTF_8).strip());
        if (number == PROBE) {
            flows.countDown();
        } else {
            seen.incrementAndGet();
            account.saw(number);
        }
    }

    private PumpProcess broker(int port) {
        PumpProcess broker = PumpProcess.main(TestBroker.class)
                .jvmArgs("-Xmx512m", "-XX:TieredStopAtLevel=1")
                .args(Integer.toString(port), directory.resolve("broker").toString())
                .start();
        broker.awaitLine("broker is up", Duration.ofSeconds(60));
        return broker;
    }

    private static PumpProcess pump(Path conf) {
        PumpProcess pump = PumpProcess.main(LossPump.class)
                .jvmArgs("-Xmx128m", "-XX:TieredStopAtLevel=1")
                .args("-c", conf.toString())
                .start();
        pump.awaitLine("running", Duration.ofSeconds(60));
        return pump;
    }

    private Path configuration(int port) throws IOException {
        return Files.writeString(
                directory.resolve("pipelines.conf"),
                """
                [connection:Broker]
                type = mqtt
                server = tcp://127.0.0.1:%d
                client_id = relay
                receive_maximum = 2000
                reconnect_max_delay = 500ms
                [pipeline:Relay:MQTTSource]
                topics = in/#
                [pipeline:Relay:MQTTSink]
                topic = out/numbers
                """
                        .formatted(port));
    }

    private static Mqtt5AsyncClient client(int port, String id) {
        return MqttClient.builder()
                .identifier(id)
                .serverHost("127.0.0.1")
                .serverPort(port)
                .automaticReconnect()
                .initialDelay(50, TimeUnit.MILLISECONDS)
                .maxDelay(500, TimeUnit.MILLISECONDS)
                .applyAutomaticReconnect()
                .useMqttVersion5()
                .buildAsync();
    }

    /** Publishes the numbers, each until the broker has confirmed it. */
    private static final class Publisher implements AutoCloseable {

        private final Mqtt5AsyncClient client;
        private final Semaphore unconfirmed = new Semaphore(UNCONFIRMED);
        private final AtomicLong confirmed = new AtomicLong();
        private final Thread thread = new Thread(this::run, "publisher");

        Publisher(Mqtt5AsyncClient client) {
            this.client = client;
            thread.setDaemon(true);
        }

        void connect() {
            client.toBlocking()
                    .connectWith()
                    .cleanStart(false)
                    .sessionExpiryInterval(3600)
                    .send();
        }

        void start() {
            thread.start();
        }

        private void run() {
            for (int number = 1; number <= MESSAGES; number++) {
                unconfirmed.acquireUninterruptibly();
                publish(number);
            }
        }

        @SuppressWarnings("FutureReturnValueIgnored") // what it says is taken up in whenComplete
        private void publish(int number) {
            client.publishWith()
                    .topic("in/numbers")
                    .qos(MqttQos.AT_LEAST_ONCE)
                    .payload(String.format("%-100d", number).getBytes(UTF_8))
                    .send()
                    .whenComplete((result, error) -> {
                        if (error == null) {
                            confirmed.addAndGet(number == PROBE ? 0 : 1);
                            unconfirmed.release(number == PROBE ? 0 : 1);
                        } else {
                            publish(number);
                        }
                    });
        }

        boolean isDone() {
            return confirmed.get() == MESSAGES;
        }

        @Override
        public void close() {
            client.toBlocking().disconnect();
        }
    }
}
