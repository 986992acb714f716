package io.bspump;

import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A stage whose code blocks: it runs on threads made for that ({@link Application#blocking()}), never on the lane. With
 * the default {@code concurrency = 1} its code needs no locks.
 *
 * @param <I> the type of the events that go in
 * @param <O> the type of the events that come out
 */
public abstract class BlockingProcessor<I, O> extends AsyncProcessor<I, O> {

    public static final Options OPTIONS = Options.of(Option.integer("concurrency")
            .between(1, 10_000)
            .defaultTo(1)
            .doc("How many events may be processed at a time, each on its own thread."));

    /** Creates a processor whose id is its simple class name. */
    protected BlockingProcessor(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for the simple class name
     * @param config values that go above the class's defaults and below the file
     */
    protected BlockingProcessor(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    /**
     * Transforms an event; may block. Interrupted when the pipeline's drain is cut short.
     *
     * @return the event that goes on, or null to drop it
     * @throws Exception when it cannot; the event then goes the error policy's way
     */
    protected abstract @Nullable O processBlocking(Context context, I event) throws Exception;

    @Override
    protected final Mono<? extends O> process(Context context, I event) {
        return Mono.<O>fromCallable(() -> processBlocking(context, event)).subscribeOn(app().blocking());
    }
}
