package io.bspump.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Configurations from texts, with no environment but the one given. */
final class Texts {

    static final Path DIRECTORY = Path.of("/srv/pump");

    private Texts() {}

    static Configuration load(String text) {
        return load(text, Map.of());
    }

    static Configuration load(String text, Map<String, String> environment) {
        return load(text, environment, Map.of());
    }

    static Configuration load(
            String text, Map<String, String> environment, Map<String, Map<String, String>> commandLine) {
        return Configuration.builder()
                .text(text)
                .environment(environment)
                .systemProperties(Map.of())
                .commandLine(commandLine)
                .workingDirectory(DIRECTORY)
                .load();
    }

    static List<String> problems(Configuration configuration) {
        return configuration.problems().stream().map(ConfigProblem::toString).toList();
    }

    static List<String> problems(String text) {
        return problems(load(text));
    }

    static List<String> unused(Configuration configuration) {
        return configuration.checkUnused().stream().map(ConfigProblem::toString).toList();
    }
}
