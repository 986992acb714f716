package io.bspump.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebSecurityTest {

    @TempDir
    Path directory;

    private String problems(String web) throws Exception {
        try (WebPump pump = WebPump.make(directory, "[web]\n" + web)) {
            pump.runInBackground();
            assertThat(pump.exitCode()).isEqualTo(2);
            return String.join(
                    "\n", pump.web().check(pump).stream().map(Object::toString).toList());
        }
    }

    @Test
    void otherAddressesThanLoopbackNeedAToken() throws Exception {
        assertThat(problems("listen = 0.0.0.0:0\n"))
                .isEqualTo("[web] token is required when [web] listen is not a loopback address, was '0.0.0.0:0'");
        assertThat(problems("listen = [::]:0\ntoken = \n"))
                .startsWith("[web] token is required when [web] listen is not a loopback address, was '[::]:0' (");
    }

    @ParameterizedTest
    @CsvSource({"99999", "localhost", "a:b", "1.2.3.4.5:1", "'80 80'"})
    void addressesWithoutSenseAreRefused(String listen) throws Exception {
        assertThat(problems("listen = " + listen + "\n"))
                .startsWith("[web] listen must be a port or an address such as 127.0.0.1:8080, was '" + listen + "'");
    }

    @ParameterizedTest
    @CsvSource({
        "8080,127.0.0.1,8080,true",
        "127.0.0.1:80,127.0.0.1,80,true",
        ":81,127.0.0.1,81,true",
        "localhost:0,localhost,0,true",
        "[::1]:0,::1,0,true",
        "0.0.0.0:9,0.0.0.0,9,false"
    })
    void addressesAreUnderstood(String text, String host, int port, boolean loopback) {
        ListenAddress listen = ListenAddress.parse(text).orElseThrow();

        assertThat(listen.host()).isEqualTo(host);
        assertThat(listen.port()).isEqualTo(port);
        assertThat(listen.isLoopback()).isEqualTo(loopback);
    }

    @Test
    void withATokenNothingElseOpens() {
        try (WebPump pump = WebPump.start(directory, "token = s3same-open\n")) {
            WebPump.Reply refused = pump.get("/connections").expect(401);
            assertThat(refused.code()).isEqualTo("unauthorized");
            assertThat(refused.message())
                    .isEqualTo("the header 'Authorization: Bearer TOKEN' with [web] token is required");
            assertThat(refused.response().headers().firstValue("www-authenticate"))
                    .contains("Bearer");
            for (String wrong :
                    new String[] {"Bearer s3same-opem", "Bearer ", "Basic s3same-open", "s3same-open", "Bearer"}) {
                pump.send("GET", "/connections", "", "authorization", wrong).expect(401);
            }
            pump.get("/openapi.json").expect(401);
            pump.get("/metrics").expect(401);
            pump.get("/nothing").expect(401);
            pump.get("/livez").expect(200);
            pump.get("/readyz").expect(200);
            pump.send("GET", "/connections", "", "authorization", "bearer s3same-open")
                    .expect(200);
            pump.send("GET", "/nothing", "", "authorization", "Bearer s3same-open")
                    .expect(404);
        }
    }

    @Test
    void withoutATokenPagesOfOtherSitesAreKeptOut() throws IOException {
        try (WebPump pump = WebPump.start(directory, "")) {
            assertThat(raw(pump, "GET /connections HTTP/1.1\r\nHost: evil.example:80\r\nConnection: close\r\n\r\n"))
                    .startsWith("HTTP/1.1 403")
                    .contains(
                            "the header Host must name localhost or the address of [web] listen, was 'evil.example:80'");
            assertThat(raw(pump, "GET /connections HTTP/1.1\r\nConnection: close\r\n\r\n"))
                    .startsWith("HTTP/1.1 4");
            for (String host : new String[] {"localhost", "127.0.0.1:1", "[::1]:99", "LOCALHOST:5"}) {
                assertThat(raw(pump, "GET /connections HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                        .startsWith("HTTP/1.1 200");
            }
            String body = "{\"id\":\"A\",\"typ\":\"lab\"}";
            assertThat(pump.send("POST", "/connections", body, "origin", "https://evil.example")
                            .expect(403)
                            .message())
                    .isEqualTo("a page of another site must not change anything here");
            pump.send("POST", "/connections", body, "origin", "null").expect(403);
            pump.send("POST", "/connections", body, "sec-fetch-site", "cross-site")
                    .expect(403);
            pump.send("DELETE", "/connections/A", "", "origin", "https://evil.example")
                    .expect(403);
            pump.send("POST", "/connections", body, "origin", "http://localhost:3000")
                    .expect(201);
        }
    }

    private static String raw(WebPump pump, String request) throws IOException {
        try (RawClient client = new RawClient(pump)) {
            client.send(request);
            return client.readAll();
        }
    }

    @Test
    void aPortInUseEndsTheStart() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                WebPump pump = WebPump.make(directory, "[web]\nlisten = " + taken.getLocalPort() + "\n")) {
            pump.runInBackground();

            assertThat(pump.exitCode()).isEqualTo(1);
        }
    }

    @Test
    void nothingListensUnlessAsked() throws Exception {
        try (WebPump pump = WebPump.make(directory, "")) {
            Set<Thread> before = Thread.getAllStackTraces().keySet();
            CountDownLatch running = new CountDownLatch(1);
            pump.pubSub().subscribe("Application.run!", message -> running.countDown());
            pump.runInBackground();
            assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(pump.web().address()).isEmpty();
            assertThat(Thread.getAllStackTraces().keySet())
                    .filteredOn(thread -> !before.contains(thread))
                    .noneMatch(
                            thread -> thread.getName().toLowerCase(Locale.ROOT).startsWith("bspump-web"));
        }
    }
}
