package io.bspump.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code POST /connections/test}. */
class ConnectionTrialTest {

    @TempDir
    Path directory;

    private WebPump pump;

    @BeforeEach
    void start() {
        pump = WebPump.start(directory, "");
    }

    @AfterEach
    void stop() {
        pump.close();
    }

    private List<String> trial(String typ, String props) {
        JsonNode body = pump.post("/connections/test", "{\"id\":\"T\",\"typ\":\"" + typ + "\",\"props\":" + props + "}")
                .expect(200)
                .body();
        List<String> stages = new ArrayList<>();
        boolean failed = false;
        for (JsonNode stage : body.path("stages")) {
            stages.add(stage.path("stage").asText() + " " + stage.path("status").asText());
            failed |= stage.path("status").asText().equals("failed");
            assertThat(stage.path("millis").isNumber()).isTrue();
        }
        assertThat(body.path("ok").asBoolean()).isEqualTo(!failed);
        assertThat(pump.get("/connections").body().size()).as("nothing is kept").isZero();
        return stages;
    }

    private String message(String typ, String props, String stage) {
        JsonNode body = pump.post("/connections/test", "{\"id\":\"T\",\"typ\":\"" + typ + "\",\"props\":" + props + "}")
                .expect(200)
                .body();
        for (JsonNode each : body.path("stages")) {
            if (each.path("stage").asText().equals(stage)) {
                return each.path("message").asText();
            }
        }
        return "";
    }

    @Test
    void aConnectionWithoutEndpointsMakesItsAttempt() {
        assertThat(trial("lab", "{}"))
                .containsExactly("dns skipped", "tcp skipped", "tls skipped", "authentication ok", "protocol ok");
        assertThat(LabConnection.open(pump)).isZero();
    }

    @Test
    void refusedCredentialsAreToldApart() {
        assertThat(trial("lab", "{\"mode\":\"denied\",\"password\":\"wrong-one\"}"))
                .containsExactly(
                        "dns skipped", "tcp skipped", "tls skipped", "authentication failed", "protocol skipped");
        assertThat(message("lab", "{\"mode\":\"denied\",\"password\":\"wrong-one\"}", "authentication"))
                .isEqualTo("bad password ***");
    }

    @Test
    void whatHangsIsBounded() {
        assertThat(trial("lab", "{\"mode\":\"hang\",\"connect_timeout\":\"100ms\"}"))
                .containsExactly(
                        "dns skipped", "tcp skipped", "tls skipped", "authentication skipped", "protocol failed");
        assertThat(message("lab", "{\"mode\":\"hang\",\"connect_timeout\":\"100ms\"}", "protocol"))
                .isEqualTo("no answer within 100ms (connect_timeout)");
        assertThat(trial("lab", "{\"mode\":\"mute\",\"ping_timeout\":\"100ms\"}"))
                .containsExactly("dns skipped", "tcp skipped", "tls skipped", "authentication ok", "protocol failed");
    }

    @Test
    void namesAndPortsAreLookedAtOneByOne() throws Exception {
        int closed;
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            closed = server.getLocalPort();
            assertThat(trial("echo", "{\"port\":" + closed + ",\"ping_timeout\":\"200ms\"}"))
                    .containsExactly("dns ok", "tcp ok", "tls skipped", "authentication ok", "protocol failed");
            assertThat(message("echo", "{\"port\":" + closed + ",\"ping_timeout\":\"200ms\"}", "tcp"))
                    .isEqualTo("127.0.0.1:" + closed + " at 127.0.0.1");
        }
        assertThat(trial("echo", "{\"port\":" + closed + "}"))
                .containsExactly("dns ok", "tcp failed", "tls skipped", "authentication skipped", "protocol skipped");
        assertThat(trial("echo", "{\"host\":\"no-such-host.invalid\",\"port\":1}"))
                .containsExactly(
                        "dns failed", "tcp skipped", "tls skipped", "authentication skipped", "protocol skipped");
        assertThat(message("echo", "{\"host\":\"no-such-host.invalid\",\"port\":1}", "dns"))
                .isEqualTo("no-such-host.invalid:1: the name is not known");
    }

    private ServerSocket tlsServer() throws Exception {
        Path store = directory.resolve("server.p12");
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        Process made = new ProcessBuilder(
                        keytool,
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-alias",
                        "server",
                        "-dname",
                        "CN=server",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "changeit")
                .redirectErrorStream(true)
                .start();
        made.getInputStream().readAllBytes();
        assertThat(made.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, "changeit".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    /** Reads from all who come until the server is closed. */
    private static Thread serve(ServerSocket server) {
        Thread thread = new Thread(() -> {
            while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                    socket.getInputStream().read();
                } catch (IOException e) {
                    // The client has gone, or the server is closed.
                }
            }
        });
        thread.start();
        return thread;
    }

    @Test
    void whoSpeaksTlsIsGreeted() throws Exception {
        String props;
        Thread serving;
        try (ServerSocket server = tlsServer()) {
            props = "{\"tls_port\":" + server.getLocalPort() + "}";
            serving = serve(server);
            assertThat(trial("lab", props))
                    .containsExactly("dns ok", "tcp ok", "tls ok", "authentication ok", "protocol ok");
        }
        serving.join();
        try (ServerSocket plain = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            props = "{\"tls_port\":" + plain.getLocalPort() + "}";
            serving = serve(plain);
            assertThat(trial("lab", props))
                    .containsExactly("dns ok", "tcp ok", "tls failed", "authentication skipped", "protocol skipped");
        }
        serving.join();
    }

    @Test
    void wrongValuesAreRefusedBeforeAnythingIsDialled() {
        int before = LabConnection.DIALS.get();

        assertThat(pump.post("/connections/test", "{\"id\":\"T\",\"typ\":\"lab\",\"props\":{\"size\":0}}")
                        .expect(422)
                        .message())
                .isEqualTo("[connection:T] size must be between 1 and 10, was '0'");
        assertThat(LabConnection.DIALS.get()).isEqualTo(before);
    }

    @Test
    void nobodyIsPushedOut() {
        pump.post("/connections", "{\"id\":\"Live\",\"typ\":\"lab\",\"props\":{\"client_id\":\"me\"}}")
                .expect(201);

        assertThat(pump.post("/connections/test", "{\"id\":\"T\",\"typ\":\"lab\",\"props\":{\"client_id\":\"me\"}}")
                        .expect(409)
                        .message())
                .isEqualTo("[connection:T] is not tried, it would push out [connection:Live], which has the same client"
                        + " identity: me");
    }

    @Test
    void onlySoManyAtOnce() throws Exception {
        List<Thread> trials = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Thread thread = new Thread(() -> pump.post(
                    "/connections/test",
                    "{\"id\":\"T\",\"typ\":\"lab\",\"props\":{\"mode\":\"hang\",\"connect_timeout\":\"5s\"}}"));
            thread.start();
            trials.add(thread);
        }
        await().until(() -> LabConnection.open(pump) == 8);
        assertThat(pump.post("/connections/test", "{\"id\":\"T\",\"typ\":\"lab\"}")
                        .expect(503)
                        .code())
                .isEqualTo("busy");
        for (Thread thread : trials) {
            thread.join();
        }
        assertThat(trial("lab", "{}")).contains("protocol ok");
    }
}
