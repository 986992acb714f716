package io.bspump.kafka;

import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.common.config.ConfigDef;
import org.jspecify.annotations.Nullable;

/** What a section says to the clients. Each client gets the options that it has and no others. Immutable. */
final class ClientSettings {

    /** How librdkafka calls the strategies. */
    private static final Map<String, String> ASSIGNORS = Map.of(
            "cooperative-sticky", CooperativeStickyAssignor.class.getName(),
            "range", RangeAssignor.class.getName(),
            "roundrobin", RoundRobinAssignor.class.getName(),
            "sticky", StickyAssignor.class.getName());

    private static final int MOST_IN_FLIGHT = 5;

    private final Config config;

    private ClientSettings(Config config) {
        this.config = config;
    }

    /**
     * Reads a section.
     *
     * @param names of the options that may stand in it
     * @throws ConfigException with all values that Kafka would refuse
     */
    static ClientSettings of(Config config, Collection<Client> clients, Collection<String> names) {
        ClientSettings settings = new ClientSettings(config);
        List<ConfigProblem> problems = new ArrayList<>();
        for (String name : names) {
            clients.stream()
                    .filter(client -> client.names().contains(name))
                    .findFirst()
                    .map(client -> settings.problem(client.key(name)))
                    .ifPresent(problems::add);
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return settings;
    }

    private @Nullable ConfigProblem problem(ConfigDef.ConfigKey key) {
        String option = ClientOptions.option(key.name);
        Object value = value(key);
        if (value == null || key.validator == null) {
            return null;
        }
        Object parsed;
        try {
            parsed = ConfigDef.parseType(key.name, value, key.type);
        } catch (org.apache.kafka.common.config.ConfigException e) {
            return null; // the option's type has been checked, and its problem told
        }
        String rule = ruleOfOrder(key.name, parsed);
        if (rule != null) {
            return config.problem(
                    option, rule + ", was '" + config.shown(option).orElse("") + "'");
        }
        try {
            key.validator.ensureValid(key.name, parsed);
            return null;
        } catch (org.apache.kafka.common.config.ConfigException e) {
            String reason =
                    String.valueOf(e.getMessage()).replaceFirst("^Invalid value .* for configuration [^:]*: ", "");
            String seen =
                    config.shown(option).map(text -> ", was '" + text + "'").orElse("");
            return config.problem(option, "must be such as Kafka takes it: " + config.masked(reason) + seen);
        }
    }

    /** What a producer must not be told, because it would lose records or their order. */
    private static @Nullable String ruleOfOrder(String name, @Nullable Object value) {
        if (name.equals("acks") && !List.of("all", "-1").contains(String.valueOf(value))) {
            return "must be all, so that a record that is confirmed is not lost";
        }
        if (name.equals("retries") && Integer.valueOf(0).equals(value)) {
            return "must not be 0, so that no record is lost";
        }
        boolean tooMany = value instanceof Integer number && number > MOST_IN_FLIGHT;
        return tooMany && name.equals("max.in.flight.requests.per.connection")
                ? "must be at most " + MOST_IN_FLIGHT + ", so that the order is kept"
                : null;
    }

    /** Puts in what the section says to a client. */
    void addTo(Map<String, Object> properties, Client client) {
        for (String name : client.names()) {
            Object value = value(client.key(name));
            if (value != null) {
                properties.put(name, value);
            }
        }
    }

    private @Nullable Object value(ConfigDef.ConfigKey key) {
        String option = ClientOptions.option(key.name);
        if (!config.contains(option)) {
            return null;
        }
        return switch (key.type) {
            case BOOLEAN -> config.getBoolean(option);
            case PASSWORD -> config.getSecret(option).reveal();
            case LIST ->
                config.getList(option).stream()
                        .map(each -> key.name.equals("partition.assignment.strategy") ? assignor(each) : each)
                        .collect(Collectors.joining(","));
            default -> config.get(option).strip();
        };
    }

    private static String assignor(String name) {
        return ASSIGNORS.getOrDefault(name, name);
    }

    /** A map with nothing but what all clients of bspump have in common. */
    static Map<String, Object> common(String clientId) {
        Map<String, Object> properties = new HashMap<>();
        properties.put("client.id", clientId);
        // The meters are those of the pump; the names of many clients would collide in JMX.
        properties.put("metric.reporters", "");
        properties.put("enable.metrics.push", "false");
        properties.put("metadata.max.age.ms", "30000");
        return properties;
    }
}
