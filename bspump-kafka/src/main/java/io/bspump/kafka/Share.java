package io.bspump.kafka;

import io.bspump.Partition;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A partition of a topic for as long as it is assigned to a consumer. Confined to the thread of the consumer, but for the
 * settlements, which come on the lane; those of an assignment that has ended move nothing any more.
 */
final class Share {

    private static final long NONE = -1;

    private final TopicPartition id;
    private final Partition partition = new Partition();
    private final AtomicReference<@Nullable Received> settled = new AtomicReference<>();
    private long first = NONE;
    private long last = NONE;
    private @Nullable Received emitted;
    private @Nullable Received committed;

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

    void polled(Received record) {
        last = record.offset();
        if (first == NONE) {
            first = last;
        }
    }

    void emitted(Received record) {
        emitted = record;
    }

    /** This record has settled, and all before it. On the lane. */
    void settled(Received record) {
        settled.lazySet(record);
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

    /** The last record that has settled, if that has not been committed. */
    @Nullable
    Received due() {
        Received last = settled.get();
        return last == committed ? null : last;
    }

    void committed(Received record) {
        committed = record;
    }

    /** What is to be committed when everything up to a record has settled. */
    static OffsetAndMetadata position(Received record) {
        return new OffsetAndMetadata(record.offset() + 1, record.leaderEpoch(), "");
    }

    /** How many offsets have been polled and have not settled. */
    long unsettled() {
        Received done = settled.get();
        return last == NONE ? 0 : last - (done == null ? first - 1 : done.offset());
    }
}
