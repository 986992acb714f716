package io.bspump.mapping;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Generator;
import io.bspump.Pipeline;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Makes events of the keys and values of a map, as lists of two, in their order.
 */
public final class MappingItemsGenerator extends Generator<Object, Object> {

    /** Creates a generator whose id is {@code MappingItemsGenerator}. */
    public MappingItemsGenerator(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code MappingItemsGenerator}
     * @param config values that go above the class's defaults and below the file
     */
    public MappingItemsGenerator(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    @Override
    protected Flux<? extends Object> generate(Context context, Object event) {
        return Flux.fromIterable(Fields.of(event).entrySet())
                .map(item -> Arrays.asList(item.getKey(), item.getValue()));
    }
}
