package io.bspump.kafka;

import io.bspump.RewindException;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a source that must read once goes on when the brokers do not know its position. The driver would begin such a
 * partition again, so it is told not to ({@code auto.offset.reset = none}) and asks here. Confined to the thread of the consumer.
 */
final class UnknownPositions {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaSource.class);

    private final Consumer<?, ?> consumer;
    private final Start start;
    private final String source;

    UnknownPositions(Consumer<?, ?> consumer, Start start, String source) {
        this.consumer = consumer;
        this.start = start;
        this.source = source;
    }

    /**
     * Moves the consumer to the beginning where nothing was committed, behind what was deleted before it was read, and to where
     * it is if the brokers have forgotten no more than by which leader that was written.
     *
     * @param error what a poll has thrown; thrown again if the start is none
     * @param assigned whether the consumer still has a partition
     * @throws RewindException if the brokers lack what was read, as they may for a moment after a crash
     */
    void resolve(InvalidOffsetException error, Predicate<TopicPartition> assigned) {
        if (start.kind() == Start.Kind.NONE) {
            throw error;
        } else if (error instanceof NoOffsetForPartitionException) {
            consumer.seekToBeginning(
                    error.partitions().stream().filter(assigned).toList());
        } else if (error instanceof OffsetOutOfRangeException beyond) {
            Set<TopicPartition> partitions =
                    beyond.partitions().stream().filter(assigned).collect(Collectors.toSet());
            Map<TopicPartition, Long> first = consumer.beginningOffsets(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            for (TopicPartition partition : partitions) {
                resolve(beyond, partition, first.getOrDefault(partition, 0L), ends.getOrDefault(partition, 0L));
            }
        } else {
            throw error;
        }
    }

    private void resolve(OffsetOutOfRangeException beyond, TopicPartition partition, long first, long end) {
        long position = beyond.offsetOutOfRangePartitions().getOrDefault(partition, 0L);
        if (position < first) {
            LOG.warn(
                    "Records were deleted before they were read, source={} partition={} position={} first={}",
                    source,
                    partition,
                    position,
                    first);
            consumer.seek(partition, first);
        } else if (beyond instanceof LogTruncationException cut
                && !cut.divergentOffsets().containsKey(partition)
                && position <= end) {
            LOG.debug("Goes on without the epoch of the leader, source={} partition={}", source, partition);
            consumer.seek(partition, position);
        } else {
            throw new RewindException("the brokers do not know position " + position + " of " + partition
                    + ", and to begin it again would be to write twice what was read");
        }
    }
}
