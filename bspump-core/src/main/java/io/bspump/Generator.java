package io.bspump;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * A stage that makes 0..n events of one. The event that went in settles when all that came out have settled. Order is
 * kept: the next event is taken up when the one before has made its last.
 *
 * @param <I> the type of the events that go in
 * @param <O> the type of the events that come out
 */
public abstract class Generator<I, O> extends Stage<I, O> {

    /** Creates a generator whose id is its simple class name. */
    protected Generator(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for the simple class name
     * @param config values that go above the class's defaults and below the file
     */
    protected Generator(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    /**
     * Makes events of one. Called on the lane, must not block; the publisher may emit on any thread and is asked for no
     * more than the pipeline can take. Each event that comes out gets a copy of the context. When the publisher fails,
     * what came out before has gone on, and a retry makes everything anew. With {@code delivery = exactly_once} the retry must
     * make the same events in the same order: those that have gone on before are left out.
     */
    protected abstract Publisher<? extends O> generate(Context context, I event);
}
