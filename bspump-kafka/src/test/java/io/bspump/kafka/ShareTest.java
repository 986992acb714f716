package io.bspump.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class ShareTest {

    private final Share share = new Share(new TopicPartition("t", 0));

    @Test
    void nothingIsDueBeforeARecordHasSettled() {
        poll(7, 1);

        assertThat(share.due()).isEmpty();
        assertThat(share.unsettled()).isEqualTo(1);
        assertThat(share.hasInFlight()).isFalse();
    }

    @Test
    void whatHasSettledIsDueUntilItIsCommitted() {
        Received first = poll(7, 1);
        Received second = poll(9, 1);
        share.emitted(first);
        share.emitted(second);

        share.settled(first);

        assertThat(share.due()).isEqualTo(OptionalLong.of(7));
        assertThat(share.hasInFlight()).isTrue();
        assertThat(share.unsettled()).isEqualTo(2);
        share.committed(7);
        assertThat(share.due()).isEmpty();
        share.settled(second);
        assertThat(share.due()).isEqualTo(OptionalLong.of(9));
        assertThat(share.hasInFlight()).isFalse();
        assertThat(share.unsettled()).isZero();
    }

    @Test
    void offsetZeroSettlesLikeOthers() {
        Received record = poll(0, 1);
        share.emitted(record);
        assertThat(share.hasInFlight()).isTrue();

        share.settled(record);

        assertThat(share.due()).isEqualTo(OptionalLong.of(0));
        assertThat(share.hasInFlight()).isFalse();
    }

    @Test
    void aPositionHasTheEpochOfItsRecord() {
        poll(1, 5);
        poll(2, 5);
        poll(3, 6);
        poll(4, 8);

        assertThat(share.position(2)).isEqualTo(position(3, 5));
        assertThat(share.position(2)).isEqualTo(position(3, 5));
        assertThat(share.position(3)).isEqualTo(position(4, 6));
        poll(5, 8);
        assertThat(share.position(5)).isEqualTo(position(6, 8));
    }

    @Test
    void anEpochIsKnownAfterOthersWereForgotten() {
        share.settled(poll(1, 5));
        share.settled(poll(2, 6));
        Received third = poll(3, 7);
        poll(4, 8);

        assertThat(share.position(2)).isEqualTo(position(3, 6));
        share.settled(third);
        assertThat(share.position(3)).isEqualTo(position(4, 7));
    }

    private Received poll(long offset, int epoch) {
        Received record = new Received(
                share,
                new ConsumerRecord<>(
                        "t",
                        0,
                        offset,
                        0,
                        TimestampType.CREATE_TIME,
                        -1,
                        1,
                        null,
                        new byte[1],
                        new RecordHeaders(),
                        Optional.of(epoch)));
        share.polled(record);
        return record;
    }

    private static OffsetAndMetadata position(long offset, int epoch) {
        return new OffsetAndMetadata(offset, Optional.of(epoch), "");
    }
}
