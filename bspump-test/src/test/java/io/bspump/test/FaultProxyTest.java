package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import io.bspump.test.FaultProxy.Direction;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FaultProxyTest {

    private static final Duration WHILE = Duration.ofMillis(150);

    private EchoServer server;
    private FaultProxy proxy;
    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        server = EchoServer.start();
        proxy = FaultProxy.start("127.0.0.1", server.port());
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        proxy.close();
        server.close();
    }

    private Socket dial() throws IOException {
        return dial(10_000);
    }

    private Socket dial(int timeout) throws IOException {
        Socket socket = new Socket();
        open.add(socket);
        socket.connect(new InetSocketAddress(proxy.host(), proxy.port()), timeout);
        socket.setTcpNoDelay(true);
        return socket;
    }

    /** Dials and has an echo, so that the server knows of it. */
    private Socket connected() throws IOException {
        Socket socket = dial();
        assertThat(echo(socket, "hello")).isEqualTo("hello");
        return socket;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String read(Socket socket, int bytes) throws IOException {
        return new String(socket.getInputStream().readNBytes(bytes), StandardCharsets.UTF_8);
    }

    private static String echo(Socket socket, String text) throws IOException {
        write(socket, text);
        return read(socket, text.length());
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static CompletableFuture<Void> writing(Socket socket, byte[] data) {
        return CompletableFuture.runAsync(() -> {
            try {
                socket.getOutputStream().write(data);
                socket.shutdownOutput();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void forwardsEverythingBothWaysAndCounts() throws IOException {
        byte[] data = noise(10_000_000);
        Socket client = dial();
        CompletableFuture<Void> writer = writing(client, data);

        assertThat(client.getInputStream().readAllBytes()).isEqualTo(data);
        writer.join();
        assertThat(server.peer().received()).isEqualTo(data);
        assertThat(proxy.bytes(Direction.TO_SERVER)).isEqualTo(data.length);
        assertThat(proxy.bytes(Direction.TO_CLIENT)).isEqualTo(data.length);
        await().untilAsserted(() -> assertThat(proxy.open()).isZero());
        assertThat(proxy.accepted()).isEqualTo(1);
        assertThat(proxy.resets()).isZero();
    }

    @Test
    void aHalfCloseOfTheClientGoesThroughAndTheOtherWayStaysOpen() throws IOException {
        Socket client = connected();
        write(client, "last words");
        client.shutdownOutput();
        assertThat(client.getInputStream().readAllBytes())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("last words");
        await().untilAsserted(() -> assertThat(server.peer().end()).isEqualTo("end of stream"));
    }

    @Test
    void aResetOfTheClientReachesTheServerBehindItsData() throws IOException {
        try (EchoServer silent = EchoServer.silent()) {
            proxy.target("127.0.0.1", silent.port());
            Socket client = dial();
            write(client, "all of it");
            await().untilAsserted(() -> assertThat(silent.peer().received()).hasSize(9));
            client.setSoLinger(true, 0);
            client.close();
            await().untilAsserted(() -> assertThat(silent.peer().end()).isEqualTo("Connection reset"));
            await().untilAsserted(() -> assertThat(proxy.open()).isZero());
            assertThat(proxy.resets()).isEqualTo(1);
        }
    }

    @Test
    void aResetOfTheServerReachesTheClient() throws IOException {
        Socket client = connected();
        server.peer().socket().setSoLinger(true, 0);
        server.peer().socket().close();
        assertThatThrownBy(() -> client.getInputStream().read())
                .isInstanceOf(SocketException.class)
                .hasMessage("Connection reset");
    }

    @Test
    void refusesNewConnectionsAndKeepsOpenOnesAndItsPort() throws IOException {
        Socket client = connected();
        proxy.refuse();
        for (int i = 0; i < 100; i++) {
            assertThatThrownBy(this::dial).isInstanceOf(ConnectException.class).hasMessageContaining("refused");
        }
        assertThat(echo(client, "still here")).isEqualTo("still here");
        assertThat(proxy.accepted()).isEqualTo(1);

        proxy.heal();
        connected();
        assertThat(proxy.accepted()).isEqualTo(2);
    }

    @Test
    void whileItRefusesNobodyElseGetsThePort() {
        proxy.refuse();
        assertThatThrownBy(() -> {
                    try (ServerSocket other = new ServerSocket()) {
                        other.setReuseAddress(false);
                        other.bind(new InetSocketAddress(proxy.host(), proxy.port()));
                    }
                })
                .isInstanceOf(IOException.class);
    }

    @Test
    void leavesADialHangingUntilItIsHealed() throws IOException {
        Socket client = connected();
        proxy.hang();
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> dial(100)).isInstanceOf(SocketTimeoutException.class);
        }
        assertThat(echo(client, "still here")).isEqualTo("still here");
        assertThat(proxy.accepted()).isEqualTo(1);
        CompletableFuture<Socket> hanging = CompletableFuture.supplyAsync(() -> {
            try {
                return connected();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        await().during(WHILE).until(() -> !hanging.isDone());
        proxy.heal();
        assertThat(hanging.join().isConnected()).isTrue();
    }

    @Test
    void cutsInOrderAtBothEndsEvenWithUnreadData() throws IOException {
        Socket client = connected();
        EchoServer.Peer peer = server.peer();
        proxy.stall();
        write(client, "held back, and so lost");
        proxy.cut();
        assertThat(proxy.open()).isZero();
        assertThat(client.getInputStream().read()).isEqualTo(-1);
        await().untilAsserted(() -> assertThat(peer.end()).isEqualTo("end of stream"));
        assertThat(peer.received()).hasSize("hello".length());
        assertThat(proxy.resets()).isZero();
    }

    @Test
    void resetsWithARealReset() throws IOException {
        Socket client = connected();
        EchoServer.Peer peer = server.peer();
        proxy.reset();
        assertThatThrownBy(() -> client.getInputStream().read())
                .isInstanceOf(SocketException.class)
                .hasMessage("Connection reset");
        await().untilAsserted(() -> assertThat(peer.end()).isEqualTo("Connection reset"));
        assertThat(proxy.resets()).isEqualTo(1);
        assertThat(proxy.open()).isZero();
    }

    @Test
    void downIsRefusedAndCutAndUpAgainWhenHealed() throws IOException {
        Socket client = connected();
        proxy.down();
        assertThat(client.getInputStream().read()).isEqualTo(-1);
        assertThatThrownBy(this::dial).isInstanceOf(ConnectException.class);
        proxy.heal();
        connected();
    }

    @Test
    void cutsAfterExactlySoManyBytesToTheClient() throws IOException {
        Socket before = connected();
        proxy.cutAfter(Direction.TO_CLIENT, 7);
        Socket after = dial();
        for (Socket client : List.of(before, after)) {
            write(client, "0123456789");
            assertThat(client.getInputStream().readAllBytes())
                    .asString(StandardCharsets.UTF_8)
                    .isEqualTo("0123456");
        }
        proxy.heal();
        connected();
    }

    @Test
    void cutsAfterExactlySoManyBytesToTheServer() throws IOException {
        try (EchoServer silent = EchoServer.silent()) {
            proxy.target("127.0.0.1", silent.port());
            proxy.cutAfter(Direction.TO_SERVER, 100_001);
            Socket client = dial();
            byte[] data = noise(100_100);
            client.getOutputStream().write(data);
            await().untilAsserted(() -> assertThat(silent.peer().end()).isEqualTo("end of stream"));
            assertThat(silent.peer().received()).isEqualTo(Arrays.copyOf(data, 100_001));
        }
    }

    @Test
    void cutsAfterNoByteBeforeTheNextOne() throws IOException {
        Socket client = connected();
        proxy.cutAfter(Direction.TO_SERVER, 0);
        await().during(WHILE).until(() -> proxy.open() == 1);
        write(client, "x");
        assertThat(client.getInputStream().read()).isEqualTo(-1);
        assertThat(server.peer().received()).hasSize("hello".length());
    }

    @Test
    void resetsAfterSoManyBytes() throws IOException {
        Socket client = connected();
        proxy.resetAfter(Direction.TO_SERVER, 3);
        write(client, "0123456789");
        assertThatThrownBy(() -> client.getInputStream().read()).hasMessage("Connection reset");
        assertThat(proxy.bytes(Direction.TO_SERVER)).isEqualTo("hello012".length());
    }

    @Test
    void stallsOpenConnectionsAndLetsTheDataThroughWhenHealed() throws IOException {
        Socket client = connected();
        proxy.stall();
        write(client, "held back");
        await().during(WHILE)
                .untilAsserted(() -> assertThat(server.peer().received()).hasSize("hello".length()));
        assertThat(proxy.open()).isEqualTo(1);
        proxy.heal();
        assertThat(read(client, 9)).isEqualTo("held back");
    }

    @Test
    void stallsOneDirection() throws IOException {
        Socket client = connected();
        proxy.stall(Direction.TO_CLIENT);
        write(client, "there");
        await().untilAsserted(() -> assertThat(server.peer().received()).hasSize("hellothere".length()));
        client.setSoTimeout((int) WHILE.toMillis());
        assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        proxy.heal();
        assertThat(read(client, 5)).isEqualTo("there");
    }

    @Test
    void whileStalledItTakesConnectionsAndDialsTheServerOnlyWhenHealed() throws IOException {
        proxy.stall();
        Socket client = dial();
        write(client, "first");
        await().untilAsserted(() -> assertThat(proxy.accepted()).isEqualTo(1));
        await().during(WHILE).until(() -> server.peers().isEmpty());
        proxy.heal();
        assertThat(read(client, 5)).isEqualTo("first");
    }

    @Test
    void whileStalledItHoldsBackTheEndToo() throws IOException {
        Socket client = connected();
        proxy.stall();
        client.close();
        await().during(WHILE).until(() -> server.peer().end().equals("open"));
        proxy.heal();
        await().untilAsserted(() -> assertThat(server.peer().end()).isEqualTo("end of stream"));
    }

    @Test
    void aStalledConnectionHasBoundedBuffersAndLosesNothing() throws IOException {
        Socket idle = connected();
        proxy.stall();
        byte[] data = noise(40_000_000);
        ByteBuffer buffer = ByteBuffer.wrap(data);
        try (SocketChannel client = SocketChannel.open(new InetSocketAddress(proxy.host(), proxy.port()))) {
            client.configureBlocking(false);
            await().during(WHILE).until(() -> client.write(buffer) == 0);
            assertThat(buffer.position()).isBetween(ProxyPipe.BUFFER, data.length / 2);
            proxy.heal();
            client.configureBlocking(true);
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
                try {
                    while (buffer.hasRemaining()) {
                        client.write(buffer);
                    }
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(client.socket().getInputStream().readNBytes(data.length)).isEqualTo(data);
            writer.join();
        }
        assertThat(echo(idle, "too")).isEqualTo("too");
    }

    @Test
    void delaysAtLeastSoLongAndKeepsTheOrder() throws IOException {
        Socket client = connected();
        proxy.delay(Direction.TO_SERVER, Duration.ofMillis(80), Duration.ofMillis(40));
        StringBuilder sent = new StringBuilder();
        long before = System.nanoTime();
        for (int i = 0; i < 200; i++) {
            write(client, i + ";");
            sent.append(i).append(';');
        }
        assertThat(read(client, 1)).isEqualTo("0");
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofMillis(80));
        assertThat("0" + read(client, sent.length() - 1)).isEqualTo(sent.toString());
    }

    @Test
    void delaysBothWaysAndTheEnd() throws IOException {
        Socket client = connected();
        proxy.delay(Duration.ofMillis(60), Duration.ZERO);
        long before = System.nanoTime();
        client.shutdownOutput();
        assertThat(client.getInputStream().read()).isEqualTo(-1);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofMillis(120));
    }

    @Test
    void healingLetsDelayedDataGoAtOnce() throws IOException {
        Socket client = connected();
        proxy.delay(Duration.ofHours(1), Duration.ofHours(1));
        write(client, "late");
        await().during(WHILE)
                .untilAsserted(() -> assertThat(server.peer().received()).hasSize("hello".length()));
        proxy.heal();
        assertThat(read(client, 4)).isEqualTo("late");
    }

    @Test
    void limitsTheBandwidth() throws IOException {
        Socket client = connected();
        proxy.bandwidth(Direction.TO_CLIENT, 100_000);
        byte[] data = noise(50_000);
        long before = System.nanoTime();
        CompletableFuture<Void> writer = writing(client, data);
        assertThat(client.getInputStream().readAllBytes()).isEqualTo(data);
        writer.join();
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(400));
    }

    @Test
    void aBandwidthOfOneByteASecondIsOneByteASecond() throws IOException {
        Socket client = connected();
        proxy.bandwidth(1);
        write(client, "abc");
        assertThat(read(client, 1)).isEqualTo("a");
        await().during(WHILE).until(() -> client.getInputStream().available() == 0);
        proxy.heal();
        assertThat(read(client, 2)).isEqualTo("bc");
    }

    @Test
    void halfClosesToTheClientWhileTheServerStillListens() throws IOException {
        Socket client = connected();
        proxy.halfClose(Direction.TO_CLIENT);
        assertThat(client.getInputStream().read()).isEqualTo(-1);
        write(client, "there");
        await().untilAsserted(() -> assertThat(server.peer().received()).hasSize("hellothere".length()));
        assertThat(proxy.open()).isEqualTo(1);
        client.close();
        await().untilAsserted(() -> assertThat(server.peer().end()).isEqualTo("end of stream"));
        await().untilAsserted(() -> assertThat(proxy.open()).isZero());
    }

    @Test
    void halfClosesToTheServerAndThrowsAwayWhatFollows() throws IOException {
        Socket client = connected();
        proxy.halfClose(Direction.TO_SERVER);
        assertThat(client.getInputStream().read()).isEqualTo(-1);
        assertThat(server.peer().end()).isEqualTo("end of stream");
    }

    @Test
    void newConnectionsGoToAnotherTarget() throws IOException {
        Socket client = connected();
        try (EchoServer other = EchoServer.start()) {
            proxy.target("127.0.0.1", other.port());
            connected();
            assertThat(other.peers()).hasSize(1);
            assertThat(echo(client, "still to the first")).isEqualTo("still to the first");
        }
        assertThat(server.peers()).hasSize(1);
    }

    @Test
    void whereNoServerIsTheClientIsReset() throws IOException {
        server.close();
        assertThatThrownBy(() -> dial().getInputStream().read()).hasMessageStartingWith("Connection reset");
        assertThat(proxy.failedDials()).isEqualTo(1);
        assertThat(proxy.open()).isZero();
    }

    @Test
    void manyConnectionsNeedNoThreadEach() throws IOException {
        int before = proxyThreads();
        for (int i = 0; i < 300; i++) {
            dial();
        }
        await().untilAsserted(() -> assertThat(proxy.open()).isEqualTo(300));
        assertThat(proxyThreads()).isEqualTo(before);
    }

    private int proxyThreads() {
        return (int) Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("fault-proxy-" + proxy.port()))
                .count();
    }

    private static long descriptors() {
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
    }

    /** Dials and talks; whatever the faults make of it. */
    private void talk() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(proxy.host(), proxy.port()), 50);
            socket.setSoTimeout(20);
            echo(socket, "some words");
        } catch (IOException e) {
            assertThat(e).isNotNull();
        }
    }

    @Test
    void leavesNothingBehind() throws IOException {
        talk();
        long before = descriptors();
        for (int seed = 0; seed < 5; seed++) {
            proxy.close();
            assertThat(proxyThreads()).isZero();
            assertThat(proxy.open()).isZero();
            proxy = FaultProxy.start("127.0.0.1", server.port());
            proxy.play(FaultScript.random(40, Duration.ofMillis(20), seed));
            for (int i = 0; i < 100; i++) {
                talk();
            }
            proxy.hang();
        }
        proxy.heal();
        await().untilAsserted(() -> assertThat(proxy.open()).isZero());
        await().untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(before + 2));
    }

    @Test
    void closeEndsTheConnectionsAndFreesThePort() throws IOException {
        Socket client = connected();
        proxy.close();
        proxy.close();
        assertThat(client.getInputStream().read()).isEqualTo(-1);
        assertThat(proxyThreads()).isZero();
        try (ServerSocket next = new ServerSocket()) {
            next.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            next.bind(new InetSocketAddress(proxy.host(), proxy.port()));
        }
        assertThatThrownBy(proxy::cut)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the fault proxy is closed");
    }

    @Test
    void refusesNonsense() {
        assertThatThrownBy(() -> proxy.target("no host", 1)).hasMessage("the host is not known, was 'no host'");
        assertThatThrownBy(() -> proxy.bandwidth(0)).hasMessage("bytes per second must be at least 1, was 0");
        assertThatThrownBy(() -> proxy.cutAfter(Direction.TO_CLIENT, -1))
                .hasMessage("bytes must not be negative, were -1");
        assertThatThrownBy(() -> proxy.delay(Duration.ofSeconds(-1), Duration.ZERO))
                .hasMessage("delay and jitter must not be negative, were PT-1S and PT0S");
    }

    @Test
    void itsTextHasTheAddressesAndCounts() throws IOException {
        connected();
        // Bytes are counted a moment after they have come.
        await().untilAsserted(() -> assertThat(proxy)
                .hasToString("fault proxy 127.0.0.1:" + proxy.port() + " to /127.0.0.1:" + server.port()
                        + " (accepted 1, open 1, resets 0, failed dials 0, bytes to server 5, to client 5)"));
    }
}
