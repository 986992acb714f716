package io.bspump;

/** What is done with an event that failed. */
public enum ErrorDecision {
    /** Try it again after the next delay of the retry policy; nothing overtakes it. */
    RETRY,
    /** Go on without it; it settles as {@link Settlement#SKIPPED}. */
    SKIP,
    /** Send it with its context and the error to the dead-letter target; it settles when that is delivered. */
    DEAD_LETTER,
    /** Stop consuming, keep the event and its position, show the error, and try again when told to resume. */
    STOP
}
