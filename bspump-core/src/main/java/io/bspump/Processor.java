package io.bspump;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A synchronous stage: one event in, one event or none out. It runs on the pipeline's lane, one event at a time, so it
 * needs no locks and must not block; blocking work belongs in a {@link BlockingProcessor}.
 *
 * @param <I> the type of the events that go in
 * @param <O> the type of the events that come out
 */
public abstract class Processor<I, O> extends Stage<I, O> {

    /** Creates a processor whose id is its simple class name. */
    protected Processor(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for the simple class name
     * @param config values that go above the class's defaults and below the file
     */
    protected Processor(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    /**
     * Transforms an event.
     *
     * @return the event that goes on, or null to drop it
     * @throws Exception when it cannot; the event then goes the pipeline's error policy's way. When it is tried again, it
     *     is the same object: a processor that changes its input in place should be able to do it twice
     */
    protected abstract @Nullable O process(Context context, I event) throws Exception;
}
