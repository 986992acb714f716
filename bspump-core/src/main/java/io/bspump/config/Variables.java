package io.bspump.config;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The environment, with what files of secrets add to it, and behind it the system properties. */
final class Variables {

    private final Map<String, String> environment;
    private final Map<String, String> systemProperties;
    private final Set<String> secrets = new HashSet<>();

    Variables(Map<String, String> environment, Map<String, String> systemProperties) {
        this.environment = new LinkedHashMap<>(environment);
        this.systemProperties = systemProperties;
    }

    /** Adds a variable from a file of secrets. One that is set already stays as it is, and counts as secret too. */
    void addSecret(String name, String text) {
        environment.putIfAbsent(name, text);
        secrets.add(name);
    }

    @Nullable
    String find(String name) {
        String text = environment.get(name);
        return text == null ? systemProperties.get(name) : text;
    }

    @Nullable
    String inEnvironment(String name) {
        return environment.get(name);
    }

    boolean isSecret(String name) {
        return secrets.contains(name) || Names.sensitive(name);
    }

    Map<String, String> environment() {
        return environment;
    }
}
