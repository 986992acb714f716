package io.bspump.mapping;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes a map without maps inside of a map with maps inside: {@code {"a": {"b": 1}}} becomes {@code {"a.b": 1}}. Lists stay as
 * they are, and so do empty maps. Two fields that would become the same are an error. A new map comes out.
 */
public final class FlattenDictProcessor extends Processor<Object, Object> {

    public static final Options OPTIONS = Options.of(Option.string("separator")
            .defaultTo(".")
            .doc("What stands between the names of the outer and the inner field."));

    private static final int MAX_DEPTH = 1_000;

    private final String separator;

    /** Creates a processor whose id is {@code FlattenDictProcessor}. */
    public FlattenDictProcessor(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code FlattenDictProcessor}
     * @param config values that go above the class's defaults and below the file
     */
    public FlattenDictProcessor(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        separator = config().get("separator");
    }

    @Override
    protected Object process(Context context, Object event) {
        Map<String, @Nullable Object> flat = new LinkedHashMap<>();
        flatten("", Fields.of(event), flat, 0);
        return flat;
    }

    private void flatten(String prefix, Map<?, ?> map, Map<String, @Nullable Object> flat, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("the event must not be deeper than " + MAX_DEPTH + " maps");
        }
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            String field = name(prefix, entry.getKey());
            if (entry.getValue() instanceof Map<?, ?> inner && !inner.isEmpty()) {
                flatten(field + separator, inner, flat, depth + 1);
            } else if (flat.containsKey(field)) {
                throw new IllegalArgumentException("two fields of the event become '" + field + "'");
            } else {
                flat.put(field, entry.getValue());
            }
        }
    }

    private static String name(String prefix, @Nullable Object key) {
        if (key == null) {
            throw new IllegalArgumentException("a key of the event is null");
        }
        return prefix.isEmpty() ? key.toString() : prefix + key;
    }
}
