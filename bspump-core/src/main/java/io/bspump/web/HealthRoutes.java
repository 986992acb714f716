package io.bspump.web;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.PumpService;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;

/** {@code /livez} and {@code /readyz}, for those who watch the process. They tell names and states, nothing else. */
final class HealthRoutes {

    private final PumpService pumps;
    private final Supplier<Router.Phase> phase;

    HealthRoutes(Application app, Supplier<Router.Phase> phase) {
        this.pumps = app.pumpService();
        this.phase = phase;
    }

    List<Route> routes() {
        return List.of(
                Route.of("GET", "/livez", Route.Access.OPEN, request -> Mono.fromSupplier(HealthRoutes::alive)),
                Route.of("GET", "/readyz", Route.Access.OPEN, request -> Mono.fromSupplier(this::ready)));
    }

    private static Answer alive() {
        return Answer.json(200, Map.of("status", "alive"));
    }

    private Answer ready() {
        List<Map<String, String>> reasons = reasons();
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("status", reasons.isEmpty() ? "ready" : "not ready");
        body.put("reasons", reasons);
        return Answer.json(reasons.isEmpty() ? 200 : 503, body);
    }

    private List<Map<String, String>> reasons() {
        if (phase.get() != Router.Phase.RUNNING) {
            boolean stopping = phase.get() == Router.Phase.STOPPING;
            return List.of(Map.of("pump", stopping ? "stopping" : "starting"));
        }
        List<Map<String, String>> reasons = new ArrayList<>();
        for (Pipeline pipeline : pumps.pipelines()) {
            PipelineState state = pipeline.state();
            if (state != PipelineState.RUNNING && state != PipelineState.FINISHED) {
                reasons.add(reason("pipeline", pipeline.id(), state));
            }
        }
        Stream.concat(pumps.connections().stream(), pumps.anonymousConnections().stream())
                .filter(connection -> !connection.status().isConnected() && isUsed(connection))
                .forEach(connection -> reasons.add(reason(
                        "connection", connection.id(), connection.status().state())));
        return reasons;
    }

    private boolean isUsed(Connection connection) {
        try {
            return !pumps.references(connection.id()).isEmpty();
        } catch (IllegalArgumentException e) {
            return false; // it has just been removed
        }
    }

    private static Map<String, String> reason(String kind, String id, Enum<?> state) {
        Map<String, String> reason = new LinkedHashMap<>();
        reason.put(kind, id);
        reason.put("state", state.name().toLowerCase(Locale.ROOT));
        return reason;
    }
}
