package io.bspump.sink;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Sink;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Discards events; each is delivered at once. */
public final class NullSink extends Sink<Object> {

    /** Creates a sink whose id is {@code NullSink}. */
    public NullSink(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code NullSink}
     * @param config values that go above the class's defaults and below the file
     */
    public NullSink(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    @Override
    protected Mono<Void> process(Context context, Object event) {
        return Mono.empty();
    }
}
