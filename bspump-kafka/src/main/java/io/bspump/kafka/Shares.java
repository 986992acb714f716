package io.bspump.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The partitions that a consumer has, and what of them is committed. Confined to the thread of the consumer. */
final class Shares {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaSource.class);

    /** How often it is looked whether all has settled that is in flight. */
    private static final long LOOK_NANOS = 2_000_000;

    private final Consumer<?, ?> consumer;
    private final SourceMeters meters;
    private final Map<TopicPartition, Share> shares = new HashMap<>();
    private final boolean commits;
    private boolean committing;

    /** How often a partition has come or gone. */
    private int changes;

    /**
     * @param commits whether offsets are committed here; otherwise somebody else does it
     */
    Shares(Consumer<?, ?> consumer, SourceMeters meters, boolean commits) {
        this.commits = commits;
        this.consumer = consumer;
        this.meters = meters;
    }

    void add(Collection<TopicPartition> assigned) {
        changes++;
        assigned.forEach(id -> shares.put(id, new Share(id)));
    }

    List<Share> of(Collection<TopicPartition> ids) {
        return ids.stream().map(shares::get).filter(Objects::nonNull).toList();
    }

    List<Share> remove(Collection<TopicPartition> revoked) {
        changes++;
        return revoked.stream().map(shares::remove).filter(Objects::nonNull).toList();
    }

    int changes() {
        return changes;
    }

    @Nullable
    Share get(TopicPartition id) {
        return shares.get(id);
    }

    Collection<Share> all() {
        return List.copyOf(shares.values());
    }

    /** Has no more records come of them. */
    void pause() {
        consumer.pause(Set.copyOf(shares.keySet()));
    }

    /**
     * Has records come again. The consumer is not asked for what it has paused: with the group protocol of KIP-848 it names
     * partitions that it was just told to have lost, which are taken from it by a thread of its own at any moment.
     */
    void resume() {
        consumer.resume(Set.copyOf(shares.keySet()));
    }

    /** Waits until nothing of them is in flight, at most so long and as long as there is a sense in it. */
    static void awaitSettled(Collection<Share> waiting, Duration limit, BooleanSupplier worthwhile) {
        long end = System.nanoTime() + limit.toNanos();
        while (waiting.stream().anyMatch(Share::hasInFlight)
                && worthwhile.getAsBoolean()
                && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(waiting, LOOK_NANOS);
        }
    }

    /** Commits what has settled without waiting for the answer, unless one is still waited for. */
    void commit() {
        Map<Share, Long> due = committing || !commits ? Map.of() : due(shares.values());
        if (!due.isEmpty()) {
            committing = true;
            consumer.commitAsync(positions(due), (offsets, error) -> {
                committing = false;
                committed(due, error);
            });
        }
    }

    /** Commits what has settled of these and waits for the answer; what cannot be committed will be read again. */
    void commitNow(Collection<Share> all, Duration limit) {
        Map<Share, Long> due = commits ? due(all) : Map.of();
        if (due.isEmpty()) {
            return;
        }
        try {
            commitSync(positions(due), limit);
            committed(due, null);
        } catch (KafkaException e) {
            committed(due, e);
        }
    }

    private void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets, Duration limit) {
        try {
            consumer.commitSync(offsets, limit);
        } catch (WakeupException e) {
            // It was meant for a poll; it comes once.
            consumer.commitSync(offsets, limit);
        }
    }

    private static Map<Share, Long> due(Collection<Share> all) {
        Map<Share, Long> due = new HashMap<>();
        for (Share share : all) {
            share.due().ifPresent(last -> due.put(share, last));
        }
        return due;
    }

    private static Map<TopicPartition, OffsetAndMetadata> positions(Map<Share, Long> due) {
        Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        due.forEach((share, last) -> positions.put(share.id(), share.position(last)));
        return positions;
    }

    private void committed(Map<Share, Long> due, @Nullable Exception error) {
        meters.committed(error == null);
        if (error == null) {
            due.forEach(Share::committed);
        } else {
            LOG.warn("Offsets could not be committed, source={} reason={}", meters.source(), error.toString());
        }
    }

    /** How many records lie behind the last one that has settled, as far as that is known. */
    long lag() {
        long sum = 0;
        for (Share share : shares.values()) {
            sum += consumer.currentLag(share.id()).orElse(0) + Math.max(0, share.unsettled());
        }
        return sum;
    }
}
