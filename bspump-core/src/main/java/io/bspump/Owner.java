package io.bspump;

/** Who is told when an event has ended: the source's emission, or the event that this one was made of. */
abstract class Owner {
    /** Called exactly once per event, on the lane. */
    abstract void settle(Settlement how);
}
