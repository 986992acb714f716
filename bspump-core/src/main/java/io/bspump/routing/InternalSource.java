package io.bspump.routing;

import io.bspump.Application;
import io.bspump.FedSource;
import io.bspump.Pipeline;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes events from other pipelines and from code: {@link #put} hands one in and tells how it ended. An event that waits
 * for demand waits with its caller, so the source holds no more events than callers wait for.
 *
 * @param <O> the type of the events
 */
public final class InternalSource<O> extends FedSource<O> {

    /** Creates a source whose id is {@code InternalSource}. */
    public InternalSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code InternalSource}
     * @param config values that go above the class's defaults and below the file
     */
    public InternalSource(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }
}
