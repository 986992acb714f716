package io.bspump.web;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.ConnectionType;
import io.bspump.PumpService;
import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes connections of what the API is given, and adds them to nothing. Safe for use by many threads. */
final class ConnectionMaker {

    private static final String PREFIX = "connection:";

    private final Application app;
    private final PumpService pumps;

    ConnectionMaker(Application app) {
        this.app = app;
        this.pumps = app.pumpService();
    }

    /**
     * Makes one. May block, as its constructor may.
     *
     * @throws ConfigException with everything that is wrong
     */
    Connection make(Definition definition) {
        ConnectionType type = type(definition);
        List<ConfigProblem> problems = new ArrayList<>();
        Map<String, Object> values = definition.values(app.configuration(), "the management API", problems::add);
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return pumps.newConnection(type, definition.id(), values);
    }

    private ConnectionType type(Definition definition) {
        Set<String> names = new LinkedHashSet<>();
        for (ConnectionType type : pumps.connectionTypes()) {
            if (type.name().equalsIgnoreCase(definition.typ())) {
                return type;
            }
            names.add(type.name());
        }
        String hint = Suggestion.nearest(definition.typ(), names)
                .map(near -> ", did you mean '" + near + "'?")
                .orElse("");
        String rule = names.isEmpty()
                ? "typ is '" + definition.typ() + "', but there is no connector on the class path that brings types"
                : "typ must be one of " + String.join(", ", names) + ", was '" + definition.typ() + "'" + hint;
        throw new ConfigException(List.of(new ConfigProblem(null, 0, PREFIX + definition.id(), "typ", rule)));
    }
}
