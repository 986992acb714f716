package io.bspump.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebEnemyTest {

    @TempDir
    Path directory;

    private static final String HEAD = "Host: localhost\r\nContent-Type: application/json\r\n";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u0000\u0001\u0002\u00ff\u00fe\r\n\r\n",
                "GET\r\n\r\n",
                "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
                "POST /connections HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
                "POST /connections HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
                "GET /connections/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /connections/%ff%fe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET connections HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            })
    void garbageIsRefusedOrCut(String request) throws IOException {
        try (WebPump pump = WebPump.start(directory, "request_timeout = 1s\nidle_timeout = 1s\n");
                RawClient client = new RawClient(pump)) {
            client.send(request);
            String answer = readAll(client);
            assertThat(answer).matches(text -> text.isEmpty() || text.matches("(?s)HTTP/\\d\\.\\d 4.*"));
            pump.get("/livez").expect(200);
        }
    }

    private static String readAll(RawClient client) throws IOException {
        try {
            return client.readAll();
        } catch (SocketException e) {
            return ""; // reset
        }
    }

    @Test
    void pathsDoNotLeadOut() throws IOException {
        try (WebPump pump = WebPump.start(directory, "")) {
            for (String path : List.of(
                    "/../../etc/passwd",
                    "/connections/../../etc/passwd",
                    "/connections/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
                    "//etc/passwd")) {
                try (RawClient client = new RawClient(pump)) {
                    client.send("GET " + path + " HTTP/1.1\r\n" + HEAD + "Connection: close\r\n\r\n");
                    assertThat(client.readAll()).startsWith("HTTP/1.1 404").contains("\"code\":\"not_found\"");
                }
            }
        }
    }

    @Test
    void longHeadsAreRefused() throws IOException {
        try (WebPump pump = WebPump.start(directory, "")) {
            try (RawClient client = new RawClient(pump)) {
                client.send("GET /" + "x".repeat(20_000) + " HTTP/1.1\r\n\r\n");
                assertThat(client.readAll()).startsWith("HTTP/1.1 414");
            }
            try (RawClient client = new RawClient(pump)) {
                client.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(40_000) + "\r\n\r\n");
                assertThat(client.readAll()).startsWith("HTTP/1.1 431");
            }
        }
    }

    @Test
    void aBodyOfAHundredMegabytesIsRefused() throws Exception {
        try (WebPump pump = WebPump.start(directory, "body_limit = 100kB\n");
                RawClient client = new RawClient(pump)) {
            client.send("POST /connections HTTP/1.1\r\n" + HEAD + "Content-Length: 104857600\r\n\r\n");
            CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> {
                try {
                    return readAll(client);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            byte[] megabyte = "x".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
            try {
                OutputStream out = client.socket.getOutputStream();
                for (int i = 0; i < 100; i++) {
                    out.write(megabyte);
                }
            } catch (IOException e) {
                assertThat(e).isInstanceOf(SocketException.class); // the server has hung up
            }
            String text = answer.get(30, TimeUnit.SECONDS);
            assertThat(text).matches(seen -> seen.isEmpty() || seen.startsWith("HTTP/1.1 413"));
            assertThat(pump.post("/connections", "{\"id\":\"" + "x".repeat(200_000) + "\"}")
                            .expect(413)
                            .message())
                    .isEqualTo("the body must not be longer than 100000 bytes");
            pump.get("/livez").expect(200);
        }
    }

    @Test
    void whoWaitsForLeaveToSendTooMuchIsRefusedAtOnce() throws IOException {
        try (WebPump pump = WebPump.start(directory, "");
                RawClient client = new RawClient(pump)) {
            client.send("POST /connections HTTP/1.1\r\n" + HEAD
                    + "Content-Length: 104857600\r\nExpect: 100-continue\r\n\r\n");
            assertThat(client.readAll()).startsWith("HTTP/1.1 413").contains("body_too_large");
        }
    }

    @Test
    void halfARequestIsCutOff() throws IOException {
        try (WebPump pump = WebPump.start(directory, "request_timeout = 500ms\n")) {
            try (RawClient head = new RawClient(pump)) {
                head.send("GET /livez HTTP/1.1\r\nHost: loc");
                assertThat(readAll(head)).isEmpty();
            }
            try (RawClient body = new RawClient(pump)) {
                body.send("POST /connections HTTP/1.1\r\n" + HEAD + "Content-Length: 100\r\n\r\n{\"id\":");
                assertThat(body.readAll())
                        .startsWith("HTTP/1.1 408")
                        .contains("the body was not complete within 500ms");
            }
        }
    }

    @Test
    void aHeadThatDribblesIsCutOffAsWell() throws Exception {
        try (WebPump pump = WebPump.start(directory, "request_timeout = 500ms\n");
                RawClient client = new RawClient(pump)) {
            client.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n");
            await().atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> {
                        try {
                            client.send("X: y\r\n");
                            return false;
                        } catch (SocketException e) {
                            return true;
                        }
                    });
        }
    }

    @Test
    void aThousandSilentClientsAreInNobodysWay() throws IOException {
        try (WebPump pump = WebPump.start(directory, "")) {
            List<RawClient> silent = new ArrayList<>();
            try {
                for (int i = 0; i < 1000; i++) {
                    silent.add(new RawClient(pump));
                }
                for (int i = 0; i < 100; i++) {
                    pump.get("/connections").expect(200);
                }
            } finally {
                for (RawClient client : silent) {
                    client.close();
                }
            }
        }
    }

    @Test
    void silentClientsAreDisconnected() throws IOException {
        try (WebPump pump = WebPump.start(directory, "idle_timeout = 500ms\n");
                RawClient client = new RawClient(pump)) {
            assertThat(readAll(client)).isEmpty();
        }
    }

    @Test
    void hangingConnectionsDelayNobody() {
        try (WebPump pump = WebPump.start(directory, "")) {
            // More than there are threads for blocking work, and these do block.
            for (int i = 0; i < 40; i++) {
                pump.post("/connections", "{\"id\":\"B" + i + "\",\"typ\":\"lab\",\"props\":{\"mode\":\"block\"}}")
                        .expect(201);
            }
            await().until(() -> pump.get("/connections?state=connecting").body().size() == 40);

            pump.get("/connections/B0").expect(200);
            pump.post("/connections", "{\"id\":\"Free\",\"typ\":\"lab\",\"props\":{\"mode\":\"hang\"}}")
                    .expect(201);
            pump.get("/metrics").expect(200);
            pump.delete("/connections/Free").expect(204);
            assertThat(pump.get("/connections?state=connecting").body().size())
                    .as("all that was answered while they were hanging")
                    .isEqualTo(40);
        }
    }

    @Test
    void fourClientsAtRandomLeaveNothingBehind() throws Exception {
        long seed = System.nanoTime();
        String[] ids = {"A", "B", "C"};
        try (WebPump pump = WebPump.start(directory, "")) {
            ExecutorService clients = Executors.newFixedThreadPool(4);
            List<CompletableFuture<Void>> all = new ArrayList<>();
            for (int client = 0; client < 4; client++) {
                Random random = new Random(seed + client);
                all.add(CompletableFuture.runAsync(() -> steps(pump, random, ids), clients));
            }
            for (CompletableFuture<Void> each : all) {
                each.get(120, TimeUnit.SECONDS);
            }
            clients.shutdown();
            for (String id : ids) {
                assertThat(pump.delete("/connections/" + id).status())
                        .as("seed %d", seed)
                        .isIn(204, 404);
            }
            assertThat(pump.get("/connections").body().size())
                    .as("seed %d", seed)
                    .isZero();
            assertThat(pump.pumpService().connections()).isEmpty();
            assertThat(WebPump.MAPPER
                            .readTree(Files.readString(directory.resolve("var/connections.json")))
                            .path("connections")
                            .size())
                    .as("seed %d", seed)
                    .isZero();
            assertThat(pump.meterRegistry().find("bspump.connection.status").meters())
                    .isEmpty();
            await().until(() -> LabConnection.open(pump) == 0);
        }
    }

    private static void steps(WebPump pump, Random random, String... ids) {
        for (int step = 0; step < 50; step++) {
            String id = ids[random.nextInt(ids.length)];
            String definition =
                    "{\"typ\":\"lab\",\"props\":{\"size\":" + (1 + random.nextInt(9)) + ",\"password\":\"secret-x\"}}";
            int status =
                    switch (random.nextInt(4)) {
                        case 0 -> pump.delete("/connections/" + id).status();
                        case 1 -> pump.get("/connections/" + id).status();
                        case 2 ->
                            pump.send("PATCH", "/connections/" + id, "{\"props\":{\"user\":\"u" + step + "\"}}")
                                    .status();
                        default -> pump.put("/connections/" + id, definition).status();
                    };
            assertThat(status).isIn(200, 201, 204, 404, 409);
        }
    }

    @Test
    void eventsComeInOrderAndEndWithTheConnection() throws IOException {
        try (WebPump pump = WebPump.start(directory, "");
                RawClient client = new RawClient(pump)) {
            pump.post("/connections", "{\"id\":\"E\",\"typ\":\"lab\"}").expect(201);
            pump.awaitState("E", "CONNECTED");
            client.send("GET /connections/E/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertThat(client.readUntil("\n\n\r\n"))
                    .contains("text/event-stream")
                    .contains("event: status\ndata: {\"state\":\"CONNECTED\"");
            pump.post("/connections/E/disable", "").expect(200);
            assertThat(client.readUntil("\n\n\r\n")).contains("\"state\":\"DISCONNECTED\"");
            pump.put("/connections/E", "{\"typ\":\"lab\",\"props\":{\"size\":2}}")
                    .expect(200);
            client.readUntil("\"state\":\"CONNECTED\"");
            pump.delete("/connections/E").expect(204);
            assertThat(client.readAll()).contains("event: end\n");
        }
    }

    @Test
    void aReaderOfEventsThatDoesNotReadHoldsNothingUp() throws IOException {
        try (WebPump pump = WebPump.start(directory, "");
                RawClient client = new RawClient(pump)) {
            pump.post("/connections", "{\"id\":\"E\",\"typ\":\"lab\"}").expect(201);
            client.socket.setReceiveBufferSize(1024);
            client.send("GET /connections/E/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
            client.readUntil("event: status");
            for (int i = 0; i < 2_000; i++) {
                pump.pumpService().locateConnection("E").disable();
                pump.pumpService().locateConnection("E").enable();
            }
            pump.awaitState("E", "CONNECTED");
            pump.delete("/connections/E").expect(204);
        }
    }
}
