package io.bspump.kafka;

import io.bspump.Partition;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A partition of a topic for as long as it is assigned to a consumer. Confined to the thread of the consumer, but for the
 * settlements, which come on the lane; those of an assignment that has ended move nothing any more.
 */
final class Share {

    private static final long NONE = -1;

    /**
     * An epoch of the leader.
     *
     * @param first the offset of the first record of it
     */
    private record Epoch(long first, Optional<Integer> number) {}

    private final TopicPartition id;
    private final Partition partition = new Partition();

    /** The offset of the last record that has settled: a number, since to keep the records themselves is dear. */
    private final AtomicLong settled = new AtomicLong(NONE);

    /** The epochs of the leaders of records that have not been committed. */
    private final Deque<Epoch> epochs = new ArrayDeque<>();

    private long first = NONE;
    private long last = NONE;
    private long emitted = NONE;
    private long committed = NONE;

    /** The last record that has settled, where somebody else commits; null when that is known to him. On the lane. */
    private @Nullable Received reached;

    Share(TopicPartition id) {
        this.id = id;
    }

    TopicPartition id() {
        return id;
    }

    Partition partition() {
        return partition;
    }

    /** The offset of the last record that was polled; -1 before the first. */
    long last() {
        return last;
    }

    void polled(Received record) {
        last = record.offset();
        if (first == NONE) {
            first = last;
        }
        Epoch before = epochs.peekLast();
        if (before == null || !before.number().equals(record.leaderEpoch())) {
            forget(settled.get());
            epochs.add(new Epoch(last, record.leaderEpoch()));
        }
    }

    void emitted(Received record) {
        emitted = record.offset();
    }

    /** This record has settled, and all before it. On the lane. */
    void settled(Received record) {
        settled.lazySet(record.offset());
    }

    /** This record has settled, and somebody else commits that. Returns whether he does not wait for it already. On the lane. */
    boolean reach(Received record) {
        boolean first = reached == null;
        reached = record;
        return first;
    }

    /** Returns the last record that has settled. On the lane. */
    Received takeReached() {
        Received last = Objects.requireNonNull(reached, "reached");
        reached = null;
        return last;
    }

    boolean hasInFlight() {
        return emitted != settled.get();
    }

    /** The offset of the last record that has settled, if that has not been committed. */
    OptionalLong due() {
        long last = settled.get();
        return last == committed ? OptionalLong.empty() : OptionalLong.of(last);
    }

    void committed(long offset) {
        committed = offset;
    }

    /** What is to be committed when everything up to an offset that is due has settled. */
    OffsetAndMetadata position(long offset) {
        forget(offset);
        return new OffsetAndMetadata(offset + 1, epochs.element().number(), "");
    }

    /** Forgets the epochs before that of an offset. */
    private void forget(long offset) {
        Epoch of = epochs.poll();
        while (!epochs.isEmpty() && epochs.element().first() <= offset) {
            of = epochs.remove();
        }
        if (of != null) {
            epochs.push(of);
        }
    }

    /** What is to be committed when everything up to a record has settled. */
    static OffsetAndMetadata position(Received record) {
        return new OffsetAndMetadata(record.offset() + 1, record.leaderEpoch(), "");
    }

    /** How many offsets have been polled and have not settled. */
    long unsettled() {
        long done = settled.get();
        return last == NONE ? 0 : last - (done == NONE ? first - 1 : done);
    }
}
