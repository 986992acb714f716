package io.bspump.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** What the tests do with a broker themselves. */
final class TestClient implements AutoCloseable {

    private final Map<String, Object> properties;
    private final Admin admin;
    private final KafkaProducer<byte[], byte[]> producer;
    private final KafkaConsumer<byte[], byte[]> consumer;

    private TestClient(String servers) {
        properties = Map.of(
                "bootstrap.servers", servers,
                "metric.reporters", "",
                "metadata.max.age.ms", "500",
                "fetch.max.wait.ms", "10",
                "auto.offset.reset", "earliest",
                "reconnect.backoff.max.ms", "200",
                "isolation.level", "read_committed",
                "enable.auto.commit", "false");
        admin = Admin.create(properties);
        producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    static TestClient to(String servers) {
        return new TestClient(servers);
    }

    static TestClient to(TestBroker broker) {
        return new TestClient(broker.internal());
    }

    Admin admin() {
        return admin;
    }

    static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get(30, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    TestClient createTopic(String name, int partitions) {
        return createTopic(name, partitions, Map.of());
    }

    TestClient createTopic(String name, int partitions, Map<String, String> configs) {
        get(admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(configs)))
                .all());
        TestPump.until(() -> get(admin.listTopics().names()).contains(name));
        awaitLeaders(name, partitions);
        return this;
    }

    /**
     * Waits until each partition answers. A leader that is named before it leads refuses a producer's first batch and takes
     * the second, and then no retry of the first any more.
     */
    private void awaitLeaders(String topic, int partitions) {
        get(admin.listOffsets(IntStream.range(0, partitions)
                        .boxed()
                        .collect(Collectors.toMap(
                                partition -> new TopicPartition(topic, partition), partition -> OffsetSpec.latest())))
                .all());
    }

    void deleteTopic(String name) {
        get(admin.deleteTopics(List.of(name)).all());
        TestPump.until(() -> !get(admin.listTopics().names()).contains(name));
    }

    void addPartitions(String topic, int count) {
        get(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(count)))
                .all());
        awaitLeaders(topic, count);
    }

    /** An error shows in what is missing. */
    @SuppressWarnings("FutureReturnValueIgnored")
    void send(ProducerRecord<byte[], byte[]> record) {
        producer.send(record);
    }

    /** Sends texts and waits until they are there. */
    TestClient send(String topic, String... values) {
        for (String value : values) {
            send(new ProducerRecord<>(topic, value.getBytes(UTF_8)));
        }
        producer.flush();
        return this;
    }

    TestClient sendNumbers(String topic, int from, int to) {
        return send(topic, IntStream.range(from, to).mapToObj(Integer::toString).toArray(String[]::new));
    }

    void flush() {
        producer.flush();
    }

    /** Everything that is in a topic now. */
    List<ConsumerRecord<byte[], byte[]>> read(String topic) {
        List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
        forEach(topic, all::add);
        return all;
    }

    synchronized void forEach(String topic, Consumer<ConsumerRecord<byte[], byte[]>> action) {
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
            consumer.poll(Duration.ofMillis(20)).forEach(action);
        }
    }

    List<String> values(String topic) {
        return read(topic).stream()
                .map(record -> record.value() == null ? "null" : new String(record.value(), UTF_8))
                .toList();
    }

    /** What one is to a group who is no member of it. */
    ConsumerGroupMetadata outsider(String group) {
        Map<String, Object> own = new HashMap<>(properties);
        own.put("group.id", group);
        try (KafkaConsumer<byte[], byte[]> any =
                new KafkaConsumer<>(own, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            return any.groupMetadata();
        }
    }

    /** How many records are in a topic. */
    synchronized long count(String topic) {
        return consumer
                .endOffsets(consumer.partitionsFor(topic).stream()
                        .map(info -> new TopicPartition(topic, info.partition()))
                        .toList())
                .values()
                .stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    synchronized int partitions(String topic) {
        return consumer.partitionsFor(topic).size();
    }

    private Stream<MemberDescription> membersOf(String group) {
        return get(admin.describeConsumerGroups(List.of(group)).all()).get(group).members().stream();
    }

    String group(String group) {
        return get(admin.describeConsumerGroups(List.of(group)).all())
                .get(group)
                .toString();
    }

    long members(String group) {
        return membersOf(group).count();
    }

    /** How many members have partitions. */
    long working(String group) {
        return membersOf(group)
                .filter(member -> !member.assignment().topicPartitions().isEmpty())
                .count();
    }

    /** Whether a transaction is open, behind which readers of what is committed do not see. */
    boolean hasOpenTransactions(String topic) {
        return !ends(topic, IsolationLevel.READ_COMMITTED).equals(ends(topic, IsolationLevel.READ_UNCOMMITTED));
    }

    private Map<TopicPartition, Long> ends(String topic, IsolationLevel level) {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        for (int partition = 0; partition < partitions(topic); partition++) {
            wanted.put(new TopicPartition(topic, partition), OffsetSpec.latest());
        }
        Map<TopicPartition, Long> ends = new HashMap<>();
        get(admin.listOffsets(wanted, new ListOffsetsOptions(level)).all())
                .forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    /** What a group has committed of a partition; -1 if nothing. */
    long committed(String group, String topic, int partition) {
        var offsets = get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        var offset = offsets.get(new TopicPartition(topic, partition));
        return offset == null ? -1 : offset.offset();
    }

    /** Commits for a group that has no members. */
    TestClient commit(String group, String topic, long offset) {
        get(admin.alterConsumerGroupOffsets(group, Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(offset)))
                .all());
        return this;
    }

    /** Deletes what stands before an offset in the first partition. */
    void deleteRecords(String topic, long before) {
        get(admin.deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(before)))
                .all());
    }

    @Override
    public void close() {
        admin.close(Duration.ZERO);
        producer.close(Duration.ZERO);
        consumer.close();
    }
}
