package io.bspump.ipc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.TestApp;
import io.bspump.source.IteratorSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamClientSinkTest {

    private static final Map<String, Object> STUBBORN =
            Map.of("retry_attempts", 10_000, "retry_delay", "20ms", "retry_multiplier", 1);

    @TempDir
    Path directory;

    private TestApp app;
    private ServerSocket server;
    private final List<Socket> accepted = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open() throws IOException {
        app = TestApp.in(directory);
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        app.pumpService().pipelines().forEach(app::abort);
        server.close();
        for (Socket socket : accepted) {
            socket.close();
        }
        app.close();
    }

    private static final class Sending extends Pipeline {
        Sending(Application app, Map<String, ?> config, List<?> events, Map<String, ?> sink) {
            super(app, "P", config);
            build(new IteratorSource<>(app, this, events), new StreamClientSink(app, this, null, sink));
        }
    }

    private Sending sending(Map<String, ?> pipeline, List<?> events, Map<String, ?> sink) {
        Map<String, Object> all = new HashMap<>(Map.of("address", "127.0.0.1:" + server.getLocalPort()));
        all.putAll(sink);
        return app.pumpService().addPipeline(new Sending(app, pipeline, events, all));
    }

    private Socket accept() throws IOException {
        Socket socket = server.accept();
        accepted.add(socket);
        return socket;
    }

    private CompletableFuture<byte[]> received() {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return accept().getInputStream().readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private String errorOf(Sending pipeline) {
        await().until(pipeline::isError);
        return String.valueOf(pipeline.error().orElseThrow().error().getMessage());
    }

    private static List<String> numbers(int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }

    @Test
    void sendsALineForEachEvent() {
        CompletableFuture<byte[]> received = received();
        app.run(sending(Map.of(), List.of("one", "žwei".getBytes(UTF_8), ""), Map.of()));
        assertThat(new String(received.join(), UTF_8)).isEqualTo("one\nžwei\n\n");
    }

    @Test
    void sendsLengthsBeforeEvents() {
        CompletableFuture<byte[]> received = received();
        app.run(sending(Map.of(), List.of("a\nb", ""), Map.of("framing", "length")));
        assertThat(received.join()).containsExactly(0, 0, 0, 3, 'a', '\n', 'b', 0, 0, 0, 0);
    }

    @Test
    void sendsBytesAsTheyAre() {
        CompletableFuture<byte[]> received = received();
        app.run(sending(Map.of(), List.of("a\nb", "c"), Map.of("framing", "raw")));
        assertThat(new String(received.join(), UTF_8)).isEqualTo("a\nbc");
    }

    @Test
    void refusesWhatIsNoLineAndSendsTheRest() {
        CompletableFuture<byte[]> received = received();
        Sending pipeline = sending(Map.of("on_error", "skip"), List.of("one", "t\nwo", 3, "four"), Map.of());
        List<String> messages = new CopyOnWriteArrayList<>();
        pipeline.pubSub().subscribe("bspump.pipeline.warning!", message -> messages.add(message.toString()));
        app.run(pipeline);
        assertThat(new String(received.join(), UTF_8)).isEqualTo("one\nfour\n");
    }

    @Test
    void saysWhyAnEventIsRefused() {
        assertThat(errorOf(begun(Map.of(), List.of("t\nwo"), Map.of())))
                .isEqualTo(
                        "[pipeline:P:StreamClientSink] cannot send an event with a line feed as one line; see 'framing'");
    }

    @Test
    void saysWhichTypesItTakes() {
        assertThat(errorOf(begun(Map.of(), List.of(1), Map.of())))
                .isEqualTo("[pipeline:P:StreamClientSink] takes byte[] and text, was given a java.lang.Integer");
    }

    private Sending begun(Map<String, ?> pipeline, List<?> events, Map<String, ?> sink) {
        Sending made = sending(pipeline, events, sink);
        app.begin(made);
        return made;
    }

    @Test
    void saysThatNobodyListens() throws IOException {
        int port = server.getLocalPort();
        server.close();
        assertThat(errorOf(begun(Map.of(), List.of("x"), Map.of("address", "127.0.0.1:" + port))))
                .startsWith("[pipeline:P:StreamClientSink] cannot send to '127.0.0.1:" + port + "': ")
                .contains("refused");
    }

    @Test
    void saysThatAHostIsNotKnown() {
        assertThat(errorOf(begun(Map.of(), List.of("x"), Map.of("address", "no-such-host.invalid:1"))))
                .isEqualTo(
                        "[pipeline:P:StreamClientSink] cannot send to 'no-such-host.invalid:1': the host is not known");
    }

    @Test
    void goesOnWhenThePeerComesBack() throws IOException {
        int port = server.getLocalPort();
        server.close();
        Sending pipeline = begun(STUBBORN, List.of("one", "two"), Map.of("address", "127.0.0.1:" + port));
        server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        CompletableFuture<byte[]> received = received();
        pipeline.finished().block();
        assertThat(new String(received.join(), UTF_8)).isEqualTo("one\ntwo\n");
    }

    @Test
    void failsWhenThePeerDoesNotRead() throws IOException {
        Sending pipeline =
                begun(Map.of(), List.of(new byte[64 << 20]), Map.of("write_timeout", "300ms", "framing", "raw"));
        accept();
        assertThat(errorOf(pipeline))
                .isEqualTo("[pipeline:P:StreamClientSink] cannot send to '127.0.0.1:" + server.getLocalPort()
                        + "': a batch was not taken within 300 ms");
    }

    @Test
    void failsWhenThePeerDoesNotAcknowledge() throws IOException {
        Sending pipeline = begun(Map.of(), List.of("x"), Map.of("write_timeout", "300ms", "ack", "ok"));
        accept();
        assertThat(errorOf(pipeline)).endsWith("': a batch was not confirmed within 300 ms");
    }

    @Test
    void failsWhenThePeerAnswersSomethingElse() throws IOException {
        Sending pipeline = begun(Map.of(), List.of("x"), Map.of("ack", "ok"));
        accept().getOutputStream().write("no\n".getBytes(UTF_8));
        assertThat(errorOf(pipeline)).endsWith("': the peer answers what is no acknowledgement");
    }

    @Test
    void failsWhenThePeerGoesBeforeItAcknowledges() throws IOException {
        Sending pipeline = begun(Map.of(), List.of("x"), Map.of("ack", "ok"));
        Socket peer = accept();
        assertThat(peer.getInputStream().read()).isEqualTo('x');
        peer.close();
        assertThat(errorOf(pipeline)).contains("cannot send to");
    }

    @Test
    void anAcknowledgementIsForOneEvent() throws IOException {
        Sending pipeline = begun(Map.of(), List.of("1", "2", "3"), Map.of("ack", "ok", "write_timeout", "1m"));
        Socket peer = accept();
        readLines(peer.getInputStream(), 3);
        peer.getOutputStream().write("ok\nok\n".getBytes(UTF_8));
        await().during(Duration.ofMillis(200)).until(() -> pipeline.unsettled() == 3);
        peer.getOutputStream().write("ok\n".getBytes(UTF_8));
        pipeline.finished().block();
    }

    private static void readLines(InputStream in, int count) throws IOException {
        for (int lines = 0; lines < count; ) {
            lines += in.read() == '\n' ? 1 : 0;
        }
    }

    /** A peer that vanishes again and again, in the middle of everything, having confirmed what it keeps. */
    @Test
    void losesNothingToAPeerThatVanishesWhenItAcknowledges() {
        int events = 20_000;
        TreeSet<Integer> kept = new TreeSet<>();
        AtomicInteger connections = new AtomicInteger();
        CompletableFuture<Void> peer = CompletableFuture.runAsync(() -> {
            while (kept.size() < events) {
                connections.incrementAndGet();
                try (Socket socket = accept()) {
                    keep(socket, kept, 1_700);
                    socket.setSoLinger(true, 0);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
        app.run(sending(STUBBORN, numbers(events), Map.of("ack", "+", "batch_size", 500)));
        peer.join();
        assertThat(kept)
                .hasSize(events)
                .isEqualTo(new TreeSet<>(IntStream.range(0, events).boxed().collect(Collectors.toList())));
        assertThat(connections.get()).isGreaterThan(10);
    }

    private static void keep(Socket socket, Set<Integer> kept, int count) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int lines = 0; lines < count; ) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                return;
            }
            if (next == '\n') {
                kept.add(Integer.valueOf(line.toString()));
                line.setLength(0);
                lines++;
                socket.getOutputStream().write("+\n".getBytes(UTF_8));
            } else {
                line.append((char) next);
            }
        }
    }

    @Test
    void losesNothingToASourceThatIsKilled() {
        int events = 30_000;
        Map<String, Object> listening = Map.of("address", "127.0.0.1:" + freePort(), "ack", "ok");
        TreeSet<Integer> delivered = new TreeSet<>();
        Sending sender = sending(STUBBORN, numbers(events), Map.of("address", listening.get("address"), "ack", "ok"));
        app.begin(sender);
        int lives = 0;
        CompletableFuture<Void> ended = sender.finished().toFuture();
        while (!ended.isDone()) {
            lives++;
            try (TestApp far = TestApp.in(directory)) {
                Recorder<StreamServerSource> receiver =
                        new Recorder<>(far, STUBBORN, p -> new StreamServerSource(far, p, null, listening));
                receiver.limit = 2_500 + lives;
                far.begin(receiver);
                await().until(() -> !receiver.held.isEmpty() || ended.isDone());
                far.abort(receiver);
                // What was seen and not confirmed counts as lost with this life; it comes again.
                receiver.seen.stream().limit(receiver.limit).forEach(line -> delivered.add(Integer.valueOf(line)));
            }
        }
        assertThat(delivered).hasSize(events);
        assertThat(lives).isGreaterThan(10);
    }

    private int freePort() {
        try {
            server.close();
            return server.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void sendsAMillionLines() {
        CompletableFuture<byte[]> received = received();
        List<String> numbers = numbers(1_000_000);
        app.run(sending(Map.of(), numbers, Map.of("max_concurrent_batches", 4)));
        byte[] bytes = received.join();
        assertThat(new TreeSet<>(List.of(new String(bytes, UTF_8).split("\n", 0))))
                .hasSize(numbers.size())
                .isEqualTo(new TreeSet<>(numbers));
    }
}
