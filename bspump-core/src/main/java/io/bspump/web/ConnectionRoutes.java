package io.bspump.web;

import com.fasterxml.jackson.databind.JsonNode;
import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.ConnectionState;
import io.bspump.ConnectionStatus;
import io.bspump.PumpService;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;

/** {@code /connections} and what is below. */
final class ConnectionRoutes {

    private static final int MAX_TESTS = 8;
    private static final String MERGE_PATCH = "application/merge-patch+json";

    private final PumpService pumps;
    private final ManagedConnections managed;
    private final ConnectionView view;
    private final ConnectionEvents events;
    private final Semaphore tests = new Semaphore(MAX_TESTS);

    ConnectionRoutes(Application app, ManagedConnections managed) {
        this.pumps = app.pumpService();
        this.managed = managed;
        this.view = new ConnectionView(pumps);
        this.events = new ConnectionEvents(pumps);
    }

    List<Route> routes() {
        return List.of(
                Route.of("GET", "/connections", Route.Access.LOADED, request -> Mono.fromSupplier(() -> list(request))),
                Route.of("POST", "/connections", Route.Access.RUNNING, this::create),
                Route.of("POST", "/connections/test", Route.Access.RUNNING, this::test),
                Route.of(
                        "GET",
                        "/connections/{id}",
                        Route.Access.LOADED,
                        request -> Mono.fromSupplier(() -> Answer.json(200, show(managed.locate(request.id()))))),
                Route.of("PUT", "/connections/{id}", Route.Access.RUNNING, this::replace),
                Route.of("PATCH", "/connections/{id}", Route.Access.RUNNING, this::patch),
                Route.of("DELETE", "/connections/{id}", Route.Access.RUNNING, this::delete),
                Route.of(
                        "GET",
                        "/connections/{id}/status",
                        Route.Access.LOADED,
                        request -> Mono.fromSupplier(
                                () -> status(managed.locate(request.id()).status()))),
                Route.of(
                        "GET",
                        "/connections/{id}/events",
                        Route.Access.LOADED,
                        request -> Mono.fromSupplier(() -> events.of(managed.locate(request.id()), request.loop()))),
                Route.of("POST", "/connections/{id}/ping", Route.Access.RUNNING, this::ping),
                Route.of("POST", "/connections/{id}/reconnect", Route.Access.RUNNING, this::reconnect),
                Route.of("POST", "/connections/{id}/disable", Route.Access.RUNNING, this::disable),
                Route.of("POST", "/connections/{id}/enable", Route.Access.RUNNING, this::enable));
    }

    private Map<String, Object> show(Connection connection) {
        String id = connection.id();
        String by = managed.managedBy(id);
        return view.of(connection, by, by.equals("api") ? managed.definition(id).orElse(null) : null);
    }

    private Answer list(ApiRequest request) {
        String type = request.query("type").orElse("");
        ConnectionState state =
                request.query("state").map(ConnectionRoutes::state).orElse(null);
        List<Map<String, Object>> shown = Stream.concat(
                        pumps.connections().stream(), pumps.anonymousConnections().stream())
                .filter(each -> state == null || each.status().state() == state)
                .filter(each -> type.isEmpty() || view.typ(each).equalsIgnoreCase(type))
                .map(this::show)
                .toList();
        return Answer.json(200, shown);
    }

    private static ConnectionState state(String name) {
        return Arrays.stream(ConnectionState.values())
                .filter(state -> state.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new ApiError(
                        400,
                        "bad_query",
                        "state must be one of "
                                + String.join(
                                        ", ",
                                        Arrays.stream(ConnectionState.values())
                                                .map(each -> each.name().toLowerCase(Locale.ROOT))
                                                .toList())
                                + ", was '" + name + "'"));
    }

    private static Answer status(ConnectionStatus status) {
        return Answer.json(200, ConnectionView.status(status));
    }

    private Mono<Answer> create(ApiRequest request) {
        return Mono.defer(() -> {
            Definition definition = Definition.of(request.json(Answer.JSON), null, null);
            return managed.create(definition)
                    .map(made -> Answer.json(201, show(made)).header("location", location(made.id())));
        });
    }

    static String location(String id) {
        return "/connections/" + URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private Mono<Answer> replace(ApiRequest request) {
        return Mono.defer(() -> {
            boolean dryRun = request.flag("dry_run");
            Definition next = Definition.of(request.json(Answer.JSON), request.id(), null);
            if (managed.find(next.id()).isPresent()) {
                return managed.update(next.id(), next::keeping, dryRun)
                        .map(changed -> changed(200, next.id(), changed ? "updated" : "unchanged"));
            }
            return dryRun
                    ? managed.check(next).thenReturn(Answer.json(200, Map.of("id", next.id(), "change", "created")))
                    : managed.create(next)
                            .map(made -> changed(201, made.id(), "created").header("location", location(made.id())));
        });
    }

    private Answer changed(int status, String id, String change) {
        Map<String, Object> body = new LinkedHashMap<>(show(managed.locate(id)));
        body.put("change", change);
        return Answer.json(status, body);
    }

    private Mono<Answer> patch(ApiRequest request) {
        return Mono.defer(() -> {
            JsonNode patch = request.json(Answer.JSON, MERGE_PATCH);
            Definition.object(patch, "the body");
            patch.fieldNames().forEachRemaining(Definition::checkField);
            JsonNode props = patch.path("props");
            if (!props.isMissingNode()) {
                Definition.object(props, "props");
            }
            checkUnchanged(patch, "id", request.id());
            return managed.update(
                            request.id(),
                            (before, shown) -> {
                                checkUnchanged(patch, "typ", before.typ());
                                return before.merged(props).keeping(before, shown);
                            },
                            false)
                    .map(changed -> changed(200, request.id(), changed ? "updated" : "unchanged"));
        });
    }

    private static void checkUnchanged(JsonNode patch, String field, String value) {
        JsonNode given = patch.path(field);
        if (!given.isMissingNode() && !given.asText().equals(value)) {
            throw Definition.shape(field + " cannot be patched, it is '" + value + "'");
        }
    }

    private Mono<Answer> delete(ApiRequest request) {
        return Mono.defer(() -> {
            String id = request.id();
            List<Map<String, Object>> references = view.references(id);
            if (!request.flag("drain") || references.isEmpty()) {
                return managed.delete(id).thenReturn(Answer.noContent());
            }
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("id", id);
            body.put("draining", true);
            body.put("references", references);
            Mono<Answer> later = Mono.just(Answer.json(202, body));
            return Mono.firstWithSignal(
                    managed.drain(id).thenReturn(Answer.noContent()),
                    WebServer.after(request.loop(), ConnectionEvents.MOMENT).then(later));
        });
    }

    private Mono<Answer> test(ApiRequest request) {
        return Mono.defer(() -> {
            Definition definition = Definition.of(request.json(Answer.JSON), null, null);
            if (!tests.tryAcquire()) {
                throw new ApiError(503, "busy", MAX_TESTS + " connections are being tested, try again")
                        .header("retry-after", "1");
            }
            Mono<Answer> test = managed.test(definition)
                    .map(trial -> Answer.json(200, ConnectionView.trial(trial)))
                    .doOnTerminate(tests::release);
            return Mono.fromFuture(test.toFuture(), true);
        });
    }

    private Mono<Answer> ping(ApiRequest request) {
        return Mono.defer(() -> {
            Connection connection = managed.locate(request.id());
            long begin = System.nanoTime();
            return connection.check().map(status -> {
                Map<String, Object> body = new LinkedHashMap<>();
                body.put("ok", status.isConnected());
                body.put("millis", ConnectionView.millis(Duration.ofNanos(System.nanoTime() - begin)));
                body.put("status", ConnectionView.status(status));
                return Answer.json(200, body);
            });
        });
    }

    /** A link that is up is put away first: who asks for a new one has a reason. */
    private Mono<Answer> reconnect(ApiRequest request) {
        return order(request, connection -> {
            if (!connection.isEnabled()) {
                throw new ApiError(
                        409, "disabled", "[connection:" + connection.id() + "] is disabled, enable it instead");
            }
            if (connection.status().isConnected()) {
                connection.disable();
                connection.enable();
            } else {
                connection.retryNow();
            }
        });
    }

    private Mono<Answer> disable(ApiRequest request) {
        return order(request, Connection::disable);
    }

    private Mono<Answer> enable(ApiRequest request) {
        return order(request, Connection::enable);
    }

    /** Gives an order and answers with the status, once the order has been understood. */
    private Mono<Answer> order(ApiRequest request, Consumer<Connection> order) {
        return Mono.defer(() -> {
            Connection connection = managed.locate(request.id());
            order.accept(connection);
            // The connection takes its messages one after the other, so the answer to this one comes after the order.
            return connection.check().map(ConnectionRoutes::status);
        });
    }
}
