package io.bspump.kafka;

import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;

/**
 * What a source is in its group at one moment: the brokers take offsets in a transaction only from who is a member of the
 * present generation, and they are right only for partitions that it has had all the time.
 */
record Membership(ConsumerGroupMetadata group, Set<Share> shares) {

    boolean has(KafkaPosition position) {
        return shares.contains(position.share());
    }
}
