package io.bspump.kafka;

import io.bspump.Emission;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A record on its way through the pipeline. */
final class Received extends Emission<byte[]> {

    private static final byte[] NOTHING = {};

    /** What a record costs beside its key and value, about. */
    private static final long OVERHEAD = 150;

    private final Share share;
    private final RecordValues values;
    private final Optional<Integer> leaderEpoch;
    private boolean followed;

    Received(Share share, ConsumerRecord<byte[], byte[]> record) {
        super(share.partition(), content(record), size(record));
        this.share = share;
        this.values = new RecordValues(record);
        this.leaderEpoch = record.leaderEpoch();
    }

    private static byte[] content(ConsumerRecord<byte[], byte[]> record) {
        return record.value() == null ? NOTHING : record.value();
    }

    private static long size(ConsumerRecord<byte[], byte[]> record) {
        return OVERHEAD + Math.max(0, record.serializedKeySize()) + Math.max(0, record.serializedValueSize());
    }

    @Override
    protected Map<String, Object> values() {
        return values;
    }

    @Override
    protected boolean isFollowed() {
        return followed;
    }

    /** Others are emitted right after this one. */
    void follow() {
        followed = true;
    }

    Share share() {
        return share;
    }

    long offset() {
        return values.offset();
    }

    Optional<Integer> leaderEpoch() {
        return leaderEpoch;
    }
}
