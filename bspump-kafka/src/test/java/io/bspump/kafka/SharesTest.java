package io.bspump.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharesTest {

    @TempDir
    Path directory;

    @Test
    void aPartitionThatHasGoneIsLeftAloneAlsoWhereTheConsumerStillNamesIt() {
        TopicPartition kept = new TopicPartition("t", 0);
        TopicPartition gone = new TopicPartition("t", 1);
        try (MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
                TestPump pump =
                        new TestPump(directory, "[connection:K]\ntype = kafka\nbootstrap_servers = 127.0.0.1:1\n")) {
            consumer.assign(List.of(kept, gone));
            Shares shares = new Shares(consumer, meters(pump), true);
            shares.add(List.of(kept, gone));
            shares.pause();
            assertThat(consumer.paused()).containsExactlyInAnyOrder(kept, gone);

            shares.remove(List.of(gone));
            shares.resume();

            assertThat(consumer.paused()).containsExactly(gone);
        }
    }

    private static SourceMeters meters(TestPump pump) {
        SourceMeters[] made = new SourceMeters[1];
        pump.record("P", (app, pipeline) -> {
            KafkaSource source = new KafkaSource(app, pipeline, "K");
            made[0] = new SourceMeters(new SimpleMeterRegistry(), source);
            return source;
        });
        return made[0];
    }
}
