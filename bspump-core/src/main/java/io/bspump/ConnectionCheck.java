package io.bspump;

import io.bspump.config.Config;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What must hold between connections: no two are the same for the far end, and those that are shared are configured alike. */
final class ConnectionCheck {

    private final Map<String, Connection> byIdentity = new HashMap<>();
    private final Map<String, Connection> byId = new HashMap<>();
    private final List<ConfigProblem> problems = new ArrayList<>();

    /** Checks connections against each other; the problems name those that come later. */
    static List<ConfigProblem> of(Collection<Connection> named, Collection<Connection> own) {
        ConnectionCheck check = new ConnectionCheck();
        named.forEach(check::identity);
        own.forEach(check::share);
        return check.problems;
    }

    private void share(Connection connection) {
        Connection first = byId.putIfAbsent(connection.id(), connection);
        if (first == null) {
            identity(connection);
        } else if (first.getClass() == connection.getClass()) {
            alike(first, connection);
        }
    }

    private void identity(Connection connection) {
        Optional<String> identity = connection.identified();
        Connection other =
                identity.map(text -> byIdentity.putIfAbsent(text, connection)).orElse(null);
        if (other != null && other != connection) {
            problems.add(new ConfigProblem(
                    null,
                    0,
                    connection.config().name(),
                    null,
                    "has the same client identity as [" + other.config().name() + "], they would push each other out: "
                            + identity.orElseThrow()));
        }
    }

    private void alike(Connection first, Connection second) {
        for (Option option : Options.of(first.getClass()).all()) {
            if (!value(first.config(), option).equals(value(second.config(), option))) {
                problems.add(second.config()
                        .problem(
                                option.name(),
                                "must be as in [" + first.config().name() + "], which has the same sharing_key"));
            }
        }
    }

    private static String value(Config config, Option option) {
        return config.get(option.name(), "");
    }
}
