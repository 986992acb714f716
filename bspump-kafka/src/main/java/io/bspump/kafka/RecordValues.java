package io.bspump.kafka;

import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** What a record's context starts with, as a map that is made only when somebody wants to see all of it. Immutable. */
final class RecordValues extends AbstractMap<String, Object> {

    /** The key of the record, {@code byte[]}. */
    static final String KEY = "kafka_key";

    /** Its headers: a map from names to {@code byte[]}, or to a list of them where a name occurs more than once. */
    static final String HEADERS = "kafka_headers";

    /** True if the record has no value, which deletes its key in a compacted topic. */
    static final String TOMBSTONE = "kafka_tombstone";

    static final String TOPIC = "_kafka_topic";
    static final String PARTITION = "_kafka_partition";
    static final String OFFSET = "_kafka_offset";
    static final String TIMESTAMP = "_kafka_timestamp";

    private final String topic;
    private final int partition;
    private final long offset;
    private final long timestamp;
    private final byte @Nullable [] key;
    private final @Nullable Map<String, Object> headers;
    private final boolean tombstone;

    RecordValues(ConsumerRecord<byte[], byte[]> record) {
        topic = record.topic();
        partition = record.partition();
        offset = record.offset();
        timestamp = record.timestamp();
        key = record.key();
        headers = headers(record.headers());
        tombstone = record.value() == null;
    }

    private static @Nullable Map<String, Object> headers(Headers headers) {
        Header[] given = headers.toArray();
        if (given.length == 0) {
            return null;
        }
        Map<String, Object> all = new HashMap<>();
        for (Header header : given) {
            add(all, header.key(), header.value() == null ? new byte[0] : header.value());
        }
        return all;
    }

    private static void add(Map<String, Object> all, String name, byte[] value) {
        Object before = all.get(name);
        if (before == null) {
            all.put(name, value);
            return;
        }
        List<Object> values = new ArrayList<>(before instanceof List<?> list ? list : List.of(before));
        values.add(value);
        all.put(name, values);
    }

    long offset() {
        return offset;
    }

    @Override
    public @Nullable Object get(Object name) {
        return switch ((String) name) {
            case KEY -> key;
            case HEADERS -> headers;
            case TOMBSTONE -> tombstone ? Boolean.TRUE : null;
            case TOPIC -> topic;
            case PARTITION -> partition;
            case OFFSET -> offset;
            case TIMESTAMP -> timestamp;
            default -> null;
        };
    }

    @Override
    public boolean containsKey(Object name) {
        return get(name) != null;
    }

    @Override
    public Set<Entry<String, Object>> entrySet() {
        Map<String, Object> all = new HashMap<>();
        for (String name : List.of(KEY, HEADERS, TOMBSTONE, TOPIC, PARTITION, OFFSET, TIMESTAMP)) {
            Object value = get(name);
            if (value != null) {
                all.put(name, value);
            }
        }
        return all.entrySet();
    }
}
