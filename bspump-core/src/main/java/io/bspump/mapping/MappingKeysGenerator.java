package io.bspump.mapping;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Generator;
import io.bspump.Pipeline;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Makes events of the keys of a map, in their order.
 */
public final class MappingKeysGenerator extends Generator<Object, Object> {

    /** Creates a generator whose id is {@code MappingKeysGenerator}. */
    public MappingKeysGenerator(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code MappingKeysGenerator}
     * @param config values that go above the class's defaults and below the file
     */
    public MappingKeysGenerator(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    @Override
    protected Flux<? extends Object> generate(Context context, Object event) {
        return Flux.fromIterable(Fields.of(event).keySet());
    }
}
