package io.bspump;

import java.util.List;

/**
 * Joins the ends of the events that were made of one: that one settles when the maker is done and all of them have
 * settled.
 */
final class Branch extends Owner {

    private final Context parent;
    private Settlement weightiest = Settlement.DROPPED;
    private int open = 1; // the maker itself

    Branch(Context parent) {
        this.parent = parent;
    }

    Context child() {
        open++;
        return new Context(parent, this);
    }

    @Override
    void addOrigins(List<Emission<?>> to) {
        parent.addOrigins(to);
    }

    /** The maker will make no more. */
    void complete() {
        settle(Settlement.DROPPED);
    }

    /** Ends one of the events made, or the making itself. */
    @Override
    void settle(Settlement how) {
        weightiest = weightiest.and(how);
        open--;
        if (open == 0) {
            parent.settle(weightiest);
        }
    }
}
