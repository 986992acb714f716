package io.bspump;

/**
 * What a stage has counted: plain fields that only the lane writes. Other threads read them as they are, so a reader may
 * see a number that is a turn old; each number only grows.
 */
final class StageMeter {

    final String id;
    long in;
    long out;
    long drop;
    long error;
    /** Events whose processing was timed, and the nanoseconds that took. */
    long timed;

    long timedNanos;

    StageMeter(String id) {
        this.id = id;
    }

    void time(long startNanos, long endNanos) {
        timed++;
        timedNanos += endNanos - startNanos;
    }
}
