package io.bspump;

import java.util.Queue;
import org.jspecify.annotations.Nullable;
import reactor.util.concurrent.Queues;

/**
 * Stands before a stage that sends events to other pipelines: lets no more through than may be under way there, and takes
 * up those that come back.
 */
final class RoutingStep extends Step {

    private final Lane lane;
    private final FailurePolicy failures;
    private final StageMeter meter;
    private final Routes routes;
    private final long limit;
    private final Step next;

    private final Queue<Copy> returned = Queues.<Copy>unboundedMultiproducer().get();

    /** How many copies have not ended. */
    private long out;

    RoutingStep(Lane lane, FailurePolicy failures, StageMeter meter, Routes routes, long limit, Step next) {
        this.lane = lane;
        this.failures = failures;
        this.meter = meter;
        this.routes = routes;
        this.limit = limit;
        this.next = next;
    }

    @Override
    boolean ready() {
        return out < limit && next.ready();
    }

    @Override
    void accept(Context context, Object event) {
        next.accept(context, event);
    }

    @Override
    boolean flow() {
        boolean moved = takeReturned();
        for (Route route : routes.all()) {
            route.leave();
            moved |= route.look();
        }
        return moved;
    }

    boolean takeReturned() {
        boolean moved = false;
        Copy copy;
        while ((copy = returned.poll()) != null) {
            copy.route.returned(copy);
            moved = true;
        }
        return moved;
    }

    @Override
    boolean busy() {
        for (Route route : routes.all()) {
            if (route.isBusy()) {
                return true;
            }
        }
        return false;
    }

    @Override
    @Nullable
    String waitingFor() {
        for (Route route : routes.all()) {
            String waiting = route.waitingFor();
            if (waiting != null) {
                return waiting;
            }
        }
        return null;
    }

    @Override
    boolean holds() {
        for (Route route : routes.all()) {
            if (route.isHeld()) {
                return true;
            }
        }
        return false;
    }

    /** What targets hold for the sake of those to come is theirs to give up. */
    @Override
    boolean giveUp(Group.End why) {
        routes.all().forEach(route -> route.press(why));
        return false;
    }

    @Override
    void cut() {
        routes.all().forEach(Route::close);
    }

    Lane lane() {
        return lane;
    }

    /** Has the routes looked at. Any thread. */
    void signal() {
        lane.signal();
    }

    /** Takes a copy that has ended elsewhere. Any thread. */
    void handBack(Copy copy) {
        returned.offer(copy);
        lane.signal();
    }

    void sent() {
        out++;
    }

    void ended() {
        out--;
    }

    /** Lets the policy decide about a copy that failed. */
    void failed(Copy copy, Throwable error) {
        meter.error++;
        Failure failure = new Failure(copy, meter, copy.original, copy.content, error);
        failure.attempt = copy.attempt;
        copy.failure = failure;
        failures.failed(failure);
    }
}
