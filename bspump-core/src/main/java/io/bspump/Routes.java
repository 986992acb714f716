package io.bspump;

import io.bspump.config.ConfigProblem;
import io.bspump.config.Option;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The ways from a stage into sources of other pipelines, for parts such as routers. The targets are declared, so that the
 * application knows which pipeline feeds which: a target that does not exist is a problem at the start, and pipelines that
 * feed each other in a circle are refused.
 *
 * <p>An event that was sent is held: here it settles only when its own path has ended and what was sent has ended there.
 * Copies that end there as delivered, dropped, skipped or dead-lettered have ended well. What becomes of one that fails
 * because its target is in error or has stopped is said by {@link #ON_TARGET_ERROR}.
 */
public final class Routes {

    /** The option that a stage with routes declares. */
    public static final Option ON_TARGET_ERROR = Option.choice("on_target_error", "wait", "error")
            .defaultTo("wait")
            .doc("What is done when a target is in error or does not run: events wait for it, or fail here,"
                    + " with the pipeline's `on_error`.");

    private final Stage<?, ?> stage;
    private final boolean failsFast;
    private volatile Map<String, Route> routes = Map.of(); // replaced as a whole, guarded by this
    private @Nullable RoutingStep step; // guarded by this

    /** Makes routes for a stage, in its constructor. */
    public Routes(Stage<?, ?> stage) {
        this.stage = stage;
        this.failsFast = stage.config().get(ON_TARGET_ERROR.name(), "wait").equals("error");
        stage.ways = this;
    }

    /**
     * Declares a target. Any thread, also while the pipeline runs.
     *
     * @param address {@code P.*Source}, or the id of a pipeline whose first source takes the events
     * @throws IllegalArgumentException if pipelines would feed each other in a circle
     */
    public void add(String address) {
        stage.app().pumpService().checkRoute(stage.pipeline(), address);
        bind(address);
    }

    private synchronized void bind(String address) {
        Route known = routes.get(address);
        if (known != null) {
            known.bind(true);
            return;
        }
        Route route = new Route(this, address);
        RoutingStep used = step;
        if (used != null) {
            route.open(used);
        }
        Map<String, Route> more = new LinkedHashMap<>(routes);
        more.put(address, route);
        routes = more;
    }

    /**
     * Lets go of a target: nothing is sent there any more, what it has begun with ends there, and the rest is dropped. Any
     * thread.
     */
    public void remove(String address) {
        Route known = routes.get(address);
        if (known != null) {
            known.bind(false);
        }
    }

    /** Returns the addresses of the targets. Any thread. */
    public List<String> targets() {
        return routes.values().stream()
                .filter(Route::isBound)
                .map(Route::address)
                .toList();
    }

    /**
     * Sends an event to one target. Called on the lane of the stage's pipeline, while the stage has the event.
     *
     * @param context of the event that is held; what is sent gets a copy
     * @throws IllegalArgumentException if the target is not declared
     */
    public void send(Context context, Object event, String address) {
        Route route = routes.get(address);
        if (route == null || !route.isBound()) {
            throw new IllegalArgumentException("'" + address + "' is not a target of " + stage.address()
                    + ", these are: " + (targets().isEmpty() ? "none" : String.join(", ", targets())));
        }
        route.send(context, event);
    }

    /**
     * Sends an event to every target. Called on the lane of the stage's pipeline, while the stage has the event.
     *
     * @param context of the event that is held; what is sent gets a copy
     * @param copy makes the event that a target gets
     */
    public void sendToAll(Context context, Object event, UnaryOperator<Object> copy) {
        for (Route route : routes.values()) {
            if (route.isBound()) {
                route.send(context, copy.apply(event));
            }
        }
    }

    /** Leads what is sent through the step. */
    synchronized void open(RoutingStep opened) {
        step = opened;
        routes.values().forEach(route -> route.open(opened));
    }

    Collection<Route> all() {
        return routes.values();
    }

    boolean failsFast() {
        return failsFast && !stage.app().pumpService().isReplacing();
    }

    /** Returns the source at the address, if it is in another pipeline. */
    Optional<Source<?>> locate(String address) {
        return stage.app().pumpService().locateSource(stage.pipeline(), address);
    }

    /** Whether the pipeline is fed by others than the stage's pipeline. */
    boolean hasOtherFeeders(Pipeline target) {
        return stage.pipeline().lanes().size() > 1
                || stage.app().pumpService().feedersOf(target).size() > 1
                || target.sources().size() > 1;
    }

    /** Returns a problem for each target that does not exist. */
    List<ConfigProblem> problems() {
        List<ConfigProblem> problems = new ArrayList<>();
        for (String target : targets()) {
            if (locate(target).isEmpty()) {
                problems.add(new ConfigProblem(
                        null,
                        0,
                        stage.config().name(),
                        null,
                        "feeds '" + target + "', but no other pipeline has such a source, known are "
                                + stage.app().pumpService().sourcesBeside(stage.pipeline())));
            }
        }
        return problems;
    }
}
