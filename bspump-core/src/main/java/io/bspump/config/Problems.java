package io.bspump.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Collects problems, each once, up to a bound. Thread-safe; guarded by itself. */
final class Problems {

    private static final int LIMIT = 1_000;

    private final Set<ConfigProblem> found = new LinkedHashSet<>();
    private int surplus;
    private boolean partial;

    synchronized void add(ConfigProblem problem) {
        if (found.contains(problem)) {
            return;
        }
        if (found.size() < LIMIT) {
            found.add(problem);
        } else {
            surplus++;
        }
    }

    void add(Origin origin, @Nullable String section, @Nullable String key, String message) {
        add(new ConfigProblem(origin.place(), origin.line(), section, key, message));
    }

    /** Records a problem for which a part of the files is not known. */
    synchronized void addLoss(Origin origin, @Nullable String section, @Nullable String key, String message) {
        partial = true;
        add(origin, section, key, message);
    }

    /** Tells whether something may seem to be missing only because it could not be read. */
    synchronized boolean isPartial() {
        return partial;
    }

    synchronized List<ConfigProblem> all() {
        List<ConfigProblem> all = new ArrayList<>(found);
        if (surplus > 0) {
            all.add(new ConfigProblem(null, 0, null, null, "and " + surplus + " more problems"));
        }
        return List.copyOf(all);
    }
}
