package io.bspump.kafka;

import io.bspump.Batch;
import io.bspump.RewindException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A batch on its way to the brokers: its records and the offsets of what they were made of, in one transaction. Confined to the
 * thread of the sink, but for {@link #answer}.
 */
final class KafkaTransaction {

    private final Batch<?> batch;
    private final Records records;
    private final Map<ConsumerLoop, List<KafkaPosition>> positions = new HashMap<>();
    private final Sinks.Empty<Void> answer = Sinks.empty();

    /** What the driver has said of each record that it could not send; guarded by itself, since it may say it on any thread. */
    private final Map<Integer, Exception> errors = new HashMap<>();

    /** The memberships with which the brokers have refused the offsets. */
    private final Map<ConsumerLoop, Membership> refused = new HashMap<>();

    /**
     * @param records how events become records: one after the other while they are sent, since all of them at once would outlive
     *     young generations
     */
    KafkaTransaction(Batch<?> batch, Records records) {
        this.batch = batch;
        this.records = records;
        batch.positions().forEach(position -> {
            KafkaPosition own = (KafkaPosition) position;
            positions.computeIfAbsent(own.reader(), reader -> new ArrayList<>()).add(own);
        });
    }

    Mono<Void> answer() {
        return answer.asMono();
    }

    void end(@Nullable Throwable error) {
        if (error == null) {
            answer.tryEmitEmpty();
        } else {
            answer.tryEmitError(error);
        }
    }

    /** Forgets what became of the last attempt. */
    void begin() {
        synchronized (errors) {
            errors.clear();
        }
    }

    /**
     * Hands all records to the driver, up to the first of an event that can never be sent; returns whether there are none, for the
     * batch has then been told of all of them.
     */
    boolean send(Producer<byte[], byte[]> producer, TopicLimits limits, TopicLimits.Asking asking) {
        boolean possible = true;
        for (int i = 0; i < batch.size(); i++) {
            ProducerRecord<byte[], byte[]> record = recordOrTell(i);
            if (record == null) {
                possible = false;
                continue;
            }
            TopicLimits.Way way = limits.of(record, asking.admin(), asking.compressed());
            if (way == TopicLimits.Way.NEVER) {
                possible = false;
                batch.fail(i, limits.refuse(record.topic(), asking.admin()));
            } else if (possible && way == TopicLimits.Way.ALONE) {
                producer.flush();
                hand(producer, i, record);
                producer.flush();
            } else if (possible) {
                hand(producer, i, record);
            }
        }
        return possible;
    }

    /** Returns null if the event cannot be made a record, which the batch has then been told. */
    private @Nullable ProducerRecord<byte[], byte[]> recordOrTell(int index) {
        try {
            return record(index);
        } catch (IllegalArgumentException e) {
            batch.fail(index, e);
            return null;
        }
    }

    private ProducerRecord<byte[], byte[]> record(int index) {
        return records.of(batch.context(index), batch.get(index));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback hears of it
    private void hand(Producer<byte[], byte[]> producer, int index, ProducerRecord<byte[], byte[]> record) {
        try {
            producer.send(record, (metadata, error) -> failed(index, error));
        } catch (IllegalArgumentException e) {
            failed(index, e);
            throw e;
        }
    }

    private void failed(int index, @Nullable Exception error) {
        if (error != null) {
            synchronized (errors) {
                errors.putIfAbsent(index, error);
            }
        }
    }

    /**
     * Sends the offsets of what the records were made of.
     *
     * @throws RewindException if a partition of them belongs to another member now
     */
    void sendOffsets(Producer<byte[], byte[]> producer) {
        positions.forEach((reader, own) -> {
            Membership membership = membership(reader, own);
            refused.put(reader, membership); // unless it goes well
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
            own.forEach(position -> offsets.put(position.id(), position.offset()));
            producer.sendOffsetsToTransaction(offsets, membership.group());
        });
        refused.clear();
    }

    private static Membership membership(ConsumerLoop reader, List<KafkaPosition> own) {
        Membership membership = reader.membership();
        if (membership == null) {
            throw new RewindException("the source has left its group");
        }
        for (KafkaPosition position : own) {
            if (!membership.has(position)) {
                throw new RewindException("partition " + position.id() + " has gone to another member of the group "
                        + membership.group().groupId());
            }
        }
        return membership;
    }

    /** Whether the brokers would refuse the offsets again, because nothing has changed in the group. */
    boolean wouldBeRefused() {
        return !refused.isEmpty()
                && refused.entrySet().stream()
                        .allMatch(each -> each.getValue().equals(each.getKey().membership()));
    }

    /**
     * Names the records that cannot be sent to the batch; returns whether there are any.
     *
     * @param isUp whether brokers answer, so that a topic of which they know nothing is not there
     */
    boolean namesFailed(BooleanSupplier isUp) {
        Map<Integer, Exception> all;
        synchronized (errors) {
            all = Map.copyOf(errors);
        }
        boolean found = false;
        for (Map.Entry<Integer, Exception> each : all.entrySet()) {
            Exception error = each.getValue();
            if (isOfRecord(error)) {
                found = true;
                batch.fail(
                        each.getKey(),
                        new RefusedException(
                                "the record for topic '"
                                        + record(each.getKey()).topic() + "' cannot be sent: "
                                        + error.getMessage(),
                                error));
            } else if (isTopicUnknown(error) && isUp.getAsBoolean()) {
                found = true;
                failAll(record(each.getKey()), error);
            }
        }
        return found;
    }

    /** Whether a record has failed for whatever reason, so that the transaction cannot have been committed. */
    boolean hasFailed() {
        synchronized (errors) {
            return !errors.isEmpty();
        }
    }

    /** The others for the same place would only be waited for as long. */
    private void failAll(ProducerRecord<byte[], byte[]> missing, Exception error) {
        for (int i = 0; i < batch.size(); i++) {
            ProducerRecord<byte[], byte[]> record = record(i);
            if (record.topic().equals(missing.topic()) && Objects.equals(record.partition(), missing.partition())) {
                batch.fail(
                        i,
                        new IllegalStateException(
                                "topic '" + record.topic() + "', or its partition, does not exist", error));
            }
        }
    }

    /** What the driver says when it has looked for a topic in vain; not what it says of records that waited too long. */
    private static boolean isTopicUnknown(Exception error) {
        return error instanceof TimeoutException
                && String.valueOf(error.getMessage()).contains("not present in metadata");
    }

    /** What will be the same however often it is tried. */
    private static boolean isOfRecord(Exception error) {
        return error instanceof RecordTooLargeException
                || error instanceof RecordBatchTooLargeException
                || error instanceof InvalidTopicException
                || error instanceof TopicAuthorizationException
                || error instanceof InvalidRecordException
                || error instanceof InvalidTimestampException
                || error instanceof PolicyViolationException
                || error instanceof SerializationException
                || error instanceof IllegalArgumentException;
    }
}
