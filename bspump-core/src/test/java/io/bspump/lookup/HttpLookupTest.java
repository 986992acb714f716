package io.bspump.lookup;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.TestApp;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.tcp.TcpServer;

/** A dictionary on a web server that answers, changes, stalls, cuts, lies and redirects. */
class HttpLookupTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private TestApp app;
    private DisposableServer server;
    private volatile BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> answer =
            (request, response) -> response.status(404).send();
    private final List<Map<String, String>> requests = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open() {
        app = TestApp.in(directory);
        server = serve();
    }

    private DisposableServer serve() {
        return HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> {
                    Map<String, String> headers = new HashMap<>();
                    request.requestHeaders()
                            .forEach(header ->
                                    headers.put(header.getKey().toLowerCase(java.util.Locale.ROOT), header.getValue()));
                    requests.add(headers);
                    return answer.apply(request, response);
                })
                .bindNow();
    }

    @AfterEach
    void close() {
        server.disposeNow();
        app.close();
    }

    private String url() {
        return "http://127.0.0.1:" + server.port() + "/codes";
    }

    private DictionaryLookup lookup(String... more) {
        return named("Codes", more);
    }

    private DictionaryLookup named(String id, String... more) {
        Map<String, String> config = new HashMap<>(Map.of("source_url", url(), "timeout", "30s"));
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i], more[i + 1]);
        }
        return new DictionaryLookup(app, id, config);
    }

    private static DictionaryLookup load(DictionaryLookup lookup) {
        lookup.load().block(PATIENCE);
        return lookup;
    }

    private void answers(String body, String... headers) {
        answer = (request, response) -> {
            for (int i = 0; i < headers.length; i += 2) {
                response.header(headers[i], headers[i + 1]);
            }
            return response.sendString(Mono.just(body));
        };
    }

    private void answersStatus(int status) {
        answer = (request, response) -> response.status(status).send();
    }

    @Test
    void readsWhatTheServerHas() {
        answers("{\"a\": 1}");

        assertThat(load(lookup()).get("a")).isEqualTo(1);
    }

    @Test
    void asksOnlyForWhatIsNewer() {
        answers("{\"a\": 1}", "ETag", "\"v1\"", "Last-Modified", "Sat, 21 Nov 2026 00:00:00 GMT");
        DictionaryLookup lookup = load(lookup());
        Map<String, Object> first = lookup.asMap();
        assertThat(requests.get(0)).doesNotContainKeys("if-none-match", "if-modified-since");

        answersStatus(304);
        load(lookup);
        assertThat(lookup.asMap()).isSameAs(first);
        assertThat(requests.get(1))
                .containsEntry("if-none-match", "\"v1\"")
                .containsEntry("if-modified-since", "Sat, 21 Nov 2026 00:00:00 GMT");

        answers("{\"a\": 2}", "ETag", "\"v2\"");
        assertThat(load(lookup).get("a")).isEqualTo(2);

        answersStatus(304);
        load(lookup);
        assertThat(requests.get(3)).containsEntry("if-none-match", "\"v2\"").doesNotContainKey("if-modified-since");
    }

    @Test
    void aServerWithoutVersionsIsAskedForAll() {
        answers("{\"a\": 1}");
        DictionaryLookup lookup = load(lookup());

        load(lookup);

        assertThat(requests.get(1)).doesNotContainKeys("if-none-match", "if-modified-since");
    }

    @Test
    void aBrokenNewVersionIsAskedForAgain() {
        answers("{\"a\": 1}", "ETag", "\"v1\"");
        DictionaryLookup lookup = load(lookup());
        answers("<html>", "ETag", "\"v2\"");

        assertThatThrownBy(() -> load(lookup)).hasMessageContaining(url() + " is not JSON at line 1, column ");

        assertThat(lookup.get("a")).isEqualTo(1);
        answersStatus(304);
        load(lookup);
        assertThat(requests.get(2)).containsEntry("if-none-match", "\"v1\"");
    }

    private void assertFails(String reason, String... config) {
        DictionaryLookup lookup = lookup(config);
        assertThatThrownBy(() -> load(lookup)).hasMessageContaining(url() + " cannot be read: " + reason);
    }

    @Test
    void saysWhatTheServerAnswered() {
        assertFails("the answer was 404 Not Found");
        answersStatus(500);
        assertFails("the answer was 500 Internal Server Error");
        answersStatus(204);
        assertFails("the answer was 204 No Content");
        answersStatus(304);
        assertFails("the answer was 304 Not Modified");
    }

    @Test
    void aServerThatStallsIsNotWaitedFor() {
        answer = (request, response) -> Mono.never();
        assertFails("there was no whole answer within 200ms", "timeout", "200ms");
    }

    @Test
    void aServerThatStallsInTheMiddleIsNotWaitedFor() {
        answer = (request, response) ->
                response.sendString(Flux.concat(Mono.just("{\"a\":"), Mono.<String>never()), UTF_8);
        assertFails("there was no whole answer within 200ms", "timeout", "200ms");
    }

    @Test
    void anAnswerThatIsCutIsNoAnswer() {
        assertRawFails("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"a\": 1}", "Connection prematurely closed");
        assertRawFails("", "Connection prematurely closed");
    }

    @Test
    void anAnswerThatIsNotHttpIsNoAnswer() {
        assertRawFails("\0\1\2 garbage\r\n\r\n", "");
    }

    private void assertRawFails(String raw, String reason) {
        DisposableServer tcp = TcpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((in, out) ->
                        in.receive().next().then(out.sendString(Mono.just(raw)).then()))
                .bindNow();
        try {
            DictionaryLookup lookup = lookup("source_url", "http://127.0.0.1:" + tcp.port() + "/");
            assertThatThrownBy(() -> load(lookup)).hasMessageContaining(" cannot be read: " + reason);
        } finally {
            tcp.disposeNow();
        }
    }

    @Test
    void anAnswerThatNeverEndsIsNotKept() {
        answer = (request, response) ->
                response.send(Flux.generate(sink -> sink.next(Unpooled.wrappedBuffer(new byte[100_000]))));
        assertFails("the answer must not exceed max_size, 1000000 bytes", "max_size", "1MB");
    }

    @Test
    void aServerThatIsNotThereIsAnError() {
        DictionaryLookup lookup = lookup();
        String url = url();
        server.disposeNow();
        assertThatThrownBy(() -> load(lookup)).hasMessageContaining(url + " cannot be read: ");
    }

    @Test
    void theQueryIsNotShown() {
        DictionaryLookup lookup = lookup("source_url", url() + "?key=hidden-word");
        assertThatThrownBy(() -> load(lookup))
                .hasMessageContaining("/codes cannot be read")
                .message()
                .doesNotContain("hidden-word");
    }

    @Test
    void tellsWhoAsks() {
        answers("{}");
        load(lookup("username", "me", "password", "word"));
        load(lookup("token", "hidden-token"));
        String basic = Base64.getEncoder().encodeToString("me:word".getBytes(UTF_8));
        assertThat(requests.get(0)).containsEntry("authorization", "Basic " + basic);
        assertThat(requests.get(1)).containsEntry("authorization", "Bearer hidden-token");
    }

    @Test
    void followsRedirectsAndTellsOthersNoSecret() {
        DisposableServer other = serve();
        try {
            String target = "http://localhost:" + other.port() + "/there";
            answer = (request, response) -> request.uri().equals("/codes")
                    ? response.sendRedirect(target)
                    : response.sendString(Mono.just("{\"a\": 1}"));

            assertThat(load(lookup("token", "hidden-token")).get("a")).isEqualTo(1);

            assertThat(requests.get(0)).containsKey("authorization");
            assertThat(requests.get(1)).doesNotContainKey("authorization");
        } finally {
            other.disposeNow();
        }
    }

    @Test
    void aCircleOfRedirectsEnds() {
        answer = (request, response) -> response.sendRedirect("/codes");
        DictionaryLookup lookup = lookup("timeout", "10s");
        assertThatThrownBy(() -> load(lookup)).hasMessageContaining("cannot be read: ");
    }

    @Test
    void startsWithTheCopyWhenTheServerIsGone() {
        answers("{\"a\": 1}", "ETag", "\"v1\"");
        load(lookup());
        answersStatus(500);

        DictionaryLookup restarted = load(lookup());
        assertThat(restarted.get("a")).isEqualTo(1);
        assertThat(requests.get(1)).containsEntry("if-none-match", "\"v1\"");

        answers("{\"a\": 2}");
        assertThat(load(restarted).get("a")).isEqualTo(2);
        answersStatus(500);
        assertThat(load(lookup()).get("a")).isEqualTo(2);
    }

    @Test
    void startsWithTheCopyWhenTheServerHasNothingNewer() {
        answers("{\"a\": 1}", "ETag", "\"v1\"");
        load(lookup());
        answersStatus(304);

        assertThat(load(lookup()).get("a")).isEqualTo(1);
    }

    @Test
    void aFailedRefreshIsAFailureAlthoughThereIsACopy() {
        answers("{\"a\": 1}");
        DictionaryLookup lookup = load(lookup());
        answersStatus(500);

        assertThatThrownBy(() -> load(lookup)).hasMessageContaining("500");
        assertThat(lookup.get("a")).isEqualTo(1);
    }

    @Test
    void eachLookupHasItsOwnCopyOfItsOwnSource() {
        answers("{\"a\": 1}");
        load(named("A/.."));
        answersStatus(500);

        assertThatThrownBy(() -> load(named("B"))).hasMessageContaining("500");
        assertThatThrownBy(() -> load(named("A/..", "source_url", url() + "/other")))
                .hasMessageContaining("500");
        assertThat(load(named("A/..")).get("a")).isEqualTo(1);
    }

    @Test
    void thereIsNoCopyIfNoneIsWanted() {
        answers("{\"a\": 1}");
        load(lookup("use_cache", "no"));
        answersStatus(500);

        assertThatThrownBy(() -> load(lookup("use_cache", "no"))).hasMessageContaining("500");
        assertThat(directory.resolve("var").resolve("lookups")).doesNotExist();
    }

    @Test
    void aDamagedCopyIsOfNoUse() throws IOException {
        answers("{\"a\": 1}");
        load(lookup());
        for (String damage : List.of("", "x", "\0\17bspump lookup 1\0\1")) {
            copies().forEach(copy -> overwrite(copy, damage));
            answersStatus(500);
            assertThatThrownBy(() -> load(lookup())).hasMessageContaining("500");
            answers("{\"a\": 1}");
            assertThat(load(lookup()).get("a")).isEqualTo(1);
        }
    }

    @Test
    void aCopyThatCannotBeUnderstoodAnyMoreIsOfNoUse() {
        answers("{\"a\": 1}", "ETag", "\"v1\"");
        load(lookup());
        answers("{\"k\": \"a\"}", "ETag", "\"v1\"");

        assertThat(load(lookup("key", "k")).get("a")).isEqualTo(Map.of("k", "a"));
        assertThat(requests.get(1)).doesNotContainKey("if-none-match");
    }

    private List<Path> copies() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("var").resolve("lookups"))) {
            return files.toList();
        }
    }

    private static void overwrite(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
