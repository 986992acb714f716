package io.bspump.mapping;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Generator;
import io.bspump.Pipeline;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Makes events of the values of a map, in their order. Values that are null are left out.
 */
public final class MappingValuesGenerator extends Generator<Object, Object> {

    /** Creates a generator whose id is {@code MappingValuesGenerator}. */
    public MappingValuesGenerator(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code MappingValuesGenerator}
     * @param config values that go above the class's defaults and below the file
     */
    public MappingValuesGenerator(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    @Override
    protected Flux<? extends Object> generate(Context context, Object event) {
        return Elements.of(Fields.of(event).values());
    }
}
