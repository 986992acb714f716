package io.bspump.config;

import java.util.List;
import java.util.stream.Collectors;

/** The configuration cannot be used. The message holds every problem, one per line, and never a secret. */
public final class ConfigException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<ConfigProblem> problems;

    /** Makes an exception of at least one problem. */
    public ConfigException(List<ConfigProblem> problems) {
        super(problems.stream().map(ConfigProblem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** Everything that is wrong, in the order in which it was found. */
    public List<ConfigProblem> problems() {
        return problems;
    }
}
