package io.bspump.config;

import java.util.Collection;
import java.util.Optional;

/** "Did you mean": the one way in which bspump finds the name that was meant. */
public final class Suggestion {

    private Suggestion() {}

    /** The candidate that is near enough to what was written to have been meant, if there is one. */
    public static Optional<String> nearest(String written, Collection<String> candidates) {
        return Names.nearest(written, candidates);
    }
}
