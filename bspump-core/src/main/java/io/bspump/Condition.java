package io.bspump;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What others may know of a pipeline's progress: whether it waits for another one, and whether it waits in vain. */
final class Condition {

    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    private static final long NOT_HOLDING = -1;

    private final Pipeline pipeline;
    private final Set<Lane> watchers = new CopyOnWriteArraySet<>();
    private volatile @Nullable String waitingFor;
    private volatile @Nullable String stalled;
    /** How many events it had taken in when it was last found to hold some for the sake of others; negative if it does not. */
    private volatile long holdingAt = NOT_HOLDING;

    Condition(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    /** Signals the lane from now on whenever something changes. */
    void watch(Lane lane) {
        watchers.add(lane);
    }

    void unwatch(Lane lane) {
        watchers.remove(lane);
    }

    /** Tells those that watch. */
    void changed() {
        watchers.forEach(Lane::signal);
    }

    /** Looks again, when so many events have been taken in; runs on the lane at the end of each turn. */
    void update(List<Step> steps, long taken) {
        String waiting = null;
        for (int i = 0; i < steps.size() && waiting == null; i++) {
            waiting = steps.get(i).waitingFor();
        }
        boolean busy = isBusy(steps);
        String now = waiting == null || busy ? null : waiting;
        boolean holds = !busy && holdsAny(steps);
        boolean held = isHolding();
        holdingAt = holds ? taken : NOT_HOLDING;
        if (holds != held || !Objects.equals(waiting, waitingFor) || !Objects.equals(now, stalled)) {
            if (waiting != null && waitingFor == null) {
                LOG.warn("{} waiting for {}", pipeline.label(), waiting);
            }
            waitingFor = waiting;
            stalled = now;
            changed();
        }
    }

    private static boolean holdsAny(List<Step> steps) {
        for (Step step : steps) {
            if (step.holds()) {
                return true;
            }
        }
        return false;
    }

    static boolean isBusy(List<Step> steps) {
        for (Step step : steps) {
            if (step.busy()) {
                return true;
            }
        }
        return false;
    }

    /** What some of its events wait for; null when it makes progress. */
    @Nullable
    String waitingFor() {
        return waitingFor;
    }

    /** What it waits for while nothing else moves in it. */
    @Nullable
    String stalled() {
        return stalled;
    }

    /** Whether nothing moves in it because its events wait for others to come. */
    boolean isHolding() {
        return holdingAt != NOT_HOLDING;
    }

    /** How many events it had taken in when nothing moved in it because they wait for others; negative if it does not. */
    long holdingAt() {
        return holdingAt;
    }
}
