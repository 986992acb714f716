package io.bspump.ipc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.TestApp;
import io.bspump.source.IteratorSource;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatagramTest {

    @TempDir
    Path directory;

    private TestApp app;
    private DatagramSocket peer;

    @BeforeEach
    void open() throws SocketException {
        app = TestApp.in(directory);
        peer = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        assertThat(peer.isBound()).isTrue();
        peer.setSoTimeout(20_000);
    }

    @AfterEach
    void close() {
        app.pumpService().pipelines().forEach(app::abort);
        peer.close();
        app.close();
    }

    private Recorder<DatagramSource> source(Map<String, ?> config, Map<String, ?> pipelineConfig) {
        Map<String, Object> all = new HashMap<>(Map.of("address", "127.0.0.1:0"));
        all.putAll(config);
        return app.pumpService()
                .addPipeline(
                        new Recorder<>(app, pipelineConfig, pipeline -> new DatagramSource(app, pipeline, null, all)));
    }

    private void send(Recorder<DatagramSource> pipeline, byte[] bytes) throws IOException {
        if (pipeline.source.listening().isEmpty()) {
            await().until(() -> pipeline.source.listening().isPresent());
        }
        peer.send(new DatagramPacket(
                bytes, bytes.length, pipeline.source.listening().orElseThrow()));
    }

    private double oversized() {
        return app.meterRegistry()
                .get("bspump.datagram.oversized")
                .tag("pipeline", "P")
                .functionCounter()
                .count();
    }

    @Test
    void emitsEachDatagramWithItsSender() throws IOException {
        Recorder<DatagramSource> pipeline = source(Map.of(), Map.of());
        app.begin(pipeline);
        send(pipeline, "one\ntwo".getBytes(UTF_8));
        send(pipeline, new byte[0]);
        send(pipeline, "three".getBytes(UTF_8));
        await().untilAsserted(() -> assertThat(pipeline.seen).containsExactly("one\ntwo", "", "three"));
        assertThat(pipeline.contexts.get(0))
                .containsEntry("stream_peer", "127.0.0.1:" + peer.getLocalPort())
                .containsEntry("stream_type", "udp");
    }

    @Test
    void dropsAndCountsDatagramsThatAreTooLarge() throws IOException {
        Recorder<DatagramSource> pipeline = source(Map.of("max_packet_size", 5), Map.of());
        app.begin(pipeline);
        send(pipeline, "12345".getBytes(UTF_8));
        send(pipeline, "123456".getBytes(UTF_8));
        send(pipeline, new byte[60_000]);
        send(pipeline, "54321".getBytes(UTF_8));
        await().untilAsserted(() -> assertThat(pipeline.seen).containsExactly("12345", "54321"));
        assertThat(oversized()).isEqualTo(2.0);
    }

    @Test
    void readsNoMoreThanThePipelineHasRoomFor() throws IOException {
        Recorder<DatagramSource> pipeline = source(Map.of(), Map.of("max_in_flight", 3));
        pipeline.holds = true;
        app.begin(pipeline);
        for (int i = 0; i < 50_000; i++) {
            send(pipeline, new byte[100]);
        }
        await().until(() -> pipeline.seen.size() >= 3);
        assertThat(pipeline.seen).hasSize(3);
        pipeline.holds = false;
        List.copyOf(pipeline.held).forEach(held -> held.success());
        send(pipeline, "end".getBytes(UTF_8));
        await().until(() -> pipeline.unsettled() == 0);
    }

    @Test
    void releasesItsPortWhenItStops() throws IOException {
        Recorder<DatagramSource> pipeline = source(Map.of(), Map.of());
        app.begin(pipeline);
        await().until(() -> pipeline.source.listening().isPresent());
        InetSocketAddress address = pipeline.source.listening().orElseThrow();
        app.end(pipeline);
        assertThat(pipeline.source.listening()).isEmpty();
        try (DatagramSocket free = new DatagramSocket(address)) {
            assertThat(free.isBound()).isTrue();
        }
    }

    @Test
    void saysWhyItCannotListen() {
        Recorder<DatagramSource> pipeline = source(Map.of("address", "127.0.0.1:" + peer.getLocalPort()), Map.of());
        app.begin(pipeline);
        await().until(pipeline::isError);
        assertThat(pipeline.error().orElseThrow().error())
                .hasMessageStartingWith(
                        "[pipeline:P:DatagramSource] cannot listen on '127.0.0.1:" + peer.getLocalPort() + "': ");
    }

    private static final class Sending extends Pipeline {
        Sending(Application app, List<?> events, int port) {
            super(app, "P");
            build(
                    new IteratorSource<>(app, this, events),
                    new DatagramSink(app, this, null, Map.of("address", "127.0.0.1:" + port)));
        }
    }

    private Sending sending(List<?> events, int port) {
        return app.pumpService().addPipeline(new Sending(app, events, port));
    }

    private String receive() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[1 << 16], 1 << 16);
        peer.receive(packet);
        return new String(packet.getData(), 0, packet.getLength(), UTF_8);
    }

    @Test
    void sendsADatagramForEachEvent() throws IOException {
        app.run(sending(List.of("one\n", "žwei".getBytes(UTF_8), "three"), peer.getLocalPort()));
        assertThat(receive()).isEqualTo("one\n");
        assertThat(receive()).isEqualTo("žwei");
        assertThat(receive()).isEqualTo("three");
    }

    @Test
    void saysThatAnEventIsTooLargeForADatagram() {
        Sending pipeline = sending(List.of(new byte[70_000]), peer.getLocalPort());
        app.begin(pipeline);
        await().until(pipeline::isError);
        assertThat(pipeline.error().orElseThrow().error())
                .hasMessageStartingWith(
                        "[pipeline:P:DatagramSink] cannot send to '127.0.0.1:" + peer.getLocalPort() + "': ")
                .hasMessageContaining("too long");
    }

    @Test
    void refusesAnEmptyDatagramWhichWouldNotBeSent() {
        Sending pipeline = sending(List.of(""), peer.getLocalPort());
        app.begin(pipeline);
        await().until(pipeline::isError);
        assertThat(pipeline.error().orElseThrow().error())
                .hasMessage("[pipeline:P:DatagramSink] cannot send an empty datagram");
    }

    @Test
    void noticesThatNobodyListens() {
        peer.close();
        Sending pipeline = sending(Collections.nCopies(100_000, "x"), 9);
        app.begin(pipeline);
        await().until(pipeline::isError);
        assertThat(pipeline.error().orElseThrow().error()).hasMessageContaining("cannot send to '127.0.0.1:9'");
    }
}
