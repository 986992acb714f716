package io.bspump.routing;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.FedSource;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.Settlement;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Takes an event from code at once or not at all, for callers that have something better to do than wait, such as a web
 * server that answers "try again later": {@link #put} fails at once while the pipeline does not run, is in error, or has
 * {@code capacity} such events in hand. Events of other pipelines wait, as with {@link InternalSource}.
 *
 * @param <O> the type of the events
 */
public final class DirectSource<O> extends FedSource<O> {

    public static final Options OPTIONS = Options.of(Option.integer("capacity")
            .between(1, 100_000_000)
            .defaultTo(10_000)
            .doc("How many events that code has put may be unsettled; another one is refused."));

    private final int capacity;

    /** Creates a source whose id is {@code DirectSource}. */
    public DirectSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code DirectSource}
     * @param config values that go above the class's defaults and below the file
     */
    public DirectSource(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        capacity = config().getInt("capacity");
    }

    /**
     * Hands in an event, or fails at once. Any thread.
     *
     * @param context copied into the event's own context
     * @return how the event ended; an error when it was refused, or when the pipeline was stopped before it had settled
     */
    @Override
    public Mono<Settlement> put(Context context, Object event) {
        return Mono.defer(() -> {
            PipelineState state = pipeline().state();
            if (state != PipelineState.RUNNING) {
                return Mono.error(new IllegalStateException(address() + " takes no event: the pipeline is " + state));
            }
            if (putByCode() >= capacity) {
                return Mono.error(
                        new IllegalStateException(address() + " takes no event: it has " + capacity + " in hand"));
            }
            return super.put(context, event);
        });
    }
}
