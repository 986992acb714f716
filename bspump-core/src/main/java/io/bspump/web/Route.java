package io.bspump.web;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * Who answers which requests.
 *
 * @param path segments; one in braces is a variable
 * @param access who may ask
 */
record Route(String method, List<String> path, Access access, Handler handler) {

    /** Who may ask, and when. */
    enum Access {
        /** Anybody, at any time. */
        OPEN,
        /** Who has the token, at any time. */
        ALWAYS,
        /** Who has the token, from when everything has been loaded until the end. */
        LOADED,
        /** Who has the token, while the pump runs. */
        RUNNING
    }

    /** Answers a request, without blocking; errors other than {@link ApiError} are faults of the server. */
    @FunctionalInterface
    interface Handler {
        Mono<Answer> handle(ApiRequest request);
    }

    static Route of(String method, String path, Access access, Handler handler) {
        List<String> segments =
                path.equals("/") ? List.of() : List.of(path.substring(1).split("/"));
        return new Route(method, segments, access, handler);
    }

    /** The values of the variables, if the path is one of this route. */
    Optional<Map<String, String>> match(List<String> segments) {
        if (segments.size() != path.size()) {
            return Optional.empty();
        }
        Map<String, String> variables = new LinkedHashMap<>();
        for (int i = 0; i < path.size(); i++) {
            String expected = path.get(i);
            if (expected.startsWith("{")) {
                variables.put(expected.substring(1, expected.length() - 1), segments.get(i));
            } else if (!expected.equals(segments.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(variables);
    }
}
