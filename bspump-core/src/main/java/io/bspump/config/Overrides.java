package io.bspump.config;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Values from {@code BSPUMP__SECTION__KEY} and from the command line. They are taken literally. Thread-safe. */
final class Overrides {

    private static final String SEPARATOR = "__";

    private final Map<String, Value> variables = new TreeMap<>();
    private final Map<String, Map<String, Value>> commandLine = new LinkedHashMap<>();
    private final Map<String, Set<String>> sections = new ConcurrentHashMap<>();
    private final Set<String> used = ConcurrentHashMap.newKeySet();

    Overrides(Variables environment, Map<String, Map<String, String>> commandLine) {
        environment.environment().forEach((name, text) -> {
            if (name.startsWith(Names.OVERRIDE_PREFIX)) {
                Value value = Value.of(text, Origin.variable(name));
                variables.put(name, environment.isSecret(name) ? value.asSecret() : value);
            }
        });
        commandLine.forEach((section, keys) -> {
            Map<String, Value> values = new LinkedHashMap<>();
            keys.forEach((key, text) -> values.put(Names.key(key), Value.of(text, Origin.COMMAND_LINE)));
            this.commandLine.put(section, values);
        });
    }

    /** Makes a section known, and finds out whether a variable fits it and another one. */
    void register(String section, Problems problems) {
        Set<String> same = sections.computeIfAbsent(Names.variable(section), name -> ConcurrentHashMap.newKeySet());
        if (!same.add(section) || same.size() < 2) {
            return;
        }
        String prefix = normalized(section);
        for (String name : variables.keySet()) {
            if (name.startsWith(prefix)) {
                problems.add(
                        Origin.variable(name),
                        null,
                        null,
                        "the name fits more than one section: [" + String.join("], [", new TreeSet<>(same)) + "]");
            }
        }
    }

    /** The value that replaces what the files say. */
    @Nullable
    Value find(String section, String key) {
        Value value = commandLine(section).get(key);
        return value == null ? variable(section, key) : value;
    }

    Map<String, Value> commandLine(String section) {
        return commandLine.getOrDefault(section, Map.of());
    }

    /** The values from variables: of keys that are known, and of others by the lower-case end of the variable's name. */
    Map<String, Value> environment(String section, Collection<String> knownKeys) {
        Map<String, Value> values = new LinkedHashMap<>();
        for (String key : knownKeys) {
            Value value = variable(section, key);
            if (value != null) {
                values.put(key, value);
            }
        }
        for (String prefix : new TreeSet<>(List.of(normalized(section), exact(section)))) {
            variables.forEach((name, value) -> {
                String key = name.startsWith(prefix) ? Names.key(name.substring(prefix.length())) : "";
                // With another separator inside it may as well be meant for a section with a longer name.
                if (!key.isEmpty() && !key.contains(SEPARATOR) && !values.containsValue(value)) {
                    used.add(name);
                    values.put(key, value);
                }
            });
        }
        return values;
    }

    private @Nullable Value variable(String section, String key) {
        String end = Names.variable(key);
        for (String name : new String[] {exact(section) + key, exact(section) + end, normalized(section) + end}) {
            Value value = variables.get(name);
            if (value != null) {
                used.add(name);
                return value;
            }
        }
        return null;
    }

    private static String exact(String section) {
        return Names.OVERRIDE_PREFIX + section + SEPARATOR;
    }

    private static String normalized(String section) {
        return Names.OVERRIDE_PREFIX + Names.variable(section) + SEPARATOR;
    }

    /** The sections that the command line names. */
    Set<String> commandLineSections() {
        return commandLine.keySet();
    }

    /** The variables that have reached nothing. */
    Set<String> unused() {
        Set<String> unused = new TreeSet<>(variables.keySet());
        unused.removeAll(used);
        return unused;
    }
}
