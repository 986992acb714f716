package io.bspump.mapping;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes a list of the keys of a map, in their order.
 */
public final class MappingKeysProcessor extends Processor<Object, Object> {

    /** Creates a processor whose id is {@code MappingKeysProcessor}. */
    public MappingKeysProcessor(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code MappingKeysProcessor}
     * @param config values that go above the class's defaults and below the file
     */
    public MappingKeysProcessor(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    @Override
    protected List<String> process(Context context, Object event) {
        return new ArrayList<>(Fields.of(event).keySet());
    }
}
