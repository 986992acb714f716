package io.bspump.routing;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Routes;
import io.bspump.Sink;
import io.bspump.config.Options;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Ends a pipeline in sources of others. As it is, it goes by a table: an event goes to the target of its key, and is an error
 * when there is none. A subclass overrides {@link #process} and calls {@link #route}, as often as it likes.
 *
 * <p>An event is delivered here when what was sent has ended there: as delivered, dropped, skipped or dead-lettered. It is
 * counted as out when it was sent. For targets, demand and failures see {@link RouterProcessor}; {@code concurrency} means
 * nothing to it, as it does not wait.
 *
 * @param <I> the type of the events
 */
public class RouterSink<I> extends Sink<I> {

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

    /** Creates a sink whose id is its simple class name, with the configuration's targets. */
    public RouterSink(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for the simple class name
     * @param config values that go above the class's defaults and below the file
     */
    public RouterSink(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        this(app, pipeline, List.of(), null, id, config);
    }

    /**
     * Creates a sink whose id is its simple class name.
     *
     * @param targets where {@link #route} may send events, besides what the configuration says
     */
    public RouterSink(Application app, Pipeline pipeline, List<String> targets) {
        this(app, pipeline, targets, null, null, Map.of());
    }

    /**
     * @param targets where {@link #route} may send events, besides what the configuration says
     * @param key gives the key of an event, for {@code routes}, or null; null for the configuration's {@code key}
     * @param id the id, or null for the simple class name
     * @param config values that go above the class's defaults and below the file
     */
    public RouterSink(
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

    /** Sends an event to a source of another pipeline, as {@link RouterProcessor#route} does. */
    protected final void route(Context context, Object event, String target) {
        routes.send(context, copies ? EventCopy.of(event) : event, target);
    }

    /** Sends the event by the table. */
    @Override
    protected Mono<Void> process(Context context, I event) throws Exception {
        String target = table.target(context, event);
        if (target == null) {
            throw new IllegalArgumentException(table.refusal(context, event));
        }
        routes.send(context, event, target); // it is nobody else's from now on
        return Mono.empty();
    }
}
