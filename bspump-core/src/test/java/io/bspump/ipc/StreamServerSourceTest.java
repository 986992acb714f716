package io.bspump.ipc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.bspump.TestApp;
import io.bspump.config.ConfigException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamServerSourceTest {

    @TempDir
    Path directory;

    private TestApp app;
    private final List<Socket> sockets = new ArrayList<>();

    @BeforeEach
    void open() {
        app = TestApp.in(directory);
    }

    @AfterEach
    void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        app.pumpService().pipelines().forEach(app::abort);
        app.close();
    }

    private Recorder<StreamServerSource> pipeline(Map<String, ?> config) {
        return pipeline(config, Map.of());
    }

    private Recorder<StreamServerSource> pipeline(Map<String, ?> config, Map<String, ?> pipelineConfig) {
        Map<String, Object> all = new HashMap<>(Map.of("address", "127.0.0.1:0"));
        all.putAll(config);
        return app.pumpService()
                .addPipeline(new Recorder<>(
                        app, pipelineConfig, pipeline -> new StreamServerSource(app, pipeline, null, all)));
    }

    private Recorder<StreamServerSource> started(Map<String, ?> config) {
        Recorder<StreamServerSource> pipeline = pipeline(config);
        app.begin(pipeline);
        return pipeline;
    }

    private static InetSocketAddress address(Recorder<StreamServerSource> pipeline) {
        await().until(() -> pipeline.source.listening().isPresent());
        return pipeline.source.listening().orElseThrow();
    }

    private Socket connect(Recorder<StreamServerSource> pipeline) throws IOException {
        InetSocketAddress address = address(pipeline);
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(20_000);
        sockets.add(socket);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(UTF_8));
        socket.getOutputStream().flush();
    }

    private static boolean isClosedByPeer(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Test
    void emitsTheLinesOfAPeerWithItsAddress() throws IOException {
        Recorder<StreamServerSource> pipeline = started(Map.of());
        Socket socket = connect(pipeline);
        send(socket, "one\ntw");
        await().untilAsserted(() -> assertThat(pipeline.seen).containsExactly("one"));
        send(socket, "o\r\n\nlast");
        socket.close();
        await().untilAsserted(() -> assertThat(pipeline.seen).containsExactly("one", "two", "", "last"));
        assertThat(pipeline.contexts.get(0))
                .containsEntry("stream_peer", "127.0.0.1:" + socket.getLocalPort())
                .containsEntry("stream_me", "127.0.0.1:" + address(pipeline).getPort())
                .containsEntry("stream_type", "tcp")
                .containsEntry("stream_dir", "in");
    }

    @Test
    void losesNoLineOfManyPeers() throws Exception {
        Recorder<StreamServerSource> pipeline = started(Map.of());
        int peers = 40;
        int lines = 2_000;
        List<CompletableFuture<Void>> senders = new ArrayList<>();
        for (int peer = 0; peer < peers; peer++) {
            Socket socket = connect(pipeline);
            int number = peer;
            senders.add(CompletableFuture.runAsync(() -> sendInPieces(socket, number, lines)));
        }
        for (CompletableFuture<Void> sender : senders) {
            sender.get(60, TimeUnit.SECONDS);
        }
        await().until(() -> pipeline.seen.size() >= peers * lines);
        assertThat(pipeline.seen).hasSize(peers * lines);
        for (int peer = 0; peer < peers; peer++) {
            String prefix = peer + ":";
            assertThat(pipeline.seen.stream().filter(line -> line.startsWith(prefix)))
                    .as("the lines of peer %d, in order", peer)
                    .containsExactlyElementsOf(
                            IntStream.range(0, lines).mapToObj(i -> prefix + i).toList());
        }
    }

    private static void sendInPieces(Socket socket, int number, int lines) {
        Random random = new Random(number);
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < lines; i++) {
            all.append(number).append(':').append(i).append('\n');
        }
        byte[] bytes = all.toString().getBytes(UTF_8);
        try (socket;
                OutputStream out = socket.getOutputStream()) {
            for (int at = 0; at < bytes.length; ) {
                int size = Math.min(bytes.length - at, 1 + random.nextInt(3000));
                out.write(bytes, at, size);
                at += size;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void readsNoMoreThanThePipelineHasRoomFor() throws Exception {
        Recorder<StreamServerSource> pipeline = pipeline(Map.of(), Map.of("max_in_flight", 10));
        pipeline.holds = true;
        app.begin(pipeline);
        InetSocketAddress address = address(pipeline);
        try (SocketChannel channel = SocketChannel.open(address)) {
            channel.configureBlocking(false);
            ByteBuffer lines = ByteBuffer.allocate(1 << 16);
            while (lines.remaining() >= 2) {
                lines.put((byte) 'x').put((byte) '\n');
            }
            // The buffers of the operating system take a few MB; then nothing more goes in.
            long[] written = {0};
            await().until(() -> {
                long before = written[0];
                for (int i = 0; i < 1_000; i++) {
                    written[0] += channel.write(lines.rewind());
                }
                return written[0] == before;
            });
            assertThat(written[0]).isLessThan(64L << 20);
            assertThat(pipeline.seen).hasSize(10);
            assertThat(pipeline.unsettled()).isEqualTo(10);
            pipeline.holds = false;
            List.copyOf(pipeline.held).forEach(held -> held.success());
            await().until(() -> pipeline.seen.size() >= written[0] / 2);
            assertThat(pipeline.seen).hasSize((int) (written[0] / 2));
        }
    }

    @Test
    void aPeerThatSendsALineWithoutAnEndIsDisconnected() throws Exception {
        Recorder<StreamServerSource> pipeline = started(Map.of("max_line_size", "64kB"));
        Socket good = connect(pipeline);
        send(good, "before\n");
        Socket bad = connect(pipeline);
        byte[] piece = new byte[1 << 20];
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 100; i++) {
                        bad.getOutputStream().write(piece);
                    }
                })
                .isInstanceOf(IOException.class);
        send(good, "after\n");
        await().untilAsserted(() -> assertThat(pipeline.seen).containsExactly("before", "after"));
    }

    @Test
    void garbageIsEvents() throws Exception {
        Recorder<StreamServerSource> pipeline = started(Map.of());
        Socket socket = connect(pipeline);
        byte[] garbage = new byte[500_000];
        new Random(3).nextBytes(garbage);
        socket.getOutputStream().write(garbage);
        socket.shutdownOutput();
        int expected = 0;
        for (byte b : garbage) {
            expected += b == '\n' ? 1 : 0;
        }
        int lines = garbage[garbage.length - 1] == '\n' ? expected : expected + 1;
        await().until(() -> pipeline.seen.size() == lines);
    }

    @Test
    void aPeerThatSendsNothingDisturbsNobody() throws IOException {
        Recorder<StreamServerSource> pipeline = started(Map.of());
        connect(pipeline);
        Socket other = connect(pipeline);
        send(other, "line\n");
        await().untilAsserted(() -> assertThat(pipeline.seen).containsExactly("line"));
        app.end(pipeline);
    }

    @Test
    void aSilentPeerIsDisconnectedAfterTheIdleTimeout() throws IOException {
        Recorder<StreamServerSource> pipeline = started(Map.of("idle_timeout", "200ms"));
        Socket socket = connect(pipeline);
        send(socket, "line\nbegun");
        assertThat(isClosedByPeer(socket)).isTrue();
        await().untilAsserted(() -> assertThat(pipeline.seen).contains("line"));
    }

    @Test
    void aPeerThatIsNotReadFromIsNotSilent() throws IOException {
        Recorder<StreamServerSource> pipeline = pipeline(Map.of("idle_timeout", "100ms"), Map.of("max_in_flight", 1));
        pipeline.holds = true;
        app.begin(pipeline);
        Socket socket = connect(pipeline);
        for (int i = 0; i < 20; i++) {
            send(socket, ("x".repeat(10_000) + "\n").repeat(10));
        }
        await().until(() -> pipeline.held.size() == 1);
        socket.setSoTimeout(1_000);
        assertThat(isClosedByPeer(socket)).isFalse();
    }

    @Test
    void refusesMorePeersThanAllowedAndTakesThemWhenOthersHaveGone() throws IOException {
        Recorder<StreamServerSource> pipeline = started(Map.of("max_clients", 2));
        Socket first = connect(pipeline);
        Socket second = connect(pipeline);
        send(first, "first\n");
        send(second, "second\n");
        await().until(() -> pipeline.seen.size() == 2);
        assertThat(isClosedByPeer(connect(pipeline))).isTrue();
        first.close();
        await().untilAsserted(() -> {
            Socket third = connect(pipeline);
            send(third, "third\n");
            third.setSoTimeout(200);
            assertThat(isClosedByPeer(third)).isFalse();
        });
        await().until(() -> pipeline.seen.contains("third"));
    }

    @Test
    void theTornLineOfAResetIsNoEvent() throws IOException {
        Recorder<StreamServerSource> pipeline = started(Map.of());
        Socket socket = connect(pipeline);
        send(socket, "whole\ntorn");
        await().until(() -> pipeline.seen.contains("whole"));
        socket.setSoLinger(true, 0);
        socket.close();
        Socket next = connect(pipeline);
        send(next, "next\n");
        await().until(() -> pipeline.seen.contains("next"));
        assertThat(pipeline.seen).containsExactly("whole", "next");
    }

    @Test
    void cutsByLength() throws IOException {
        Recorder<StreamServerSource> pipeline = started(Map.of("framing", "length", "max_line_size", 10));
        Socket socket = connect(pipeline);
        socket.getOutputStream().write(new byte[] {0, 0, 0, 2, 'h', '\n', 0, 0, 0, 0, 0, 0, 0, 1, 'x'});
        await().untilAsserted(() -> assertThat(pipeline.seen).containsExactly("h\n", "", "x"));
        socket.getOutputStream().write(new byte[] {0, 0, 0, 11});
        assertThat(isClosedByPeer(socket)).isTrue();
    }

    @Test
    void emitsWhatComesWhenThereIsNoFraming() throws IOException {
        Recorder<StreamServerSource> pipeline = started(Map.of("framing", "raw"));
        Socket socket = connect(pipeline);
        send(socket, "a\nb");
        await().untilAsserted(() -> assertThat(String.join("", pipeline.seen)).isEqualTo("a\nb"));
    }

    @Test
    void acknowledgesWhatHasSettledAndNothingElse() throws IOException {
        Recorder<StreamServerSource> pipeline = pipeline(Map.of("ack", "ok"));
        pipeline.holds = true;
        app.begin(pipeline);
        Socket socket = connect(pipeline);
        BufferedReader answers = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
        send(socket, "1\n2\n3\n");
        await().until(() -> pipeline.held.size() == 3);
        socket.setSoTimeout(200);
        pipeline.held.get(1).success();
        assertThatThrownBy(answers::readLine)
                .as("the second has settled, the first has not")
                .isInstanceOf(SocketTimeoutException.class);
        socket.setSoTimeout(20_000);
        pipeline.held.get(0).success();
        assertThat(answers.readLine()).isEqualTo("ok");
        assertThat(answers.readLine()).isEqualTo("ok");
        pipeline.held.get(2).success();
        app.end(pipeline);
        assertThat(answers.readLine()).as("settled during the stop").isEqualTo("ok");
        assertThat(answers.readLine()).isNull();
    }

    @Test
    void disconnectsAPeerThatDoesNotReadItsAcknowledgements() throws Exception {
        Recorder<StreamServerSource> pipeline = started(Map.of("ack", "y".repeat(10_000)));
        Socket socket = connect(pipeline);
        byte[] lines = "x\n".repeat(10_000).getBytes(UTF_8);
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 10_000; i++) {
                        socket.getOutputStream().write(lines);
                    }
                })
                .isInstanceOf(IOException.class);
        Socket other = connect(pipeline);
        send(other, "other\n");
        await().until(() -> pipeline.seen.contains("other"));
        assertThat(pipeline.isError()).isFalse();
    }

    @Test
    void releasesItsPortAndItsPeersWhenItStops() throws IOException {
        Recorder<StreamServerSource> pipeline = started(Map.of());
        int port = address(pipeline).getPort();
        Socket socket = connect(pipeline);
        send(socket, "one\n");
        await().until(() -> pipeline.seen.size() == 1);
        app.end(pipeline);
        assertThat(isClosedByPeer(socket)).isTrue();
        assertThat(pipeline.source.listening()).isEmpty();
        try (ServerSocket free = new ServerSocket()) {
            free.setReuseAddress(true);
            free.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        }
    }

    @Test
    void aPortThatIsTakenIsRetriedByThePolicy() throws IOException {
        Recorder<StreamServerSource> pipeline;
        int port;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();
            pipeline = pipeline(
                    Map.of("address", "127.0.0.1 " + port),
                    Map.of("retry_attempts", 1_000, "retry_delay", "50ms", "retry_multiplier", 1));
            app.begin(pipeline);
            assertThat(pipeline.source.listening()).isEmpty();
        }
        send(connect(pipeline), "line\n");
        await().untilAsserted(() -> assertThat(pipeline.seen).containsExactly("line"));
    }

    @Test
    void saysWhyItCannotListen() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Recorder<StreamServerSource> pipeline = started(Map.of("address", "127.0.0.1:" + taken.getLocalPort()));
            await().until(pipeline::isError);
            assertThat(pipeline.error().orElseThrow().error())
                    .hasMessageStartingWith("[pipeline:P:StreamServerSource] cannot listen on '127.0.0.1:"
                            + taken.getLocalPort() + "': ")
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void saysWhatAnAddressMustBe() {
        for (String wrong :
                List.of("", "host", "host:", ":", "host:65536", "a b c", "/run/socket", "host:-1", "1:2:3")) {
            assertThatThrownBy(() -> pipeline(Map.of("address", wrong)))
                    .as("address = %s", wrong)
                    .isInstanceOf(ConfigException.class)
                    .hasMessage(
                            "[pipeline:P:StreamServerSource] address must be HOST:PORT with a port between 0 and 65535,"
                                    + " was '" + wrong + "' (given in code)");
        }
    }

    @Test
    void readsAddressesInEveryForm() {
        assertThat(parsed("host:1")).isEqualTo(new Address("host", 1));
        assertThat(parsed(" 10.0.0.1  1 ")).isEqualTo(new Address("10.0.0.1", 1));
        assertThat(parsed("*:1")).isEqualTo(new Address("0.0.0.0", 1));
        assertThat(parsed("1")).isEqualTo(new Address("0.0.0.0", 1));
        assertThat(parsed("[::1]:1")).isEqualTo(new Address("::1", 1)).hasToString("[::1]:1");
    }

    private Address parsed(String text) {
        var section = app.configuration().component("x", StreamServerSource.class, Map.of("address", text));
        return Address.of(section, "0.0.0.0", 0);
    }
}
