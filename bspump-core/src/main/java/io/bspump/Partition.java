package io.bspump;

import org.jspecify.annotations.Nullable;

/**
 * A sequence of a source's events whose position moves only over a contiguous prefix: a file, a topic partition, a
 * replication stream. A source makes one for each and emits its events with it; {@link Source#settled} then hears of
 * them in the order in which they were emitted, and of none behind an event that has not settled.
 *
 * <p>A source makes new ones each time its {@link Source#events()} is subscribed.
 */
public final class Partition {

    // A linked list through the emissions themselves. Confined to the lane.
    private @Nullable Emission<?> head;
    private @Nullable Emission<?> tail;

    void append(Emission<?> emission) {
        if (tail == null) {
            head = emission;
        } else {
            tail.next = emission;
        }
        tail = emission;
    }

    /** Confirms the settled prefix. */
    void advance(Intake<?> intake) {
        Emission<?> first = head;
        while (first != null && first.settlement != null && first.settlement != Settlement.FAILED) {
            head = first.next;
            first.next = null; // an old emission that lives on must not keep all later ones alive
            if (head == null) {
                tail = null;
            }
            intake.confirmed(first, first.settlement);
            first = head;
        }
    }
}
