package io.bspump.kafka;

import io.bspump.Position;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The offset behind the last record of a partition that has settled, and who has read it. */
final class KafkaPosition extends Position {

    private final ConsumerLoop reader;
    private final Share share;
    private final Received last;

    KafkaPosition(KafkaSource source, ConsumerLoop reader, Share share, Received last) {
        super(source, share.id().toString(), Long.toString(last.offset() + 1));
        this.reader = reader;
        this.share = share;
        this.last = last;
    }

    Share share() {
        return share;
    }

    TopicPartition id() {
        return share.id();
    }

    OffsetAndMetadata offset() {
        return Share.position(last);
    }

    /** Takes it that the position has been committed. On the lane. */
    void committed() {
        share.settled(last);
    }

    /** What the reader is in its group now. Any thread. */
    @Nullable
    Membership membership() {
        return reader.membership();
    }

    ConsumerLoop reader() {
        return reader;
    }
}
