package io.bspump.routing;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.Routes;
import io.bspump.config.Options;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Copies each event to all bound sources of other pipelines and passes it on. The event settles when its own path and all
 * copies have ended. Without a bound source it only passes events on.
 *
 * @param <I> the type of the events
 */
public final class TeeProcessor<I> extends Processor<I, I> {

    public static final Options OPTIONS =
            Options.of(RouterOptions.TARGETS, RouterOptions.COPY_EVENT, Routes.ON_TARGET_ERROR);

    private final Routes routes;
    private final boolean copies;

    /** Creates a processor whose id is {@code TeeProcessor}. */
    public TeeProcessor(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code TeeProcessor}
     * @param config values that go above the class's defaults and below the file
     */
    public TeeProcessor(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        routes = new Routes(this);
        copies = config().getBoolean("copy_event");
        config().getList("targets").forEach(routes::add);
    }

    /**
     * Sends copies to a source from the next event on, and returns this. Any thread.
     *
     * @param address {@code P.*Source}, or the id of a pipeline whose first source takes the events
     * @throws IllegalArgumentException if pipelines would feed each other in a circle
     */
    public TeeProcessor<I> bind(String address) {
        routes.add(address);
        return this;
    }

    /**
     * Sends no copies to a source any more. Those that its pipeline has begun with end there; those that still wait for it
     * are dropped. Any thread.
     */
    public void unbind(String address) {
        routes.remove(address);
    }

    /** Returns the addresses of the bound sources. Any thread. */
    public List<String> targets() {
        return routes.targets();
    }

    @Override
    protected I process(Context context, I event) {
        routes.sendToAll(context, event, copies ? EventCopy::of : same -> same);
        return event;
    }
}
