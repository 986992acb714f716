package io.bspump;

import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The end of a pipeline, event by event. An event is delivered when the Mono that {@link #process} returned for it
 * completes. Events are begun in order, up to {@code concurrency} at a time.
 *
 * @param <I> the type of the events that go in
 */
public abstract class Sink<I> extends Stage<I, Void> {

    public static final Options OPTIONS = Options.of(Option.integer("concurrency")
            .between(1, 1_000_000)
            .defaultTo(1)
            .doc("How many events may be unconfirmed at a time; with 1 a retry keeps the order."));

    /** Creates a sink whose id is its simple class name. */
    protected Sink(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for the simple class name
     * @param config values that go above the class's defaults and below the file
     */
    protected Sink(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    /**
     * Delivers an event. Called on the lane, must not block; the Mono may end on any thread and is cancelled when the
     * pipeline's drain is cut short. A sink that is done when it returns returns {@code Mono.empty()}, which costs
     * nothing.
     *
     * @throws Exception like an error of the Mono: the event goes the error policy's way
     */
    protected abstract Mono<Void> process(Context context, I event) throws Exception;

    @Override
    final boolean isSink() {
        return true;
    }
}
