package io.bspump;

/**
 * How an event ended. Every event that a source emits ends exactly once.
 *
 * <p>The constants stand in order of weight: an event that was split (by a generator, or for several conditional sinks)
 * ends like the weightiest of its parts.
 */
public enum Settlement {
    /** A processor returned null, or a generator made nothing of it. */
    DROPPED,
    /** Its sink confirmed it. */
    DELIVERED,
    /** It failed and the error policy said to go on without it. */
    SKIPPED,
    /** It failed and the dead-letter target confirmed it. */
    DEAD_LETTERED,
    /** It failed, the pipeline held it, and the pipeline was stopped before it was resumed. Its position never moves. */
    FAILED;

    /** Returns the weightier of the two. */
    Settlement and(Settlement other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
