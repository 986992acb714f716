package io.bspump.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * How long an event takes from topic to topic through a pump and through a hand-written loop with the same {@code linger.ms}, when
 * 10 000 come a second: from the moment at which it was to be written to the moment at which a consumer has it. So an event that
 * had to be written later, since the one before was late, counts as late.
 */
public final class KafkaLatency {

    private static final int A_SECOND = 10_000;
    private static final int WARM_UP_SECONDS = 5;
    private static final int SECONDS = Integer.getInteger("seconds", 15);
    private static final int ROUNDS = Integer.getInteger("rounds", 2);

    /** Rounds before them that do not count, since the JVM compiles then. */
    private static final int WARM_UPS = Integer.getInteger("warmups", 1);

    private static final int PARTITIONS = 12;
    private static final int SIZE = 100;
    private static final long TICK_NANOS = 500_000;

    private final String servers;

    private KafkaLatency(String servers) {
        this.servers = servers;
    }

    public static void main(String... args) throws Exception {
        Map<String, KafkaContenders.Contender> contenders = new LinkedHashMap<>(KafkaContenders.all());
        contenders.keySet().retainAll(List.of("pump", "loop, commits seldom", "streams"));
        System.out.println("| from topic to topic, 10 000 events a second | p50, ms | p99, ms | worst, ms |");
        System.out.println("| --- | ---: | ---: | ---: |");
        try (KafkaBroker broker = KafkaBroker.startProcess();
                KafkaTopics topics = new KafkaTopics(broker.servers())) {
            for (int round = -WARM_UPS; round < ROUNDS; round++) {
                for (Map.Entry<String, KafkaContenders.Contender> each : contenders.entrySet()) {
                    String name = each.getKey().replaceAll("\\W+", "-") + round;
                    topics.create("from-" + name, PARTITIONS, Map.of());
                    topics.create("to-" + name, PARTITIONS, Map.of());
                    long[] sorted = new KafkaLatency(broker.servers()).run(name, each.getValue());
                    if (round >= 0) {
                        print(each.getKey(), sorted);
                    }
                }
            }
        }
        System.exit(0); // threads of the drivers may be left
    }

    private static void print(String name, long[] sorted) {
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f | %.1f | %.1f |%n",
                name,
                millis(sorted, 0.5),
                millis(sorted, 0.99),
                millis(sorted, 1));
    }

    private static double millis(long[] sorted, double part) {
        return sorted[(int) Math.min(sorted.length - 1L, (long) (sorted.length * part))] / 1e6;
    }

    private long[] run(String name, KafkaContenders.Contender contender) throws IOException, InterruptedException {
        KafkaWork work = new KafkaWork(servers, "from-" + name, "to-" + name, "latency-" + name, false);
        AtomicBoolean done = new AtomicBoolean();
        Arrivals arrivals = new Arrivals(work.to());
        Thread consuming = new Thread(() -> arrivals.consume(servers, done), "arrivals");
        KafkaContenders.Running running = contender.start(work);
        try {
            consuming.start();
            produce(work.from());
        } finally {
            done.set(true);
            consuming.join();
            running.stop();
        }
        return arrivals.sorted();
    }

    /** Writes each event when its time has come; the first 8 bytes say when that was. */
    @SuppressWarnings("FutureReturnValueIgnored") // what is missing is not counted, and there is a worst
    private void produce(String topic) {
        long period = TimeUnit.SECONDS.toNanos(1) / A_SECOND;
        int count = (WARM_UP_SECONDS + SECONDS) * A_SECOND;
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", servers, "linger.ms", "0"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            long begin = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
            for (int i = 0; i < count; i++) {
                long due = begin + i * period;
                while (System.nanoTime() - due < 0) {
                    LockSupport.parkNanos(TICK_NANOS);
                }
                byte[] value = ByteBuffer.allocate(SIZE)
                        .putLong(due)
                        .putLong(i < WARM_UP_SECONDS * A_SECOND ? 0 : 1)
                        .array();
                producer.send(new ProducerRecord<>(topic, i % PARTITIONS, null, value));
            }
        }
    }

    private static final class Arrivals {

        private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

        private final String topic;
        private final long[] latencies = new long[SECONDS * A_SECOND];
        private int count;

        Arrivals(String topic) {
            this.topic = topic;
        }

        void consume(String servers, AtomicBoolean done) {
            List<TopicPartition> partitions = new ArrayList<>();
            IntStream.range(0, PARTITIONS).forEach(each -> partitions.add(new TopicPartition(topic, each)));
            try (var consumer = new KafkaConsumer<>(
                    Map.of("bootstrap.servers", servers, "max.poll.records", "5000"),
                    new ByteArrayDeserializer(),
                    new ByteArrayDeserializer())) {
                consumer.assign(partitions);
                consumer.seekToEnd(partitions);
                long end = Long.MAX_VALUE;
                while (count < latencies.length && System.nanoTime() - end < 0) {
                    for (var record : consumer.poll(Duration.ofMillis(100))) {
                        take(record.value());
                    }
                    if (done.get() && end == Long.MAX_VALUE) {
                        end = System.nanoTime() + PATIENCE_NANOS;
                    }
                }
            }
        }

        private void take(byte[] value) {
            ByteBuffer buffer = ByteBuffer.wrap(value);
            long due = buffer.getLong();
            if (value.length == SIZE && buffer.getLong() == 1) {
                latencies[count++] = System.nanoTime() - due;
            }
        }

        long[] sorted() {
            if (count < latencies.length) {
                throw new IllegalStateException(count + " of " + latencies.length + " events came");
            }
            Arrays.sort(latencies);
            return latencies;
        }
    }
}
