package io.bspump.mapping;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes a list of the keys and values, as lists of two, of a map, in their order.
 */
public final class MappingItemsProcessor extends Processor<Object, Object> {

    /** Creates a processor whose id is {@code MappingItemsProcessor}. */
    public MappingItemsProcessor(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code MappingItemsProcessor}
     * @param config values that go above the class's defaults and below the file
     */
    public MappingItemsProcessor(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    @Override
    protected List<Object> process(Context context, Object event) {
        return items(Fields.of(event));
    }

    private static List<Object> items(Map<String, @Nullable Object> event) {
        List<Object> items = new ArrayList<>(event.size());
        event.forEach((key, value) -> items.add(Arrays.asList(key, value)));
        return items;
    }
}
