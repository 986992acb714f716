package io.bspump.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.bspump.Context;
import io.bspump.config.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/** Makes records of events, as the section of a sink and the context of an event say. Immutable. */
final class Records {

    /** Where the context says the topic. */
    static final String TOPIC = "kafka_topic";

    /** Where the context says the partition. */
    static final String PARTITION = "kafka_partition";

    /** Where the context says the timestamp, in milliseconds since 1970. */
    static final String TIMESTAMP = "kafka_timestamp";

    private final Config config;
    private final @Nullable Template topic;
    private final @Nullable Template key;
    private final @Nullable Template partition;
    private final List<Header> headers;
    private final boolean keepsTimestamp;

    Records(Config config) {
        this.config = config;
        this.topic = template("topic");
        this.key = template("key");
        this.partition = template("partition");
        this.keepsTimestamp = config.get("timestamp").equals("source");
        this.headers = constantHeaders();
        if (topic != null && !Topics.isName(topic.sample())) {
            throw config.invalid("topic", "must be the name of a topic");
        }
        if (partition != null && !partition.sample().matches("\\d{1,9}")) {
            throw config.invalid("partition", "must be a number");
        }
    }

    private @Nullable Template template(String option) {
        return config.contains(option) ? new Template(option, config.get(option)) : null;
    }

    private List<Header> constantHeaders() {
        List<Header> all = new ArrayList<>();
        for (String header : config.getList("headers", List.of())) {
            int equals = header.indexOf('=');
            if (equals < 1) {
                throw config.invalid("headers", "must be NAME=VALUE, '" + header + "' is not");
            }
            all.add(header(
                    header.substring(0, equals).strip(),
                    header.substring(equals + 1).strip()));
        }
        return List.copyOf(all);
    }

    /**
     * Makes a record.
     *
     * @throws IllegalArgumentException if that cannot be, saying why
     */
    ProducerRecord<byte[], byte[]> of(Context context, Object event) {
        return new ProducerRecord<>(
                topic(context),
                partition(context),
                timestamp(context),
                key(context),
                value(context, event),
                headers(context));
    }

    private String topic(Context context) {
        Object named = topic == null ? context.get(TOPIC) : topic.fill(context);
        if (named == null) {
            throw new IllegalArgumentException(
                    "[" + config.name() + "] topic must be set, or " + TOPIC + " in the event's context");
        }
        String name = named.toString();
        if (topic == null || !topic.isConstant()) {
            check(name);
        }
        return name;
    }

    private static void check(String name) {
        if (!Topics.isName(name)) {
            throw new IllegalArgumentException("'" + name + "' is no name of a topic");
        }
    }

    private @Nullable Integer partition(Context context) {
        Object value = partition == null ? context.get(PARTITION) : partition.fill(context);
        if (value == null) {
            return null;
        }
        try {
            return Integer.parseUnsignedInt(value.toString());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("the partition must be a number, was '" + value + "'", e);
        }
    }

    private @Nullable Long timestamp(Context context) {
        Object value = context.get(TIMESTAMP);
        if (value == null && keepsTimestamp) {
            value = context.get(RecordValues.TIMESTAMP);
        }
        if (value == null || value instanceof Long) {
            return (Long) value;
        }
        throw wrong(TIMESTAMP, "a number of milliseconds (Long)", value);
    }

    private byte @Nullable [] key(Context context) {
        Object value = key == null ? context.get(RecordValues.KEY) : key.fill(context);
        return value == null ? null : bytes(RecordValues.KEY, value);
    }

    private static byte @Nullable [] value(Context context, Object event) {
        if (event instanceof byte[] bytes) {
            return bytes.length == 0 && context.get(RecordValues.TOMBSTONE) == Boolean.TRUE ? null : bytes;
        }
        if (event instanceof CharSequence || event instanceof Number) {
            return event.toString().getBytes(UTF_8);
        }
        throw new IllegalArgumentException("events must be bytes, text or numbers to be sent, was a "
                + event.getClass().getSimpleName());
    }

    private @Nullable List<Header> headers(Context context) {
        Object given = context.get(RecordValues.HEADERS);
        if (given == null) {
            return headers.isEmpty() ? null : headers;
        }
        if (!(given instanceof Map<?, ?> map)) {
            throw wrong(RecordValues.HEADERS, "a map of bytes or texts, or of lists of them", given);
        }
        List<Header> all = new ArrayList<>(headers);
        map.forEach((name, value) -> {
            for (Object each : value instanceof List<?> list ? list : List.of(value)) {
                all.add(header(String.valueOf(name), each));
            }
        });
        return all;
    }

    private static Header header(String name, Object value) {
        return new RecordHeader(name, bytes(RecordValues.HEADERS, value));
    }

    private static byte[] bytes(String where, Object value) {
        if (value instanceof byte[] bytes) {
            return bytes;
        }
        if (value instanceof CharSequence || value instanceof Number) {
            return value.toString().getBytes(UTF_8);
        }
        throw wrong(where, "bytes or text", value);
    }

    private static IllegalArgumentException wrong(String key, String rule, Object value) {
        return new IllegalArgumentException(key + " in the event's context must be " + rule + ", was a "
                + value.getClass().getSimpleName());
    }
}
