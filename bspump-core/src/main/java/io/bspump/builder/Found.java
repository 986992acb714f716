package io.bspump.builder;

import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Suggestion;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What has been found to be wrong with a definition. */
final class Found {

    private static final int LIMIT = 1_000;
    private static final int SHOWN_LENGTH = 60;

    private final String place;
    private final Set<ConfigProblem> problems = new LinkedHashSet<>();

    /**
     * @param place the file as messages show it
     */
    Found(String place) {
        this.place = place;
    }

    String place() {
        return place;
    }

    /** Adds what is wrong with the element at the path. */
    void add(int line, String path, String message) {
        String subject = path.isEmpty() ? "the definition" : path;
        add(new ConfigProblem(place, line, null, null, subject + " " + message));
    }

    void add(ConfigProblem problem) {
        if (problems.size() < LIMIT) {
            problems.add(problem);
        }
    }

    boolean isEmpty() {
        return problems.isEmpty();
    }

    void throwIfAny() {
        if (!problems.isEmpty()) {
            throw new ConfigException(List.copyOf(problems));
        }
    }

    /** Returns a name as messages show it; a pasted secret may have become one. */
    static String shown(String name) {
        String cut = name.length() > SHOWN_LENGTH ? name.substring(0, SHOWN_LENGTH / 4) + "..." : name;
        return cut.replaceAll("\\p{Cntrl}", " ");
    }

    static String hint(String written, Collection<String> known) {
        return Suggestion.nearest(written, new ArrayList<>(known))
                .map(near -> ", did you mean '" + near + "'?")
                .orElse("");
    }
}
