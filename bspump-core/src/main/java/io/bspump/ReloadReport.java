package io.bspump;

import io.bspump.config.ConfigProblem;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@link Application#reload} did. Immutable; never holds a secret.
 *
 * @param added sections that the files have now
 * @param changed sections in which something else stands than before
 * @param removed sections that the files do not have any more
 * @param items what became of each connection, lookup, pipeline and other part that this concerns, ordered by section
 * @param problems why nothing was changed at all; empty if the configuration was accepted
 */
public record ReloadReport(
        List<String> added,
        List<String> changed,
        List<String> removed,
        List<Item> items,
        List<ConfigProblem> problems) {

    /** What became of one of them. */
    public enum Outcome {
        /** A connection that was not there before has been made, and is being connected. */
        ADDED,
        /** A connection, once connected, or a lookup, once loaded, has taken the place of the former one. */
        UPDATED,
        /** A pipeline has been stopped, made anew and started. */
        REBUILT,
        /** A connection has been closed and removed. */
        REMOVED,
        /** It has taken effect in its place. */
        APPLIED,
        /** Everything is as it was, with the configuration that it had, for the reason given. */
        KEPT,
        /** It takes effect after a restart. */
        RESTART
    }

    /**
     * One part of the pump.
     *
     * @param section without brackets, such as {@code connection:Orders}, {@code pipeline:Import}, {@code general}
     * @param reason why it was not put into effect; empty if it was
     */
    public record Item(String section, Outcome outcome, String reason) {

        /** One line for people: {@code [connection:Orders] updated}. */
        @Override
        public String toString() {
            String what =
                    switch (outcome) {
                        case KEPT -> "kept as it was";
                        case RESTART -> "takes effect after a restart";
                        default -> outcome.name().toLowerCase(java.util.Locale.ROOT);
                    };
            return "[" + section + "] " + what + (reason.isEmpty() ? "" : ": " + reason);
        }
    }

    public ReloadReport {
        added = List.copyOf(added);
        changed = List.copyOf(changed);
        removed = List.copyOf(removed);
        items = List.copyOf(items);
        problems = List.copyOf(problems);
    }

    /** Whether nothing was changed because the configuration has problems. */
    public boolean isRefused() {
        return !problems.isEmpty();
    }

    /** Whether all that the configuration says is in force now. */
    public boolean isComplete() {
        return problems.isEmpty()
                && items.stream()
                        .noneMatch(item -> item.outcome() == Outcome.KEPT || item.outcome() == Outcome.RESTART);
    }

    /** Lines for people: what was found to be different, then what was done, or what is wrong. */
    @Override
    public String toString() {
        List<String> lines = new ArrayList<>();
        if (isRefused()) {
            lines.add("The configuration stays as it was, it has " + problems.size()
                    + (problems.size() == 1 ? " problem" : " problems"));
            problems.forEach(problem -> lines.add(problem.toString()));
        } else if (added.isEmpty() && changed.isEmpty() && removed.isEmpty() && items.isEmpty()) {
            lines.add("The configuration has not changed");
        } else {
            lines.add("The configuration has changed, added=" + added + " changed=" + changed + " removed=" + removed);
            items.forEach(item -> lines.add(item.toString()));
        }
        return String.join("\n", lines);
    }
}
