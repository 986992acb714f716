package io.bspump.kafka;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Whether the brokers do not have what a record is for. A producer cannot tell: for it a topic that is not there is one of which it
 * has not heard in time.
 */
final class MissingTopics {

    private static final long PATIENCE_SECONDS = 5;

    private MissingTopics() {}

    /** Asks; false as long as nobody can say it. Blocks. */
    static boolean isFor(ProducerRecord<?, ?> record, @Nullable Admin admin) {
        if (admin == null) {
            return false;
        }
        String topic = record.topic();
        try {
            TopicDescription there = admin.describeTopics(List.of(topic))
                    .allTopicNames()
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .get(topic);
            Integer partition = record.partition();
            return partition != null
                    && there != null
                    && partition >= there.partitions().size();
        } catch (ExecutionException e) {
            return e.getCause() instanceof UnknownTopicOrPartitionException
                    || e.getCause() instanceof InvalidTopicException;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // it is to end
            return false;
        }
    }
}
