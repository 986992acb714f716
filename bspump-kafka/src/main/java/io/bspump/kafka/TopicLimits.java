package io.bspump.kafka;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How large the records of a topic may be. The producer cuts a batch that is too large for the brokers in two, for ever if that
 * does not make it small enough; so a record that is too large must not get into a batch with others. Not thread-safe.
 */
final class TopicLimits {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaSink.class);

    /** What the brokers take unless they are configured. */
    private static final long DEFAULT = 1_048_588;

    /** No limit is smaller than that in practice; so small records are not looked at. */
    private static final int SMALL = 8000;

    /** What a batch of one record has beside key, value and headers, at the least and at the most. */
    private static final int LEAST_OVERHEAD = 68;

    private static final int MOST_OVERHEAD = 100;
    private static final int HEADER_OVERHEAD = 10;
    private static final long VALID_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long PATIENCE_SECONDS = 5;
    private static final int MOST_TOPICS = 10_000;

    private final Map<String, Limit> known = new HashMap<>();

    private record Limit(long bytes, long until) {}

    /** How a record may be sent. */
    enum Way {
        WITH_OTHERS,
        ALONE,
        NEVER
    }

    /** Whom to ask, and whether the producer compresses. */
    record Asking(@Nullable Admin admin, boolean compressed) {}

    Way of(ProducerRecord<byte[], byte[]> record, @Nullable Admin admin, boolean compressed) {
        long size = size(record);
        if (size < SMALL) {
            return Way.WITH_OTHERS;
        }
        long limit = limit(record.topic(), admin);
        if (size + LEAST_OVERHEAD > limit) {
            return compressed ? Way.ALONE : Way.NEVER;
        }
        return size + MOST_OVERHEAD > limit ? Way.ALONE : Way.WITH_OTHERS;
    }

    RefusedException refuse(String topic, @Nullable Admin admin) {
        return new RefusedException("the record for topic '" + topic + "' cannot be sent: it is larger than "
                + limit(topic, admin) + " bytes, the topic's max.message.bytes");
    }

    private static long size(ProducerRecord<byte[], byte[]> record) {
        long size = (record.key() == null ? 0 : record.key().length)
                + (record.value() == null ? 0L : record.value().length);
        for (Header header : record.headers().toArray()) {
            size += HEADER_OVERHEAD + header.key().length() + header.value().length;
        }
        return size;
    }

    long limit(String topic, @Nullable Admin admin) {
        Limit limit = known.get(topic);
        if (limit == null || System.nanoTime() - limit.until >= 0) {
            limit = new Limit(ask(topic, admin), System.nanoTime() + VALID_NANOS);
            if (known.size() >= MOST_TOPICS) {
                known.clear();
            }
            known.put(topic, limit);
        }
        return limit.bytes;
    }

    private static long ask(String topic, @Nullable Admin admin) {
        if (admin == null) {
            return DEFAULT;
        }
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try {
            return admin
                    .describeConfigs(List.of(resource))
                    .all()
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .values()
                    .stream()
                    .flatMap(config -> config.entries().stream())
                    .filter(entry -> entry.name().equals(TopicConfig.MAX_MESSAGE_BYTES_CONFIG))
                    .mapToLong(entry -> Long.parseLong(entry.value()))
                    .findFirst()
                    .orElse(DEFAULT);
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("The limit of a topic is not known, topic={}", topic, e);
            return DEFAULT;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return DEFAULT;
        }
    }
}
