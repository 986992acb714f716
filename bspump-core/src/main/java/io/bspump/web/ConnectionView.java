package io.bspump.web;

import io.bspump.Connection;
import io.bspump.ConnectionReference;
import io.bspump.ConnectionStatus;
import io.bspump.ConnectionTrial;
import io.bspump.ConnectionType;
import io.bspump.PumpService;
import io.bspump.config.Options;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Connections as the API shows them. Reads only what is known; asks nobody. */
final class ConnectionView {

    private final PumpService pumps;

    ConnectionView(PumpService pumps) {
        this.pumps = pumps;
    }

    /**
     * All about one.
     *
     * @param managedBy who may change it
     * @param definition what the API was given; null if it was not made by it
     */
    Map<String, Object> of(Connection connection, String managedBy, @Nullable Definition definition) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("id", connection.id());
        view.put("typ", definition == null ? typ(connection) : definition.typ());
        view.put("props", definition == null ? given(connection) : props(connection, definition));
        view.put("ownership", managedBy.equals("component") ? "anonymous" : "named");
        view.put("managedBy", managedBy);
        view.put("enabled", connection.isEnabled());
        view.put("status", status(connection.status()));
        view.put("references", references(connection.id()));
        return view;
    }

    /** The name of its type; the class of one that no type makes. */
    String typ(Connection connection) {
        return pumps.connectionTypes().stream()
                .filter(type -> type.connectionClass().equals(connection.getClass()))
                .map(ConnectionType::name)
                .findFirst()
                .orElse(connection.getClass().getSimpleName());
    }

    private static Map<String, String> given(Connection connection) {
        Map<String, String> given = new LinkedHashMap<>(connection.properties());
        given.remove("type");
        return given;
    }

    /** What was given, with {@code ***} for what is secret in it. */
    static Map<String, Object> props(Connection connection, Definition definition) {
        Map<String, String> visible = connection.properties();
        Options options = Options.of(connection.getClass());
        Map<String, Object> props = new LinkedHashMap<>();
        definition.props().forEach((key, value) -> props.put(key, shown(options, visible, key, value)));
        return props;
    }

    private static Object shown(Options options, Map<String, String> visible, String key, Object value) {
        if (Definition.isReference(value)) {
            return value;
        }
        String name = options.find(key).map(option -> option.name()).orElse(key.toLowerCase(Locale.ROOT));
        String shown = visible.getOrDefault(name, "***");
        return shown.equals(Definition.text(value)) ? value : shown;
    }

    List<Map<String, Object>> references(String id) {
        List<Map<String, Object>> references = new ArrayList<>();
        List<ConnectionReference<?>> all;
        try {
            all = pumps.references(id);
        } catch (IllegalArgumentException e) {
            return references; // it has just been removed
        }
        for (ConnectionReference<?> reference : all) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("referrer", reference.referrer());
            one.put("since", text(reference.since()));
            references.add(one);
        }
        return references;
    }

    static Map<String, Object> status(ConnectionStatus status) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("state", status.state().name());
        view.put("gauge", status.state().gauge());
        view.put("since", text(status.since()));
        view.put("attempt", status.attempt());
        view.put("nextAttemptAt", text(status.nextAttemptAt()));
        view.put("lastError", error(status.lastError()));
        view.put("lastConnected", text(status.lastConnected()));
        view.put("lastDisconnected", text(status.lastDisconnected()));
        view.put("generation", status.generation());
        return view;
    }

    private static @Nullable Map<String, Object> error(ConnectionStatus.@Nullable Failure failure) {
        if (failure == null) {
            return null;
        }
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("class", failure.errorClass().name());
        view.put("message", failure.message());
        return view;
    }

    static Map<String, Object> trial(ConnectionTrial trial) {
        List<Map<String, Object>> steps = new ArrayList<>();
        for (ConnectionTrial.Result result : trial.steps()) {
            Map<String, Object> step = new LinkedHashMap<>();
            step.put("stage", result.step().name().toLowerCase(Locale.ROOT));
            step.put("status", result.outcome().name().toLowerCase(Locale.ROOT));
            step.put("millis", millis(result.took()));
            step.put("message", result.message());
            steps.add(step);
        }
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("ok", trial.succeeded());
        view.put("stages", steps);
        return view;
    }

    /** In milliseconds, with three digits behind the point. */
    static double millis(Duration duration) {
        long micros = duration.toNanos() / 1_000;
        return micros / 1_000.0;
    }

    private static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }
}
