package io.bspump.kafka;

import io.bspump.config.Config;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Where a group begins in partitions of which it has committed nothing.
 *
 * @param at the time of the first record, if it begins with a time
 * @param offset of the first record, if it begins with a number
 */
record Start(Kind kind, @Nullable Instant at, long offset) {

    static final Start EARLIEST = new Start(Kind.EARLIEST, null, 0);

    private static final String RULE =
            "must be earliest, latest, none, a time such as 2026-01-31T12:00:00Z, or an offset";
    private static final Duration PIN_TIMEOUT = Duration.ofSeconds(30);

    enum Kind {
        EARLIEST,
        LATEST,
        NONE,
        TIME,
        OFFSET
    }

    /** Reads the value of a key; empty if it has none. */
    static Optional<Start> of(Config config, String key) {
        if (!config.contains(key)) {
            return Optional.empty();
        }
        String text = config.get(key).strip().toLowerCase(Locale.ROOT);
        return Optional.of(
                switch (text) {
                    case "earliest", "smallest", "beginning" -> EARLIEST;
                    case "latest", "largest", "end" -> new Start(Kind.LATEST, null, 0);
                    case "none", "error" -> new Start(Kind.NONE, null, 0);
                    default -> parse(text, config, key);
                });
    }

    private static Start parse(String text, Config config, String key) {
        try {
            return text.matches("\\d{1,18}")
                    ? new Start(Kind.OFFSET, null, Long.parseLong(text))
                    : new Start(Kind.TIME, Instant.parse(text.toUpperCase(Locale.ROOT)), 0);
        } catch (DateTimeException e) {
            throw config.invalid(key, RULE);
        }
    }

    /** What the driver does on its own, also where an offset that was committed is no longer there. */
    String reset() {
        return kind == Kind.NONE ? "none" : "earliest";
    }

    /**
     * Moves a consumer to where it begins in partitions that were assigned to it, and commits that, so that a restart before
     * the first commit begins there as well. A partition that was added to a topic that the group has read is read from its
     * beginning.
     */
    void seek(Consumer<?, ?> consumer, Collection<TopicPartition> assigned) {
        if (kind == Kind.EARLIEST || kind == Kind.NONE || assigned.isEmpty()) {
            return;
        }
        Set<TopicPartition> all = new HashSet<>(assigned);
        for (String topic : topics(assigned)) {
            for (PartitionInfo info : consumer.partitionsFor(topic)) {
                all.add(new TopicPartition(topic, info.partition()));
            }
        }
        Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(all);
        Set<String> known =
                topics(all.stream().filter(each -> committed.get(each) != null).collect(Collectors.toSet()));
        Set<TopicPartition> fresh = assigned.stream()
                .filter(each -> committed.get(each) == null && !known.contains(each.topic()))
                .collect(Collectors.toSet());
        if (!fresh.isEmpty()) {
            pin(consumer, offsets(consumer, fresh));
        }
    }

    private static Set<String> topics(Collection<TopicPartition> partitions) {
        return partitions.stream().map(TopicPartition::topic).collect(Collectors.toSet());
    }

    private static void pin(Consumer<?, ?> consumer, Map<TopicPartition, Long> offsets) {
        Map<TopicPartition, OffsetAndMetadata> pinned = new HashMap<>();
        offsets.forEach((partition, offset) -> {
            consumer.seek(partition, offset);
            pinned.put(partition, new OffsetAndMetadata(offset));
        });
        consumer.commitSync(pinned, PIN_TIMEOUT);
    }

    private Map<TopicPartition, Long> offsets(Consumer<?, ?> consumer, Set<TopicPartition> fresh) {
        Map<TopicPartition, Long> ends = consumer.endOffsets(fresh);
        Instant time = at;
        if (time == null) {
            return kind == Kind.LATEST ? ends : fresh.stream().collect(Collectors.toMap(each -> each, each -> offset));
        }
        Map<TopicPartition, Long> offsets = new HashMap<>(ends);
        consumer.offsetsForTimes(fresh.stream().collect(Collectors.toMap(each -> each, each -> time.toEpochMilli())))
                .forEach((partition, found) -> put(offsets, partition, found));
        return offsets;
    }

    private static void put(
            Map<TopicPartition, Long> offsets, TopicPartition partition, @Nullable OffsetAndTimestamp found) {
        if (found != null) {
            offsets.put(partition, found.offset());
        }
    }
}
