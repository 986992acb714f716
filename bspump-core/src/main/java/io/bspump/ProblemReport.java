package io.bspump;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/** Everything that keeps an application from starting, each line once, in the words for the person who has to mend it. */
final class ProblemReport {

    private final Set<String> lines = new LinkedHashSet<>();

    ProblemReport add(Collection<?> problems) {
        problems.forEach(problem -> lines.add(problem.toString()));
        return this;
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }

    void print(Console console) {
        lines.forEach(console.err()::println);
        String count = lines.size() == 1 ? "1 problem" : lines.size() + " problems";
        console.err().println(count + ", nothing was started");
        console.err().flush();
    }
}
