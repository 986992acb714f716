package io.bspump;

import org.jspecify.annotations.Nullable;

/** An event that failed, at the place that holds it until it is clear what becomes of it. Confined to the lane. */
final class Failure {

    /** Who holds the event. */
    interface Holder {
        /** Tries the event again. */
        void retry(Failure failure);

        /** Settles the event so and lets it go. */
        void release(Failure failure, Settlement how);

        /**
         * Lets go of an event that will be settled elsewhere, so that others need not wait for that. Returns whether it has;
         * otherwise it holds the event until it is released.
         */
        default boolean letGo(Failure failure) {
            return false;
        }
    }

    final Holder holder;
    final StageMeter stage;
    final Context context;
    final Object event;
    Throwable error;

    /** Retries so far. */
    int attempt;

    /** Whether a retry is scheduled: it will move on by itself. */
    boolean retrying;

    Failure(Holder holder, StageMeter stage, Context context, Object event, Throwable error) {
        this.holder = holder;
        this.stage = stage;
        this.context = context;
        this.event = event;
        this.error = error;
    }

    /** The same failure after another attempt, or a new one. */
    static Failure of(
            @Nullable Failure previous,
            Holder holder,
            StageMeter stage,
            Context context,
            Object event,
            Throwable error) {
        if (previous == null) {
            return new Failure(holder, stage, context, event, error);
        }
        previous.error = error;
        return previous;
    }
}
