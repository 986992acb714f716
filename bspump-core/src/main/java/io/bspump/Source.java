package io.bspump;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Where a pipeline's events come from. It emits on demand and learns how each event ended, so that it can move its
 * position (acknowledge, commit, remember an offset) only over events that have settled.
 *
 * @param <O> the type of the events
 */
public abstract class Source<O> extends Component {

    /** Creates a source whose id is its simple class name. */
    protected Source(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for the simple class name
     * @param config values that go above the class's defaults and below the file
     */
    protected Source(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    /**
     * Returns the events from the source's position on. Subscribed on the lane when the pipeline runs; one subscription
     * at a time; it may emit on any thread but must not block the subscribing one. It is asked for no more events than
     * the pipeline has room for ({@code max_in_flight}) and cancelled when the pipeline stops; one that emits more has failed.
     *
     * <p>When it completes, the source has ended. When it fails, the pipeline retries by its policy, else it is in error;
     * the next attempt subscribes again once everything emitted before has settled.
     */
    protected abstract Flux<? extends Emission<O>> events();

    /**
     * Tells that an event has ended. Called on the lane, once for each: in the order of the {@link Partition} that the
     * event was emitted with and only over the contiguous settled prefix of it, or at once when it has none. An event
     * that {@linkplain Settlement#FAILED failed} and has a partition is not told: the position stays before it. Must not
     * block.
     */
    protected void settled(Emission<?> emission, Settlement how) {}

    /**
     * Puts an event of another pipeline into this source. Sources that can take events this way, like {@code
     * InternalSource}, override it.
     *
     * @return how the event ended here; an error when it cannot be taken
     */
    protected Mono<Settlement> put(Context context, Object event) {
        return Mono.error(new IllegalStateException(address() + " takes no events from other pipelines"));
    }

    /**
     * Returns the addresses of stages of other pipelines that send their events here for as long as this source's pipeline
     * is registered; for sources like {@code TeeSource}. Defaults to none.
     */
    protected List<String> feeders() {
        return List.of();
    }

    /**
     * Returns nothing if the sources of several lanes share the work, as members of one group do. By default each would read
     * everything.
     */
    @Override
    protected Optional<String> obstacleToLanes(int lanes) {
        return Optional.of("would read everything " + lanes + " times");
    }

    @Override
    public final String address() {
        return pipeline().id() + ".*" + id();
    }
}
