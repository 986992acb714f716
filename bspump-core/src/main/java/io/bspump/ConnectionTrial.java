package io.bspump;

import java.time.Duration;
import java.util.List;

/**
 * What a trial of a connection has found, step by step; see {@link PumpService#tryConnection}.
 *
 * @param steps one for each {@link Step}, in order
 */
public record ConnectionTrial(List<Result> steps) {

    public ConnectionTrial {
        steps = List.copyOf(steps);
    }

    /** What happens one after the other when a connection is made. */
    public enum Step {
        /** The name of the far end is looked up. */
        DNS,
        /** Its port takes the connection. */
        TCP,
        /** Both speak TLS, and the certificates are trusted. */
        TLS,
        /** It accepts the credentials. */
        AUTHENTICATION,
        /** It is usable: the connection says that it is connected, and a ping is answered. */
        PROTOCOL
    }

    /** How a step went. */
    public enum Outcome {
        /** Done. */
        OK,
        /** This is where it fails. */
        FAILED,
        /** Not reached, not needed, or not to be told from the others. */
        SKIPPED
    }

    /**
     * The result of a step.
     *
     * @param took how long; zero if it was skipped
     * @param message what was found, or what went wrong, without secrets; may be empty
     */
    public record Result(Step step, Outcome outcome, Duration took, String message) {}

    /** Tells whether the connection could be made. */
    public boolean succeeded() {
        return steps.stream().noneMatch(result -> result.outcome() == Outcome.FAILED);
    }
}
