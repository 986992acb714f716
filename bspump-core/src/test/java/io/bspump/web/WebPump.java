package io.bspump.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bspump.Application;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A pump with a management API on a free port, in this process; stopped by {@link #close}. */
final class WebPump extends Application implements AutoCloseable {

    static final ObjectMapper MAPPER = new ObjectMapper();
    static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Scheduler lanes;
    private final Scheduler blocking;
    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();

    private WebPump(Scheduler lanes, Scheduler blocking, String... args) {
        super(lanes, blocking, args);
        this.lanes = lanes;
        this.blocking = blocking;
    }

    /** Makes one that does not run yet. */
    static WebPump make(Path directory, String configuration) {
        try {
            String general = "[general]\nstop_when_finished = no\nvar_dir = " + directory.resolve("var") + "\n";
            Path conf = Files.writeString(directory.resolve("pipelines.conf"), general + configuration);
            return new WebPump(
                    Schedulers.newParallel("test-lane", 2, true),
                    Schedulers.newBoundedElastic(16, 100_000, "test-blocking", 60, true),
                    "-c",
                    conf.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs one that listens on a free port of loopback. */
    static WebPump start(Path directory, String configuration) {
        return start(directory, configuration, pump -> {});
    }

    static WebPump start(Path directory, String configuration, Consumer<WebPump> setup) {
        WebPump pump = make(directory, "[web]\nlisten = 0\n" + configuration);
        setup.accept(pump);
        return pump.begin();
    }

    /** Runs it in the background and waits until the API takes orders. */
    WebPump begin() {
        runInBackground();
        await("the start").atMost(Duration.ofSeconds(30)).until(() -> exitCode.isDone() || isRunning());
        assertThat(exitCode).as("the pump runs").isNotDone();
        return this;
    }

    void runInBackground() {
        Thread thread = new Thread(
                () -> {
                    try {
                        exitCode.complete(run());
                    } catch (RuntimeException | Error e) {
                        exitCode.completeExceptionally(e);
                    }
                },
                "test-main");
        thread.setDaemon(true);
        thread.start();
    }

    private boolean isRunning() {
        return web().address().isPresent() && !get("/readyz").body().toString().contains("\"pump\"");
    }

    WebService web() {
        return getService(WebService.class);
    }

    int exitCode() throws Exception {
        return exitCode.get(60, TimeUnit.SECONDS);
    }

    InetSocketAddress address() {
        return web().address().orElseThrow();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + address().getPort() + path);
    }

    /** An answer. */
    record Reply(int status, HttpResponse<String> response) {

        JsonNode body() {
            try {
                return MAPPER.readTree(response.body());
            } catch (IOException e) {
                throw new UncheckedIOException(response.body(), e);
            }
        }

        String code() {
            return body().path("code").asText();
        }

        String message() {
            return body().path("message").asText();
        }

        Reply expect(int expected) {
            assertThat(status).as(response.body()).isEqualTo(expected);
            return this;
        }
    }

    Reply get(String path) {
        return send("GET", path, "");
    }

    Reply post(String path, String body) {
        return send("POST", path, body);
    }

    Reply put(String path, String body) {
        return send("PUT", path, body);
    }

    Reply delete(String path) {
        return send("DELETE", path, "");
    }

    Reply send(String method, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(60));
        request.method(
                method,
                body.isEmpty() ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.setHeader("content-type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        try {
            HttpResponse<String> response = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Reply(response.statusCode(), response);
        } catch (IOException e) {
            throw new UncheckedIOException(method + " " + path, e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The state of a connection. */
    String state(String id) {
        return get("/connections/" + id + "/status").body().path("state").asText();
    }

    void awaitState(String id, String state) {
        await(id + " is " + state).atMost(Duration.ofSeconds(30)).until(() -> state(id)
                .equals(state));
    }

    @Override
    public void close() {
        stop();
        try {
            exitCode.get(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException("the pump did not stop", e);
        } finally {
            lanes.dispose();
            blocking.dispose();
        }
    }
}
