package io.bspump.web;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * What is answered to a request.
 *
 * @param headers besides those that the server sets itself
 * @param body the whole of it; empty if it comes piece by piece
 * @param pieces a body without an end that is known; null if it is whole
 */
record Answer(int status, Map<String, String> headers, String body, @Nullable Flux<String> pieces) {

    static final String JSON = "application/json";

    static Answer json(int status, Object body) {
        return of(status, JSON, ApiJson.write(body));
    }

    static Answer of(int status, String contentType, String body) {
        return new Answer(status, Map.of("content-type", contentType), body, null);
    }

    static Answer noContent() {
        return new Answer(204, Map.of(), "", null);
    }

    /** Server-sent events. */
    static Answer events(Flux<String> pieces) {
        Map<String, String> headers = Map.of("content-type", "text/event-stream", "x-accel-buffering", "no");
        return new Answer(200, headers, "", pieces);
    }

    Answer header(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Answer(status, more, body, pieces);
    }
}
