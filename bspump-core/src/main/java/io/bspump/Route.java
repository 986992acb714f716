package io.bspump;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way from one stage into one source of another pipeline, and the copies that are on it. Confined to the lane of the
 * stage's pipeline, except where it says otherwise.
 */
final class Route {

    private static final int BURST = 256;

    private final Routes routes;
    private final String address;
    private volatile @Nullable RoutingStep step;

    /** Where the copies go; null while there is no such pipeline, or it has ended. */
    private @Nullable Source<?> target;

    /** All that have not ended, oldest first. */
    private @Nullable Copy oldest;

    private @Nullable Copy youngest;

    /** Those that go to the target together, so that it need not be woken for each. */
    private final List<Copy> leaving = new ArrayList<>();

    /** How many of them wait here for the target. */
    private int idle;

    /** Whether events are sent to it. Any thread. */
    private volatile boolean bound = true;

    Route(Routes routes, String address) {
        this.routes = routes;
        this.address = address;
    }

    String address() {
        return address;
    }

    boolean isBound() {
        return bound;
    }

    /** Binds it, or lets go of it: what has been taken there ends there, the rest is dropped. Any thread. */
    void bind(boolean now) {
        bound = now;
        RoutingStep used = step;
        if (used != null) {
            used.signal();
        }
    }

    void open(RoutingStep opened) {
        step = opened;
    }

    void send(Context context, Object event) {
        Copy copy = new Copy(this, context.hold(), context, event);
        step().sent();
        link(copy);
        forward(copy);
    }

    /** Sends a failed copy again. */
    void sendAgain(Copy copy) {
        unlink(copy);
        Copy fresh = copy.again();
        link(fresh);
        forward(fresh);
    }

    private void forward(Copy copy) {
        Source<?> to = target();
        if (to == null || fails() || !bound) {
            cameBack(copy, null);
            return;
        }
        copy.away = true;
        if (to instanceof FedSource<?>) {
            leaving.add(copy);
            if (leaving.size() == BURST) {
                leave();
            }
        } else {
            to.put(copy.original, copy.content).subscribe(copy::ended, copy::refused);
        }
    }

    /** Hands over what is ready to leave. */
    void leave() {
        if (!leaving.isEmpty() && target instanceof FedSource<?> fed) {
            fed.feed(leaving);
        }
        leaving.clear();
    }

    /** Whether events fail now instead of waiting; not when another pipeline has taken the place of one that has ended. */
    private boolean fails() {
        if (!routes.failsFast()) {
            return false;
        }
        Source<?> to = target();
        return to == null || to.pipeline().isError();
    }

    private @Nullable Source<?> target() {
        if (target == null) {
            Source<?> found = routes.locate(address).orElse(null);
            if (found != null && !found.pipeline().runtime().hasEnded()) {
                target = found;
                found.pipeline().runtime().condition().watch(step().lane());
                step().signal(); // it may have ended in between
            }
        }
        return target;
    }

    /** Takes a copy that has ended there. Any thread. */
    void handBack(Copy copy) {
        step().handBack(copy);
    }

    /** The copy has been handed back. */
    void returned(Copy copy) {
        if (!copy.away) {
            return;
        }
        copy.away = false;
        if (copy.end() == Settlement.FAILED) {
            cameBack(copy, copy.error());
        } else {
            settle(copy, copy.end());
        }
    }

    /** A copy that did not end well there waits here, or fails here. */
    private void cameBack(Copy copy, @Nullable Throwable cause) {
        if (!bound) {
            settle(copy, Settlement.DROPPED);
        } else if (cause != null || fails()) {
            String trouble = trouble();
            String reason = trouble == null
                    ? "the event failed in pipeline '" + PipelineGraph.pipelineOf(address) + "'"
                    : "no event can be sent to " + trouble;
            step().failed(copy, new TargetException(reason, cause));
        } else {
            copy.failure = null;
            idle++;
        }
    }

    void settle(Copy copy, Settlement how) {
        unlink(copy);
        step().ended();
        copy.held.settle(how);
    }

    /** Looks what has become of the target; returns whether anything moved. */
    boolean look() {
        if (oldest == null) {
            return false;
        }
        boolean moved = false;
        Source<?> to = target;
        if (to != null && to.pipeline().runtime().hasEnded()) {
            step().takeReturned(); // it returns nothing after its end
            target = null;
            moved = takeBack(true);
        } else if (to != null && routes.failsFast() && to.pipeline().isError()) {
            moved = takeBack(false);
        }
        if (idle > 0 && (!bound || target() != null)) {
            sendIdle();
            moved = true;
        }
        return moved;
    }

    /** Takes back what the target has not begun with, or everything when it has ended. */
    private boolean takeBack(boolean all) {
        boolean moved = false;
        Copy last = youngest;
        Copy copy = oldest;
        while (copy != null) {
            Copy following = copy == last ? null : copy.younger;
            if (copy.away && (copy.takeBack() || all)) {
                copy.away = false;
                cameBack(copy, null);
                moved = true;
            }
            copy = following;
        }
        return moved;
    }

    private void sendIdle() {
        Copy last = youngest;
        Copy copy = oldest;
        idle = 0;
        while (copy != null) {
            Copy following = copy == last ? null : copy.younger;
            if (!copy.away && copy.failure == null) {
                sendAgain(copy);
            }
            copy = following;
        }
    }

    /** The pipeline ends: what the target has not begun with comes again at the next start, and only then. */
    void close() {
        leaving.clear();
        for (Copy copy = oldest; copy != null; copy = copy.younger) {
            copy.takeBack();
        }
        Source<?> to = target;
        if (to != null) {
            to.pipeline().runtime().condition().unwatch(step().lane());
        }
    }

    /** Whether copies are on a way that will end by itself. */
    boolean isBusy() {
        boolean lively = trouble() == null && !isHeld();
        for (Copy copy = oldest; copy != null; copy = copy.younger) {
            Failure failed = copy.failure;
            if (failed == null ? lively : failed.retrying) {
                return true;
            }
        }
        return false;
    }

    /** Whether copies are under way that the target holds for the sake of others to come. */
    boolean isHeld() {
        Source<?> to = target;
        return oldest != null
                && to != null
                && to.pipeline().runtime().condition().isHolding();
    }

    /** No others come: the target is to give up what it holds. */
    void press(Group.End why) {
        Source<?> to = target;
        long at = to == null ? -1 : to.pipeline().runtime().condition().holdingAt();
        if (to != null && oldest != null && at >= 0) {
            boolean others = why == Group.End.COMPLETE && routes.hasOtherFeeders(to.pipeline());
            to.pipeline().runtime().press(others ? Group.End.STOPPED : why, at);
        }
    }

    /** What copies wait for that may not end by itself; null when there is nothing. */
    @Nullable
    String waitingFor() {
        return oldest == null || !hasUnfailed() ? null : trouble();
    }

    private boolean hasUnfailed() {
        Copy copy = oldest;
        while (copy != null && copy.failure != null) {
            copy = copy.younger;
        }
        return copy != null;
    }

    /** What is wrong with the target, or null. */
    private @Nullable String trouble() {
        Source<?> to = target;
        String what = "pipeline '" + PipelineGraph.pipelineOf(address) + "'";
        if (to == null || to.pipeline().runtime().hasEnded()) {
            return what + ", which does not run";
        }
        if (to.pipeline().isError()) {
            return what + ", which is in error";
        }
        String further = to.pipeline().runtime().condition().stalled();
        return further == null ? null : what + ", which waits for " + further;
    }

    private RoutingStep step() {
        RoutingStep used = step;
        if (used == null) {
            throw new IllegalStateException("events go to " + address + " only while the pipeline runs");
        }
        return used;
    }

    private void link(Copy copy) {
        copy.older = youngest;
        if (youngest == null) {
            oldest = copy;
        } else {
            youngest.younger = copy;
        }
        youngest = copy;
    }

    private void unlink(Copy copy) {
        Copy before = copy.older;
        Copy after = copy.younger;
        if (before == null) {
            oldest = after;
        } else {
            before.younger = after;
        }
        if (after == null) {
            youngest = before;
        } else {
            after.older = before;
        }
        copy.older = null;
        copy.younger = null;
    }
}
