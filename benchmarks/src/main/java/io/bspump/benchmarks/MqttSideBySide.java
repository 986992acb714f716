package io.bspump.benchmarks;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5RxClient;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Sink;
import io.bspump.mqtt.MQTTConnection;
import io.bspump.mqtt.MQTTSink;
import io.bspump.mqtt.MQTTSource;
import io.bspump.source.IteratorSource;
import io.reactivex.Flowable;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Messages of 100 bytes, published and received with QoS 0 and 1, by a pump and by a hand-written loop over the same driver, in
 * turn, against the same broker in a process of its own. Prints the medians, and beside them those of {@code mosquitto_pub} and
 * {@code mosquitto_sub} where they are installed.
 *
 * <p>With QoS 1 the messages that are received wait in a session. With QoS 0 they are published meanwhile, by a third client that
 * is never more than some thousand ahead, since brokers drop what comes faster.
 */
public final class MqttSideBySide {

    private static final int MESSAGES = 200_000;
    private static final int ROUNDS = 5;
    private static final int SIZE = 100;
    private static final int AHEAD = 5000;
    private static final int BURST = 500;
    private static final long LOST_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final String TOPIC = "benchmark/messages";
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private final int port;
    private final MosquittoTools tools;

    private MqttSideBySide(int port) {
        this.port = port;
        this.tools = new MosquittoTools(port);
    }

    /** One way of doing it; returns the nanoseconds that it takes. */
    private interface Run {
        long nanos(int round) throws IOException, InterruptedException;
    }

    public static void main(String... args) throws IOException, InterruptedException {
        Process broker = MqttBroker.startProcess();
        try {
            MqttSideBySide benchmark = new MqttSideBySide(MqttBroker.port(broker));
            System.out.println("| MQTT | pump, messages/s | other, messages/s | ratio |");
            System.out.println("| --- | ---: | ---: | ---: |");
            for (int qos = 0; qos < 2; qos++) {
                int q = qos;
                compare("publish, QoS " + q + ", loop", r -> benchmark.publishPump(q), r -> benchmark.publishLoop(q));
                if (MosquittoTools.areInstalled()) {
                    compare(
                            "publish, QoS " + q + ", mosquitto_pub",
                            r -> benchmark.publishPump(q),
                            r -> benchmark.tools.publish(TOPIC, q, MESSAGES, SIZE));
                }
            }
            for (int qos = 0; qos < 2; qos++) {
                int q = qos;
                compare("receive, QoS " + q + ", loop", r -> benchmark.receivePump(q), r -> benchmark.receiveLoop(q));
                if (MosquittoTools.areInstalled()) {
                    compare(
                            "receive, QoS " + q + ", mosquitto_sub",
                            r -> benchmark.receivePump(q),
                            r -> benchmark.receiveTool(q));
                }
            }
        } catch (IllegalStateException e) {
            System.err.println(e.getMessage());
        } finally {
            broker.destroyForcibly();
        }
        System.exit(0); // threads of the driver may be left
    }

    private static void compare(String what, Run pump, Run loop) throws IOException, InterruptedException {
        long[] pumps = new long[ROUNDS];
        long[] loops = new long[ROUNDS];
        for (int round = -1; round < ROUNDS; round++) {
            // In turn who comes first; the first round warms up.
            boolean pumpFirst = round % 2 == 0;
            long first = (pumpFirst ? pump : loop).nanos(round);
            long second = (pumpFirst ? loop : pump).nanos(round);
            if (round >= 0) {
                pumps[round] = pumpFirst ? first : second;
                loops[round] = pumpFirst ? second : first;
            }
        }
        Arrays.sort(pumps);
        Arrays.sort(loops);
        double mine = MESSAGES * 1e9 / pumps[ROUNDS / 2];
        double theirs = MESSAGES * 1e9 / loops[ROUNDS / 2];
        System.out.printf("| %s | %,.0f | %,.0f | %.2f |%n", what, mine, theirs, mine / theirs);
    }

    private static MqttQos qos(int code) {
        return code == 0 ? MqttQos.AT_MOST_ONCE : MqttQos.AT_LEAST_ONCE;
    }

    // Publish

    private long publishPump(int qos) throws InterruptedException {
        byte[] payload = new byte[SIZE];
        RunningPump pump = pump();
        long[] begin = new long[1];
        try {
            pump.run(app -> {
                begin[0] = System.nanoTime();
                return new Publishing(app, payload, qos);
            });
            return System.nanoTime() - begin[0];
        } finally {
            pump.stop();
        }
    }

    private RunningPump pump() throws InterruptedException {
        RunningPump pump = new RunningPump();
        pump.start();
        pump.connect(app -> new MQTTConnection(
                app, "Broker", Map.of("server", "tcp://127.0.0.1:" + port, "client_id", "receiver")));
        return pump;
    }

    private static final class Publishing extends Pipeline {

        Publishing(Application app, byte[] payload, int qos) {
            super(app, "Publishing");
            Iterable<byte[]> events =
                    () -> IntStream.range(0, MESSAGES).mapToObj(i -> payload).iterator();
            build(
                    new IteratorSource<>(app, this, events),
                    new MQTTSink(app, this, "Broker", null, Map.of("topic", TOPIC, "qos", Integer.toString(qos))));
        }
    }

    private long publishLoop(int qos) {
        byte[] payload = new byte[SIZE];
        Mqtt5RxClient client = client("publisher").toRx();
        client.toBlocking().connect();
        long begin = System.nanoTime();
        Flowable<Mqtt5Publish> messages = Flowable.range(0, MESSAGES).map(i -> Mqtt5Publish.builder()
                .topic(TOPIC)
                .payload(payload)
                .qos(qos(qos))
                .build());
        long confirmed = client.publish(messages)
                .filter(result -> result.getError().isEmpty())
                .count()
                .blockingGet();
        long nanos = System.nanoTime() - begin;
        client.disconnect().blockingAwait();
        if (confirmed != MESSAGES) {
            throw new IllegalStateException(confirmed + " of " + MESSAGES + " were confirmed");
        }
        return nanos;
    }

    private Mqtt5BlockingClient client(String id) {
        return MqttClient.builder()
                .identifier(id)
                .serverHost("127.0.0.1")
                .serverPort(port)
                .useMqttVersion5()
                .buildBlocking();
    }

    // Receive

    private long receivePump(int qos) throws InterruptedException {
        prepare(qos);
        Arrivals arrivals = new Arrivals();
        RunningPump pump = new RunningPump();
        pump.start();
        try {
            pump.add(app -> new Receiving(app, arrivals, receiver(qos)));
            return arrivals.await(qos == 0 ? new Feeder(arrivals) : null);
        } finally {
            pump.stop();
        }
    }

    /** The source's own connection, so that nothing comes before the source is there, as in the loop. */
    private Map<String, String> receiver(int qos) {
        return Map.of(
                "topics",
                "benchmark/#",
                "qos",
                Integer.toString(qos),
                "server",
                "tcp://127.0.0.1:" + port,
                "client_id",
                "receiver");
    }

    private static final class Receiving extends Pipeline {

        Receiving(Application app, Arrivals arrivals, Map<String, String> config) {
            super(app, "Receiving");
            build(new MQTTSource(app, this, null, null, config), new Counting(app, this, arrivals));
        }
    }

    private static final class Counting extends Sink<byte[]> {

        private final Arrivals arrivals;

        Counting(Application app, Pipeline pipeline, Arrivals arrivals) {
            super(app, pipeline);
            this.arrivals = arrivals;
        }

        @Override
        protected Mono<Void> process(Context context, byte[] event) {
            arrivals.one();
            return Mono.empty();
        }
    }

    private long receiveLoop(int qos) throws InterruptedException {
        prepare(qos);
        Arrivals arrivals = new Arrivals();
        Mqtt5AsyncClient client = client("receiver").toAsync();
        client.publishes(MqttGlobalPublishFilter.ALL, publish -> {
            if (publish.getPayloadAsBytes().length == SIZE) {
                arrivals.one();
            }
        });
        client.toBlocking()
                .connectWith()
                .cleanStart(false)
                .sessionExpiryInterval(3600)
                .send();
        client.toBlocking()
                .subscribeWith()
                .topicFilter("benchmark/#")
                .qos(qos(qos))
                .send();
        long nanos = arrivals.await(qos == 0 ? new Feeder(arrivals) : null);
        client.toBlocking().disconnect();
        return nanos;
    }

    private long receiveTool(int qos) throws IOException, InterruptedException {
        prepare(qos);
        Arrivals arrivals = new Arrivals();
        Process client = tools.subscribe("receiver", "benchmark/#", qos, MESSAGES, arrivals::one);
        try {
            return arrivals.await(qos == 0 ? new Feeder(arrivals) : null);
        } finally {
            client.destroy();
        }
    }

    /** Begins a session in which, for QoS 1, the messages wait. */
    private void prepare(int qos) {
        Mqtt5BlockingClient session = client("receiver");
        session.connectWith().cleanStart(true).sessionExpiryInterval(3600).send();
        session.subscribeWith().topicFilter("benchmark/#").qos(qos(qos)).send();
        session.disconnect();
        if (qos == 1) {
            publishLoop(1);
        }
    }

    /** Counts what comes. */
    private static final class Arrivals {

        private final AtomicLong count = new AtomicLong();
        private final CountDownLatch all = new CountDownLatch(1);
        private volatile long firstNanos;
        private volatile long lastNanos;

        void one() {
            long number = count.incrementAndGet();
            if (number == 1) {
                firstNanos = System.nanoTime();
            } else if (number == MESSAGES) {
                lastNanos = System.nanoTime();
                all.countDown();
            }
        }

        /** The time from the first to the last. */
        long await(@Nullable Feeder feeder) throws InterruptedException {
            if (feeder != null) {
                feeder.start();
            }
            if (!all.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException(count + " of " + MESSAGES + " came");
            }
            return lastNanos - firstNanos;
        }
    }

    /** Publishes with QoS 0, never far ahead of what has arrived. */
    private final class Feeder {

        private final Arrivals arrivals;

        Feeder(Arrivals arrivals) {
            this.arrivals = arrivals;
        }

        void start() {
            Mqtt5RxClient client = client("feeder" + System.nanoTime()).toRx();
            client.toBlocking().connect();
            Mqtt5Publish message =
                    Mqtt5Publish.builder().topic(TOPIC).payload(new byte[SIZE]).build();
            Thread thread = new Thread(() -> {
                List<Mqtt5Publish> burst = Collections.nCopies(BURST, message);
                long ahead = 0; // what was sent and has not arrived; what was lost is written off
                long before = 0;
                while (before < MESSAGES) {
                    client.publish(Flowable.fromIterable(burst))
                            .ignoreElements()
                            .blockingAwait();
                    ahead += BURST;
                    long patience = System.nanoTime() + LOST_NANOS;
                    do {
                        long now = arrivals.count.get();
                        ahead -= now - before;
                        before = now;
                        if (ahead > AHEAD) {
                            LockSupport.parkNanos(50_000);
                        }
                        if (System.nanoTime() - patience > 0) {
                            ahead = 0;
                        }
                    } while (ahead > AHEAD && before < MESSAGES);
                }
                client.disconnect().blockingAwait();
            });
            thread.setDaemon(true);
            thread.start();
        }
    }
}
