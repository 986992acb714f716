package io.bspump.source;

import io.bspump.Application;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.TriggerSource;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Emits what an {@link Iterable} holds, once per cycle. Each cycle asks for a new iterator; an iterable that has only one
 * gives nothing in the second. Iterators are called on the lane and must not block. It keeps no position: a restart
 * begins anew.
 *
 * @param <O> the type of the events
 */
public final class IteratorSource<O> extends TriggerSource<O> {

    private final Iterable<? extends O> iterable;

    /** Creates a source whose id is {@code IteratorSource}. */
    public IteratorSource(Application app, Pipeline pipeline, Iterable<? extends O> iterable) {
        this(app, pipeline, iterable, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code IteratorSource}
     * @param config values that go above the class's defaults and below the file
     */
    public IteratorSource(
            Application app,
            Pipeline pipeline,
            Iterable<? extends O> iterable,
            @Nullable String id,
            Map<String, ?> config) {
        super(app, pipeline, id, config);
        this.iterable = Objects.requireNonNull(iterable, "iterable");
    }

    @Override
    protected Flux<Emission<O>> cycle() {
        return Flux.fromIterable(iterable).map(Emission::new);
    }
}
