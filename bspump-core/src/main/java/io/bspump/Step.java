package io.bspump;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One hop of a pipeline at run time. The lane hands it events while it is ready; it hands its results to the next one.
 * Everything here runs on the lane. A step holds a bounded number of events, and what it can hold is its demand.
 */
abstract class Step {

    /** Whether {@link #accept} may be called. */
    abstract boolean ready();

    /** Takes an event. */
    abstract void accept(Context context, Object event);

    /** Moves on what can be moved on. Called each turn, last step first. Returns whether anything moved. */
    boolean flow() {
        return false;
    }

    /** Whether it is waiting for something that will end by itself: work under way, a retry, a dead letter. */
    abstract boolean busy();

    /** Whether it holds events for the sake of those to come. */
    boolean holds() {
        return false;
    }

    /** What its events wait for that may not end by itself, for people to read; null when there is nothing. */
    @Nullable
    String waitingFor() {
        return null;
    }

    /** No more events will come soon: holds nothing back for the sake of larger batches. */
    void flush() {}

    /**
     * Gives up holding events back for the sake of those to come, as the step is reached by none: they have all come, or
     * there is no room for them. Called when nothing else moves; returns whether something does now.
     */
    boolean giveUp(Group.End why) {
        return false;
    }

    /** Lets the first of the steps that holds events back give them up, if no step before it is still at work. */
    static boolean giveUp(List<Step> lastToFirst, Group.End why) {
        for (int i = lastToFirst.size() - 1; i >= 0; i--) {
            Step step = lastToFirst.get(i);
            if (step.giveUp(why)) {
                return true;
            }
            if (step.busy()) {
                return false;
            }
        }
        return false;
    }

    /** Gives up what is under way; its events stay unsettled. */
    void cut() {}

    /** The same, when its stage will go on with another step: the stage must not keep what it has of these events. */
    void abandon() {
        cut();
    }
}
