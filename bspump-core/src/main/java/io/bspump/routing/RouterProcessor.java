package io.bspump.routing;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.Routes;
import io.bspump.config.Options;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Sends events to sources of other pipelines. As it is, it goes by a table: an event goes to the target of its key, and
 * passes on when there is none. A subclass overrides {@link #process} and calls {@link #route}, as often as it likes.
 *
 * <p>An event settles only when its own path has ended, and what was sent has ended there: as delivered, dropped, skipped or
 * dead-lettered. Targets are declared, by a constructor or the configuration. No more events are sent than the pipeline's
 * {@code max_in_flight} lets be unsettled, so a slow target slows this pipeline. When {@code process} fails after it has
 * sent something, a retry sends it again.
 *
 * @param <I> the type of the events
 */
public class RouterProcessor<I> extends Processor<I, I> {

    public static final Options OPTIONS = Options.of(
            RouterOptions.TARGETS,
            RouterOptions.KEY,
            RouterOptions.ROUTES,
            RouterOptions.DEFAULT,
            RouterOptions.COPY_EVENT,
            Routes.ON_TARGET_ERROR);

    private final Routes routes;
    private final Table<I> table;
    private final boolean copies;

    /** Creates a processor whose id is its simple class name, with the configuration's targets. */
    public RouterProcessor(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for the simple class name
     * @param config values that go above the class's defaults and below the file
     */
    public RouterProcessor(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        this(app, pipeline, List.of(), null, id, config);
    }

    /**
     * Creates a processor whose id is its simple class name.
     *
     * @param targets where {@link #route} may send events, besides what the configuration says
     */
    public RouterProcessor(Application app, Pipeline pipeline, List<String> targets) {
        this(app, pipeline, targets, null, null, Map.of());
    }

    /**
     * @param targets where {@link #route} may send events, besides what the configuration says
     * @param key gives the key of an event, for {@code routes}, or null; null for the configuration's {@code key}
     * @param id the id, or null for the simple class name
     * @param config values that go above the class's defaults and below the file
     */
    public RouterProcessor(
            Application app,
            Pipeline pipeline,
            List<String> targets,
            @Nullable BiFunction<Context, ? super I, ? extends @Nullable Object> key,
            @Nullable String id,
            Map<String, ?> config) {
        super(app, pipeline, id, config);
        routes = new Routes(this);
        table = Table.of(config(), key);
        copies = config().getBoolean("copy_event");
        table.declare(routes, targets);
        config().getList("targets").forEach(routes::add);
    }

    /**
     * Sends an event to a source of another pipeline. Called by {@link #process}, on the lane.
     *
     * @param context of the event that {@code process} was given: that one is held; what is sent gets a copy of the context
     * @param event what is sent: that event or another object; copied unless {@code copy_event = no}
     * @param target one of the declared addresses
     * @throws IllegalArgumentException if the target is not declared
     */
    protected final void route(Context context, Object event, String target) {
        routes.send(context, copies ? EventCopy.of(event) : event, target);
    }

    /** Sends the event by the table, or passes it on. */
    @Override
    protected @Nullable I process(Context context, I event) throws Exception {
        String target = table.target(context, event);
        if (target == null) {
            return event;
        }
        routes.send(context, event, target); // it is nobody else's from now on
        return null;
    }
}
