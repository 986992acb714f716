package io.bspump.mapping;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Map.Entry;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds a map field by field: for each key that it knows, a function gives the key and the value that stand in the new map,
 * or null to leave the field out. Other fields go through {@link #other}. Extend it and override {@link #build}.
 */
public abstract class MappingTransformator extends Processor<Object, Object> {

    private @Nullable Map<String, Transformation> transformations;

    /** Creates a processor whose id is {@code the simple class name}. */
    protected MappingTransformator(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code the simple class name}
     * @param config values that go above the class's defaults and below the file
     */
    protected MappingTransformator(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    /** What becomes of one field. */
    @FunctionalInterface
    public interface Transformation {
        /** Returns the new key and value, or null to leave the field out. */
        @Nullable
        Entry<String, ? extends @Nullable Object> apply(String key, @Nullable Object value) throws Exception;
    }

    /** Returns the functions by key. Called once, before the first event. */
    protected abstract Map<String, Transformation> build();

    /** Makes of a field that has no function what {@link Transformation#apply} would. Defaults to leaving it as it is. */
    protected @Nullable Entry<String, ? extends @Nullable Object> other(String key, @Nullable Object value)
            throws Exception {
        return new java.util.AbstractMap.SimpleImmutableEntry<>(key, value);
    }

    @Override
    protected final Object process(Context context, Object event) throws Exception {
        Map<String, Transformation> functions = transformations;
        if (functions == null) {
            functions = Map.copyOf(build());
            transformations = functions;
        }
        Map<String, @Nullable Object> rebuilt = new LinkedHashMap<>();
        for (Entry<String, @Nullable Object> field : Fields.of(event).entrySet()) {
            Transformation function = functions.get(field.getKey());
            Entry<String, ? extends @Nullable Object> made = function == null
                    ? other(field.getKey(), field.getValue())
                    : function.apply(field.getKey(), field.getValue());
            add(rebuilt, made);
        }
        return rebuilt;
    }

    private static void add(
            Map<String, @Nullable Object> rebuilt, @Nullable Entry<String, ? extends @Nullable Object> made) {
        if (made == null) {
            return;
        }
        if (rebuilt.containsKey(made.getKey())) {
            throw new IllegalArgumentException("two fields of the event become '" + made.getKey() + "'");
        }
        rebuilt.put(made.getKey(), made.getValue());
    }
}
