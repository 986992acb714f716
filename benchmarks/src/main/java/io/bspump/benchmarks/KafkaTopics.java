package io.bspump.benchmarks;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Makes topics, fills them, and looks how full they are. */
final class KafkaTopics implements AutoCloseable {

    private static final long LIMIT_NANOS = Duration.ofSeconds(60).toNanos();
    private static final int WARM_UP_PERCENT = 10;

    private static final ListOffsetsOptions COMMITTED = new ListOffsetsOptions(IsolationLevel.READ_COMMITTED);

    private final Admin admin;
    private final KafkaProducer<byte[], byte[]> producer;

    KafkaTopics(String servers) {
        admin = Admin.create(Map.of("bootstrap.servers", servers));
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", servers, "batch.size", "65536"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /** Makes a topic and waits until each partition takes records, by one record. */
    void create(String topic, int partitions, Map<String, String> configs)
            throws ExecutionException, InterruptedException {
        admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1).configs(configs)))
                .all()
                .get();
        for (int partition = 0; partition < partitions; partition++) {
            producer.send(new ProducerRecord<>(topic, partition, null, KafkaWork.sample(0)))
                    .get();
        }
    }

    void delete(String topic) throws ExecutionException, InterruptedException {
        admin.deleteTopics(List.of(topic)).all().get();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the count shows whether one is missing
    void fill(String topic, int partitions, int count, IntFunction<byte[]> value) throws InterruptedException {
        long before = count(topic, partitions);
        for (int i = 0; i < count; i++) {
            producer.send(new ProducerRecord<>(topic, i % partitions, null, value.apply(i)));
        }
        producer.flush();
        long there = count(topic, partitions) - before;
        if (there != count) {
            throw new IllegalStateException(there + " of " + count + " records were written");
        }
    }

    /** How many records have been written and committed; each transaction counts as one for each of its partitions besides. */
    long count(String topic, int partitions) throws InterruptedException {
        Map<TopicPartition, OffsetSpec> all = new HashMap<>();
        for (int partition = 0; partition < partitions; partition++) {
            all.put(new TopicPartition(topic, partition), OffsetSpec.latest());
        }
        try {
            return admin.listOffsets(all, COMMITTED).all().get().values().stream()
                    .mapToLong(ListOffsetsResultInfo::offset)
                    .sum();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Records a second that come into a topic, from the first tenth of them to the last. */
    double rate(String topic, int partitions, long expected) throws InterruptedException {
        long before = partitions;
        long limit = System.nanoTime() + LIMIT_NANOS;
        long first = 0;
        long firstNanos = 0;
        while (true) {
            long now = count(topic, partitions) - before;
            long nanos = System.nanoTime();
            if (first == 0 && now * 100 >= expected * WARM_UP_PERCENT) {
                first = now;
                firstNanos = nanos;
            }
            if (now >= expected) {
                return (now - first) * 1e9 / (nanos - firstNanos);
            }
            if (nanos - limit > 0) {
                throw new IllegalStateException(now + " of " + expected + " records came");
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    @Override
    public void close() {
        admin.close(Duration.ZERO);
        producer.close();
    }
}
