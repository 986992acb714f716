package io.bspump.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The other end of the management API. Its methods block. */
final class ApiClient {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final URI base;
    private final String token;
    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(CONNECT_TIMEOUT)
            .version(HttpClient.Version.HTTP_1_1)
            .build();

    /** @param token empty for none */
    ApiClient(URI base, String token) {
        this.base = base;
        this.token = token;
    }

    /** What was answered, if it was no error. */
    record Reply(int status, JsonNode body) {}

    /** The pump answered with an error. */
    static final class RefusedException extends IOException {

        private static final long serialVersionUID = 1;

        private RefusedException(String message) {
            super(message);
        }
    }

    /**
     * Asks.
     *
     * @param body null for none
     * @throws RefusedException if the answer is an error; its message is for people
     * @throws IOException if nobody answers, or no pump; its message is for people
     */
    Reply send(String method, String path, @Nullable JsonNode body) throws IOException {
        HttpRequest.Builder request = request(path).timeout(TIMEOUT);
        if (body != null) {
            request.header("content-type", Answer.JSON);
        }
        request.method(
                method,
                body == null
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(ApiJson.write(body)));
        HttpResponse<byte[]> response = exchange(request.build());
        JsonNode json = read(response.body());
        if (response.statusCode() >= 400) {
            throw refused(response.statusCode(), json);
        }
        return new Reply(response.statusCode(), json);
    }

    private HttpResponse<byte[]> exchange(HttpRequest request) throws IOException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } catch (ConnectException e) {
            throw new IOException("no pump answers at " + base, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private JsonNode read(byte[] body) throws IOException {
        if (body.length == 0) {
            return ApiJson.MAPPER.createObjectNode();
        }
        try {
            return ApiJson.read(body);
        } catch (JsonProcessingException e) {
            throw new IOException("what answers at " + base + " is no pump, the answer " + ApiJson.explain(e), e);
        }
    }

    private static RefusedException refused(int status, JsonNode json) {
        return new RefusedException(json.path("message").asText("the answer was " + status) + " (" + status + " "
                + json.path("code").asText("without a code") + ")");
    }

    /**
     * Gives the lines of an endless answer until it ends, on a thread of its own.
     *
     * @return completes with the answer, or with what {@link #send} would throw, or with what cut it
     */
    CompletableFuture<Void> lines(String path, Consumer<String> line) {
        return http.sendAsync(request(path).build(), HttpResponse.BodyHandlers.ofLines())
                .thenAccept(response -> {
                    if (response.statusCode() >= 400) {
                        throw new CompletionException(refusal(response));
                    }
                    response.body().forEach(line);
                });
    }

    private IOException refusal(HttpResponse<Stream<String>> response) {
        try {
            byte[] body = response.body().collect(Collectors.joining("\n")).getBytes(StandardCharsets.UTF_8);
            return refused(response.statusCode(), read(body));
        } catch (IOException e) {
            return e;
        }
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path));
        if (!token.isEmpty()) {
            request.header("authorization", "Bearer " + token);
        }
        return request;
    }
}
