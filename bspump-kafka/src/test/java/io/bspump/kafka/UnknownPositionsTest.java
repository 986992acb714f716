package io.bspump.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.RewindException;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What real brokers say too seldom; {@link KafkaExactlyOnceTest} has the rest. */
class UnknownPositionsTest {

    private static final TopicPartition A = new TopicPartition("t", 0);
    private static final TopicPartition B = new TopicPartition("t", 1);

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");

    @BeforeEach
    void assign() {
        consumer.assign(Set.of(A, B));
        consumer.updateBeginningOffsets(Map.of(A, 3L, B, 3L));
        consumer.updateEndOffsets(Map.of(A, 9L, B, 9L));
        consumer.seek(A, 1);
        consumer.seek(B, 1);
    }

    private void resolve(Start start, InvalidOffsetException error) {
        new UnknownPositions(consumer, start, "P.*S").resolve(error, A::equals);
    }

    private static LogTruncationException cut(long position, Map<TopicPartition, OffsetAndMetadata> divergent) {
        return new LogTruncationException("cut", Map.of(A, position), divergent);
    }

    @Test
    void beginsWhereNothingWasCommitted() {
        resolve(Start.EARLIEST, new NoOffsetForPartitionException(Set.of(A, B)));
        assertThat(consumer.position(A)).isEqualTo(3);
        assertThat(consumer.position(B)).isEqualTo(1);
    }

    @Test
    void skipsWhatWasDeleted() {
        resolve(Start.EARLIEST, new OffsetOutOfRangeException(Map.of(A, 2L, B, 2L)));
        assertThat(consumer.position(A)).isEqualTo(3);
        assertThat(consumer.position(B)).isEqualTo(1);
    }

    @Test
    void staysWhereItIsIfOnlyTheEpochIsForgotten() {
        for (long position : new long[] {3, 5, 9}) {
            resolve(Start.EARLIEST, cut(position, Map.of()));
            assertThat(consumer.position(A)).isEqualTo(position);
        }
    }

    @Test
    void doesNotBeginAgainWhatWasRead() {
        for (InvalidOffsetException error : new InvalidOffsetException[] {
            cut(5, Map.of(A, new OffsetAndMetadata(4))),
            cut(10, Map.of()),
            new OffsetOutOfRangeException(Map.of(A, 5L)),
            new OffsetOutOfRangeException(Map.of(A, 10L))
        }) {
            assertThatThrownBy(() -> resolve(Start.EARLIEST, error))
                    .isInstanceOf(RewindException.class)
                    .hasMessageMatching("the brokers do not know position (5|10) of t-0,"
                            + " and to begin it again would be to write twice what was read");
            assertThat(consumer.position(A)).isEqualTo(1);
        }
    }

    @Test
    void failsWhereTheStartIsNone() {
        Start none = new Start(Start.Kind.NONE, null, 0);
        for (InvalidOffsetException error : new InvalidOffsetException[] {
            new NoOffsetForPartitionException(A), new OffsetOutOfRangeException(Map.of(A, 2L)), cut(5, Map.of())
        }) {
            assertThatThrownBy(() -> resolve(none, error)).isSameAs(error);
        }
    }
}
