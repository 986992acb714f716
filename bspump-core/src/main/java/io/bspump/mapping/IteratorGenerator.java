package io.bspump.mapping;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Generator;
import io.bspump.Pipeline;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Makes events of the elements of a list or another {@link Iterable}. Elements that are null are left out. Its iterator is
 * called on the lane and must not block.
 */
public final class IteratorGenerator extends Generator<Object, Object> {

    /** Creates a generator whose id is {@code IteratorGenerator}. */
    public IteratorGenerator(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code IteratorGenerator}
     * @param config values that go above the class's defaults and below the file
     */
    public IteratorGenerator(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    @Override
    protected Flux<Object> generate(Context context, Object event) {
        if (event instanceof Iterable<?> elements) {
            return Elements.of(elements);
        }
        throw new IllegalArgumentException("the event must be a list or another Iterable, was a "
                + event.getClass().getName());
    }
}
