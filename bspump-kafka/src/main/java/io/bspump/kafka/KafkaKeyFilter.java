package io.bspump.kafka;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets events pass whose {@code kafka_key} in the context, bytes or text, is one of the given keys. An event without a key is
 * dropped like one with another key.
 *
 * @param <T> the type of the events
 */
public final class KafkaKeyFilter<T> extends Processor<T, T> {

    public static final Options OPTIONS = Options.of(Option.list("keys")
            .defaultTo("")
            .doc("Keys that pass, as text in UTF-8, besides those that are given in code."));

    private final Set<ByteBuffer> keys = new HashSet<>();

    /** Creates one whose keys stand in its section. */
    public KafkaKeyFilter(Application app, Pipeline pipeline) {
        this(app, pipeline, List.of());
    }

    /** Creates one that lets these keys pass. */
    public KafkaKeyFilter(Application app, Pipeline pipeline, Collection<byte[]> keys) {
        this(app, pipeline, keys, null, Map.of());
    }

    /**
     * Creates one in full.
     *
     * @param keys that pass besides those of the section
     * @param id the id, or null for {@code KafkaKeyFilter}
     * @param config values that go above the class's defaults and below the file
     */
    public KafkaKeyFilter(
            Application app, Pipeline pipeline, Collection<byte[]> keys, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        keys.forEach(key -> this.keys.add(ByteBuffer.wrap(key.clone())));
        config().getList("keys").forEach(key -> this.keys.add(bytes(key)));
        if (this.keys.isEmpty()) {
            throw config().invalid("keys", "must name a key");
        }
    }

    private static ByteBuffer bytes(CharSequence text) {
        return ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    protected @Nullable T process(Context context, T event) {
        Object key = context.get(RecordValues.KEY);
        boolean passes = (key instanceof byte[] bytes && keys.contains(ByteBuffer.wrap(bytes)))
                || (key instanceof CharSequence text && keys.contains(bytes(text)));
        return passes ? event : null;
    }
}
