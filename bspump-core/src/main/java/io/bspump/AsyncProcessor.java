package io.bspump;

import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A stage that answers later: one event in, one event or none out. Up to {@code concurrency} events are under way at a
 * time; results go on in the order of the events unless {@code ordered = no}.
 *
 * @param <I> the type of the events that go in
 * @param <O> the type of the events that come out
 */
public abstract class AsyncProcessor<I, O> extends Stage<I, O> {

    public static final Options OPTIONS = Options.of(
            Option.integer("concurrency")
                    .between(1, 1_000_000)
                    .defaultTo(256)
                    .doc("How many events may be under way at a time."),
            Option.bool("ordered")
                    .defaultTo(true)
                    .doc("Whether results go on in the order of the events; otherwise as they come."));

    /** Creates a processor whose id is its simple class name. */
    protected AsyncProcessor(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for the simple class name
     * @param config values that go above the class's defaults and below the file
     */
    protected AsyncProcessor(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    /**
     * Starts the work on an event. Called on the lane, must not block; the result may come on any thread. Cancelled when
     * the pipeline's drain is cut short.
     *
     * @return the event that goes on; empty to drop it; an error to send it the error policy's way
     */
    protected abstract Mono<? extends O> process(Context context, I event);
}
