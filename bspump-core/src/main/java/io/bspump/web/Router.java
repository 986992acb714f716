package io.bspump.web;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** Finds who answers a request, if it may be answered at all. */
final class Router {

    /** How far the pump has come. */
    enum Phase {
        STARTING,
        LOADED,
        RUNNING,
        STOPPING
    }

    private final Gate gate;
    private final List<Route> routes;
    private final Supplier<Phase> phase;

    Router(Gate gate, List<Route> routes, Supplier<Phase> phase) {
        this.gate = gate;
        this.routes = List.copyOf(routes);
        this.phase = phase;
    }

    List<Route> routes() {
        return routes;
    }

    /** A route with what it needs from the head of the request. */
    record Found(Route route, String method, HttpHeaders headers, Map<String, String> variables, Target target) {

        Mono<Answer> handle(ByteBuffer body, EventLoop loop) {
            return route.handler().handle(new ApiRequest(method, headers, variables, target.query(), body, loop));
        }
    }

    /**
     * Finds the route.
     *
     * @throws ApiError if there is none, or if it must not be used by this one, or now
     */
    Found find(String method, String uri, HttpHeaders headers) {
        Target target = Target.parse(uri);
        String asked = method.equals("HEAD") ? "GET" : method;
        TreeSet<String> others = new TreeSet<>();
        for (Route route : routes) {
            Map<String, String> variables = route.match(target.segments()).orElse(null);
            if (variables != null && route.method().equals(asked)) {
                admit(route, method, headers);
                return new Found(route, method, headers, variables, target);
            }
            if (variables != null) {
                others.add(route.method());
            }
        }
        gate.check(method, headers);
        if (others.isEmpty()) {
            throw new ApiError(404, "not_found", "there is nothing at this path, see /openapi.json");
        }
        String allowed = String.join(", ", others);
        throw new ApiError(405, "method_not_allowed", "this path understands " + allowed + " only")
                .header("allow", allowed);
    }

    private void admit(Route route, String method, HttpHeaders headers) {
        if (route.access() == Route.Access.OPEN) {
            return;
        }
        gate.check(method, headers);
        boolean admitted =
                switch (phase.get()) {
                    case STARTING -> route.access() == Route.Access.ALWAYS;
                    case LOADED, STOPPING -> route.access() != Route.Access.RUNNING;
                    case RUNNING -> true;
                };
        if (!admitted) {
            String what = phase.get() == Phase.STOPPING ? "stopping" : "starting";
            throw new ApiError(503, what, "the pump is " + what).header("retry-after", "1");
        }
    }
}
