package io.bspump.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.bspump.Application;
import io.bspump.Service;
import io.bspump.web.WebPump.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The document says what the server does: each path, method and status in it is brought about. */
class OpenApiTest {

    private static final JsonNode DOCUMENT = document();
    private static final Schemas SCHEMAS = new Schemas(DOCUMENT);

    @TempDir
    Path directory;

    private static JsonNode document() {
        try (InputStream resource = WebService.class.getResourceAsStream("openapi.json")) {
            return WebPump.MAPPER.readTree(resource);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One status of one operation. */
    private record Case(String method, String path, int status, JsonNode response) {

        @Override
        public String toString() {
            return method + " " + path + " " + status;
        }
    }

    private static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        DOCUMENT.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(operation -> operation
                        .getValue()
                        .path("responses")
                        .properties()
                        .forEach(response -> cases.add(new Case(
                                operation.getKey().toUpperCase(Locale.ROOT),
                                path.getKey(),
                                Integer.parseInt(response.getKey()),
                                SCHEMAS.resolve(response.getValue()))))));
        return cases;
    }

    @Test
    void everyRouteIsInTheDocumentAndTheOtherWayRound() {
        TreeSet<String> documented = new TreeSet<>();
        cases().forEach(each -> documented.add(each.method() + " " + each.path()));
        TreeSet<String> known = new TreeSet<>();
        try (WebPump pump = WebPump.start(directory, "")) {
            pump.web().routes().forEach(route -> known.add(route.method() + " /" + String.join("/", route.path())));
            assertThat(pump.get("/openapi.json").expect(200).body()).isEqualTo(DOCUMENT);
        }
        assertThat(documented).isEqualTo(known);
    }

    @Test
    void examplesAreValid() {
        List<String> checked = new ArrayList<>();
        checkExamples(DOCUMENT, "", checked);
        assertThat(checked).hasSizeGreaterThan(25);
    }

    private static void checkExamples(JsonNode node, String place, List<String> checked) {
        if (node.has("schema") && node.has("example")) {
            assertThat(SCHEMAS.problems(node.path("schema"), node.path("example")))
                    .as(place)
                    .isEmpty();
            checked.add(place);
        }
        node.properties().forEach(each -> checkExamples(each.getValue(), place + "/" + each.getKey(), checked));
    }

    private static final String TOO_LONG = "{\"id\":\"" + "x".repeat(20_000) + "\"}";

    /** A request with its body. */
    private record Ask(String path, String body, Map<String, String> headers) {
        Ask(String path, String body) {
            this(path, body, Map.of());
        }
    }

    @TestFactory
    Stream<DynamicTest> everyStatusIsBroughtAbout() {
        return cases().stream().map(each -> DynamicTest.dynamicTest(each.toString(), () -> bringAbout(each)));
    }

    private void bringAbout(Case each) throws Exception {
        Path own = Files.createTempDirectory(directory, "case");
        switch (each.status()) {
            case 401 -> {
                try (WebPump pump = WebPump.start(own, "token = t0ken-of-test\n")) {
                    check(each, pump.send(each.method(), concrete(each.path()), ""));
                }
            }
            case 403, 408 -> checkRaw(each, own);
            case 503 -> checkStarting(each, own);
            default -> checkRunning(each, own);
        }
    }

    private static String concrete(String path) {
        return path.replace("{id}", "A");
    }

    private static void check(Case each, Reply reply) {
        assertThat(reply.status()).as(reply.response().body()).isEqualTo(each.status());
        JsonNode content = each.response().path("content");
        String type =
                reply.response().headers().firstValue("content-type").orElse("").split(";", 2)[0];
        if (content.isMissingNode()) {
            assertThat(reply.response().body()).isEmpty();
            return;
        }
        assertThat(content.has(type)).as(type).isTrue();
        if (type.equals("application/json")) {
            assertThat(SCHEMAS.problems(content.path(type).path("schema"), reply.body()))
                    .isEmpty();
        }
        each.response().path("headers").fieldNames().forEachRemaining(header -> assertThat(
                        reply.response().headers().firstValue(header))
                .as(header)
                .isPresent());
    }

    private static void checkRaw(Case each, Path own) throws IOException {
        try (WebPump pump = WebPump.start(own, "request_timeout = 300ms\n");
                RawClient client = new RawClient(pump)) {
            String host = each.status() == 403 ? "evil.example" : "localhost";
            String length = each.status() == 408 ? "Content-Length: 10\r\n" : "";
            client.send(each.method() + " " + concrete(each.path()) + " HTTP/1.1\r\nHost: " + host + "\r\n" + length
                    + "Content-Type: application/json\r\nConnection: close\r\n\r\n");
            String answer = client.readAll();
            assertThat(answer).startsWith("HTTP/1.1 " + each.status());
            JsonNode body = WebPump.MAPPER.readTree(answer.substring(answer.indexOf("\r\n\r\n") + 4));
            assertThat(SCHEMAS.problems(each.response().at("/content/application~1json/schema"), body))
                    .isEmpty();
        }
    }

    /** Holds the start up after the API has begun to listen. */
    private static final class Slow implements Service {
        private final Sinks.Empty<Void> gate = Sinks.empty();

        @Override
        public Mono<Void> initialize(Application app) {
            return gate.asMono();
        }
    }

    private static void checkStarting(Case each, Path own) {
        WebPump pump = WebPump.make(own, "[web]\nlisten = 0\n");
        Slow slow = pump.addService(new Slow());
        try (pump) {
            pump.runInBackground();
            await().until(() -> pump.web().address().isPresent());
            check(each, pump.send(each.method(), concrete(each.path()), ""));
            slow.gate.tryEmitEmpty();
        }
    }

    private static void checkRunning(Case each, Path own) throws Exception {
        try (WebPump pump = WebPump.start(
                own,
                """
                body_limit = 10kB
                [connection:InFile]
                type = lab
                client_id = me
                """,
                made -> {
                    made.pumpService().addPipeline(new LabPipeline(made, "A", "InFile"));
                    made.pumpService().addLookup(new WebViewsTest.Teams(made));
                })) {
            Ask ask = prepare(each, pump, own);
            List<String> headers = new ArrayList<>();
            ask.headers().forEach((name, value) -> headers.addAll(List.of(name, value)));
            if (each.path().endsWith("/events") && each.status() == 200) {
                Thread ending = new Thread(() -> {
                    await().until(() -> pump.state("A").equals("CONNECTED"));
                    pump.delete("/connections/A");
                });
                ending.start();
                check(each, pump.send(each.method(), ask.path(), ""));
                ending.join();
                return;
            }
            check(each, pump.send(each.method(), ask.path(), ask.body(), headers.toArray(String[]::new)));
        }
    }

    private static Ask prepare(Case each, WebPump pump, Path own) throws Exception {
        String operation = each.method() + " " + each.path();
        boolean connection = each.path().startsWith("/connections/{id}");
        boolean pipeline = each.path().startsWith("/bspump/v1/pipelines");
        boolean creates = operation.equals("PUT /connections/{id}") && each.status() == 201;
        boolean storeBroken = each.status() == 500;
        if (connection
                && !creates
                && each.status() != 404
                && !(storeBroken && each.method().equals("PUT"))) {
            pump.post("/connections", "{\"id\":\"A\",\"typ\":\"lab\"}").expect(201);
            pump.awaitState("A", "CONNECTED");
        }
        if (storeBroken) {
            Path file = own.resolve("var/connections.json");
            Files.deleteIfExists(file);
            Files.createDirectories(file.resolve("in-the-way"));
        }
        String path = each.path().replace("{id}", pipeline || connection ? "A" : "Teams");
        return switch (each.status()) {
            case 400 ->
                switch (each.method()) {
                    case "GET" -> new Ask(path + "?state=x", "");
                    case "DELETE" -> new Ask(path + "?drain=x", "");
                    default -> new Ask(path, "[");
                };
            case 404 ->
                new Ask(each.path().replace("{id}", "None"), each.method().equals("PATCH") ? "{}" : "");
            case 409 -> conflict(operation, path, pump);
            case 413 -> new Ask(path, TOO_LONG);
            case 415 -> new Ask(path, "x", Map.of("content-type", "text/plain"));
            case 422 -> {
                Path conf = own.resolve("pipelines.conf");
                Files.writeString(conf, Files.readString(conf).replace("type = lab", "type = lab\nsize = 99"));
                yield new Ask(path, body(each.method(), "{\"size\":99}"));
            }
            case 502 -> new Ask(path, body(each.method(), "{\"mode\":\"denied\"}"));
            case 202 -> {
                pump.pumpService().addPipeline(new LabPipeline(pump, "Q", "A"));
                await().until(() -> !pump.pumpService().references("A").isEmpty());
                yield new Ask(path + "?drain", "");
            }
            default ->
                operation.endsWith("/resume")
                        ? failing(pump)
                        : new Ask(path, each.method().equals("GET") ? "" : body(each.method(), "{\"size\":2}"));
        };
    }

    private static Ask failing(WebPump pump) {
        WebViewsTest.BROKEN.set(true);
        WebViewsTest.Counting pipeline = pump.pumpService().addPipeline(new WebViewsTest.Counting(pump));
        await().until(pipeline::isError);
        return new Ask("/bspump/v1/pipelines/Counting/resume", "");
    }

    private static String body(String method, String props) {
        return switch (method) {
            case "POST" -> "{\"id\":\"B\",\"typ\":\"lab\",\"props\":" + props + "}";
            case "PUT" -> "{\"typ\":\"lab\",\"props\":" + props + "}";
            case "PATCH" -> "{\"props\":" + props + "}";
            default -> "";
        };
    }

    private static Ask conflict(String operation, String path, WebPump pump) {
        Map<String, Ask> asks = new LinkedHashMap<>();
        asks.put("POST /connections", new Ask(path, "{\"id\":\"InFile\",\"typ\":\"lab\"}"));
        asks.put("POST /connections/test", new Ask(path, body("POST", "{\"client_id\":\"me\"}")));
        asks.put("PUT /connections/{id}", new Ask("/connections/InFile", body("PUT", "{}")));
        asks.put("PATCH /connections/{id}", new Ask("/connections/InFile", "{}"));
        asks.put("DELETE /connections/{id}", new Ask("/connections/InFile", ""));
        asks.put("POST /connections/{id}/reconnect", new Ask(path, ""));
        asks.put("POST /bspump/v1/pipelines/{id}/resume", new Ask(path, ""));
        if (operation.endsWith("reconnect")) {
            pump.post("/connections/A/disable", "").expect(200);
        }
        return asks.get(operation);
    }
}
