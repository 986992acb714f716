package io.bspump;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Decides what becomes of failed events: retries, the decision after them, and what is held until a resume. */
final class FailurePolicy {

    private final Lane lane;
    private final RetryPolicy retries;
    private final Function<Failure, ErrorDecision> decision;
    private final Listener listener;
    private final List<Failure> held = new ArrayList<>();
    private @Nullable DeadLetterStep deadLetters;

    /** Who counts and shows failures. */
    interface Listener {
        /** The pipeline goes on: the event is retried, skipped or dead-lettered. */
        void warning(Failure failure, ErrorDecision decision);

        /** The pipeline is in error and holds the event. */
        void error(Failure failure);

        /** Makes a letter of an event that failed for good. */
        DeadLetter letter(Failure failure);
    }

    FailurePolicy(Lane lane, RetryPolicy retries, Function<Failure, ErrorDecision> decision, Listener listener) {
        this.lane = lane;
        this.retries = retries;
        this.decision = decision;
        this.listener = listener;
    }

    void sendDeadLettersTo(DeadLetterStep target) {
        deadLetters = target;
    }

    /** Takes the failure of a single event in hand. */
    void failed(Failure failure) {
        if (!retried(failure)) {
            decide(failure);
        }
    }

    /** Schedules the next retry, if the policy has one left. */
    boolean retried(Failure failure) {
        if (failure.attempt >= retries.attempts()) {
            return false;
        }
        retry(failure);
        return true;
    }

    private void retry(Failure failure) {
        failure.attempt++;
        failure.retrying = true;
        listener.warning(failure, ErrorDecision.RETRY);
        lane.schedule(
                () -> {
                    failure.retrying = false;
                    failure.holder.retry(failure);
                },
                retries.delay(failure.attempt));
    }

    /** Does what is to be done when no retry is left. */
    void decide(Failure failure) {
        ErrorDecision decided = decision.apply(failure);
        switch (decided) {
            case RETRY -> retry(failure);
            case SKIP -> {
                listener.warning(failure, decided);
                failure.holder.release(failure, Settlement.SKIPPED);
            }
            case DEAD_LETTER -> sendDeadLetter(failure);
            case STOP -> hold(failure);
        }
    }

    private void sendDeadLetter(Failure failure) {
        if (deadLetters == null) {
            failure.error.addSuppressed(new IllegalStateException("the pipeline has no dead-letter target"));
            hold(failure);
            return;
        }
        listener.warning(failure, ErrorDecision.DEAD_LETTER);
        deadLetters.send(failure, listener.letter(failure));
    }

    /** Keeps the event until the pipeline is resumed. */
    void hold(Failure failure) {
        held.add(failure);
        listener.error(failure);
    }

    boolean holdsAny() {
        return !held.isEmpty();
    }

    /** Tries everything that is held again, with all its retries. */
    void resume() {
        List<Failure> resumed = List.copyOf(held);
        held.clear();
        for (Failure failure : resumed) {
            failure.attempt = 0;
            failure.holder.retry(failure);
        }
    }

    /** Settles everything that is held as failed: the pipeline stops for good. */
    void abandon() {
        List<Failure> abandoned = List.copyOf(held);
        held.clear();
        for (Failure failure : abandoned) {
            failure.holder.release(failure, Settlement.FAILED);
        }
    }
}
