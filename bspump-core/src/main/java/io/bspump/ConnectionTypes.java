package io.bspump;

import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Configuration;
import io.bspump.config.Suggestion;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** Makes the connections that stand in the configuration with their type and that no code has made. */
final class ConnectionTypes {

    private static final String PREFIX = "connection:";

    private final Application app;
    private final Map<String, ConnectionType> byName = new TreeMap<>();

    ConnectionTypes(Application app) {
        this.app = app;
        ServiceLoader.load(ConnectionType.class).forEach(type -> byName.put(key(type.name()), type));
    }

    private static String key(String name) {
        return name.strip().toLowerCase(Locale.ROOT);
    }

    Collection<ConnectionType> all() {
        return byName.values();
    }

    /** The ids of the sections that name a type. */
    List<String> ids() {
        return configuration().sections().stream()
                .filter(section -> section.startsWith(PREFIX) && typeOf(section).isPresent())
                .map(section -> section.substring(PREFIX.length()))
                .toList();
    }

    /** The connection of a section that names a known type; otherwise nothing. */
    Optional<Connection> create(String id) {
        return typeOf(PREFIX + id).map(name -> byName.get(key(name))).map(type -> type.create(app, id, Map.of()));
    }

    /** A connection made of values that stand elsewhere. */
    Connection create(ConnectionType type, String id, Map<String, ?> values) {
        String section = PREFIX + id;
        List<ConfigProblem> problems = configuration().check(section, type.connectionClass(), values);
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return type.create(app, id, values);
    }

    /** What is wrong with the type that a section names; nothing if it is known. */
    Optional<ConfigProblem> problem(String id) {
        return typeOf(PREFIX + id)
                .filter(name -> !byName.containsKey(key(name)))
                .map(name -> configuration().section(PREFIX + id).problem("type", rule(name)));
    }

    private String rule(String name) {
        if (byName.isEmpty()) {
            return "is '" + name + "', but there is no connector on the class path that brings types";
        }
        String suggestion = Suggestion.nearest(key(name), byName.keySet())
                .map(near -> ", did you mean '" + near + "'?")
                .orElse("");
        return "must be one of " + String.join(", ", byName.keySet()) + ", was '" + name + "'" + suggestion;
    }

    private Optional<String> typeOf(String section) {
        return configuration().peek(section, "type").filter(name -> !name.isBlank());
    }

    private Configuration configuration() {
        return app.configuration();
    }
}
