package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.tcp.TcpServer;

/** Connections over real sockets, real threads and real time. */
class ConnectionTcpTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final int port = freePort();
    private final AtomicInteger accepted = new AtomicInteger();
    private final List<reactor.netty.Connection> open = new CopyOnWriteArrayList<>();
    private final Application app = new Application(
            "--set", "connection:C:port=" + port,
            "--set", "connection:C:host=127.0.0.1",
            "--set", "connection:C:reconnect_max_delay=200ms",
            "--set", "connection:Pinging:port=" + port,
            "--set", "connection:Pinging:reconnect_max_delay=200ms",
            "--set", "connection:Pinging:ping_interval=200ms",
            "--set", "connection:Pinging:ping_timeout=300ms");
    private @Nullable DisposableServer server;

    @AfterEach
    void closeAll() {
        app.pumpService().stop().block(LIMIT);
        stopServer();
        app.lanes().dispose();
        app.blocking().dispose();
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void startServer(boolean answers) {
        server = TcpServer.create()
                .host("127.0.0.1")
                .port(port)
                .doOnConnection(link -> {
                    accepted.incrementAndGet();
                    open.add(link);
                    link.onDispose(() -> open.remove(link));
                })
                .handle((in, out) -> answers
                        ? out.send(in.receive().retain())
                        : Flux.from(in.receive()).then(Mono.never()))
                .bindNow(LIMIT);
    }

    private void stopServer() {
        DisposableServer last = server;
        if (last != null) {
            open.forEach(reactor.netty.Connection::dispose);
            last.disposeNow(LIMIT);
            server = null;
        }
    }

    private <C extends Connection> C start(C connection) {
        app.pumpService().addConnection(connection);
        app.pumpService().startConnections();
        return connection;
    }

    @Test
    void comesUpWithTheServerAndComesBackWithIt() {
        EchoConnection connection = start(new EchoConnection(app, "C"));
        await().atMost(LIMIT).until(() -> connection.status().attempt() > 2);
        assertThat(connection.status().lastError())
                .isNotNull()
                .extracting("message")
                .asString()
                .contains("Connection refused");

        startServer(true);
        connection.ready().block(LIMIT);

        for (int outage = 0; outage < 5; outage++) {
            assertThat(connection.echo("hello").block(LIMIT)).isEqualTo("hello");
            long generation = connection.status().generation();
            stopServer();
            await().atMost(LIMIT).until(() -> !connection.status().isConnected());
            startServer(true);
            connection.ready().block(LIMIT);
            assertThat(connection.status().generation()).isGreaterThan(generation);
        }
        app.pumpService().stop().block(LIMIT);
        await().atMost(LIMIT).until(open::isEmpty);
    }

    @Test
    void aPeerThatSaysNothingIsFoundOut() {
        startServer(false);
        EchoConnection connection = start(new EchoConnection(app, "Pinging"));
        connection.ready().block(LIMIT);

        await().atMost(LIMIT).until(() -> connection.history().stream()
                .anyMatch(event -> event.cause().equals("no answer within 300ms (ping_timeout)")));
        await().atMost(LIMIT).until(() -> accepted.get() > 3);
        assertThat(open).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void nothingIsDialledAfterTheStop() {
        startServer(true);
        EchoConnection connection = start(new EchoConnection(app, "C"));
        connection.ready().block(LIMIT);
        assertThat(connection.echo("hello").block(LIMIT)).isEqualTo("hello");
        app.pumpService().stop().block(LIMIT);
        int dials = accepted.get();
        connection.lost(new IllegalStateException("late"));
        connection.retryNow();
        stopServer();
        startServer(true);

        await().pollDelay(Duration.ofMillis(500)).until(() -> accepted.get() == dials);
        assertThat(open).isEmpty();
        assertThat(connection.status().state()).isEqualTo(ConnectionState.CLOSED);
    }

    @Test
    void aSubclassOfTenLinesMayBlock() {
        startServer(true);
        MyConnection connection = start(new MyConnection(app, "C"));
        connection.ready().block(LIMIT);
        await().atMost(LIMIT).until(() -> open.size() == 1);

        app.pumpService().stop().block(LIMIT);
        await().atMost(LIMIT).until(open::isEmpty);
        assertThat(accepted).hasValue(1);
    }

    @Test
    void aBlockedConnectIsEndedBeforeItIsDisconnected() throws Exception {
        List<String> calls = new CopyOnWriteArrayList<>();
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Connection connection = start(new Connection(app, "Stubborn", Map.of()) {
            @Override
            protected Mono<Void> connect() {
                return Mono.fromRunnable(() -> {
                    entered.countDown();
                    awaitStubbornly(goOn);
                    calls.add("made a client");
                });
            }

            @Override
            protected Mono<Void> disconnect() {
                return Mono.fromRunnable(() -> calls.add("closed the client"));
            }
        });
        assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
        Mono<Void> closed = connection.close().cache();
        closed.subscribe();
        await().until(() -> connection.status().state() == ConnectionState.CLOSING);
        assertThat(calls).isEmpty();
        goOn.countDown();

        closed.block(LIMIT);
        assertThat(calls).containsExactly("made a client", "closed the client");
    }

    private static void awaitStubbornly(CountDownLatch latch) {
        boolean interrupted = false;
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aHandshakeThatCannotBeInterruptedIsLeftBehindByTheStop() {
        startServer(false);
        AtomicInteger disconnects = new AtomicInteger();
        Connection connection = start(new Connection(app, "C") {
            @Override
            protected Mono<Void> connect() {
                return Mono.fromCallable(() -> {
                            try (Socket socket = new Socket(config().get("host"), config().getInt("port"))) {
                                return socket.getInputStream().read();
                            }
                        })
                        .then();
            }

            @Override
            protected Mono<Void> disconnect() {
                return Mono.fromRunnable(disconnects::incrementAndGet);
            }
        });
        await().atMost(LIMIT).until(() -> accepted.get() == 1);
        assertThat(connection.status().state()).isEqualTo(ConnectionState.CONNECTING);
        app.pumpService().stop().block(LIMIT);

        assertThat(connection.status().state()).isEqualTo(ConnectionState.CLOSED);
        assertThat(accepted).hasValue(1);
        assertThat(disconnects).hasValue(1);
    }

    /** The seed's example, translated. */
    static final class MyConnection extends Connection {
        private volatile @Nullable Socket client;

        MyConnection(Application app, String id) {
            super(app, id);
        }

        @Override
        protected Mono<Void> connect() {
            return Mono.fromCallable(() -> client = new Socket(config().get("host"), config().getInt("port")))
                    .then();
        }

        @Override
        protected Mono<Void> disconnect() {
            Socket last = client;
            return Mono.fromCallable(() -> {
                        if (last != null) {
                            last.close();
                        }
                        return last;
                    })
                    .then();
        }
    }
}
