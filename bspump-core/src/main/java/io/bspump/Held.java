package io.bspump;

import java.util.List;

/**
 * The owner of an event that is held: it settles when its own path has ended and so have all that hold it, as the
 * weightiest of these ends. Confined to the lane.
 */
final class Held extends Owner {

    private final Owner owner;
    private Settlement weightiest = Settlement.DROPPED;
    private int open = 1; // its own path

    Held(Owner owner) {
        this.owner = owner;
    }

    void hold() {
        open++;
    }

    @Override
    void addOrigins(List<Emission<?>> to) {
        owner.addOrigins(to);
    }

    /** Ends the event's own path, or one hold. */
    @Override
    void settle(Settlement how) {
        weightiest = weightiest.and(how);
        open--;
        if (open == 0) {
            owner.settle(weightiest);
        }
    }
}
