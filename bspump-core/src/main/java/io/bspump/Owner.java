package io.bspump;

import java.util.List;

/** Who is told when an event has ended: the source's emission, or the event that this one was made of. */
abstract class Owner {
    /** Called exactly once per event, on the lane. */
    abstract void settle(Settlement how);

    /** Adds what sources emitted of which the event was made. Called on the lane before the event settles. */
    abstract void addOrigins(List<Emission<?>> to);
}
