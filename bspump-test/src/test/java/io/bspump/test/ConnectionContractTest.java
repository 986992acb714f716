package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.ErrorClass;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

@Timeout(120)
class ConnectionContractTest {

    abstract static class OfLines<C extends Connection> extends ConnectionContract<C> {
        private LineServer server;

        @Override
        protected InetSocketAddress startServer() throws IOException {
            server = new LineServer();
            return server.address();
        }

        @Override
        protected void stopServer() throws IOException {
            server.close();
        }

        @Override
        protected Map<String, ?> wrongCredentials() {
            return Map.of("password", "abracadabra");
        }
    }

    abstract static class OfCallbacks extends OfLines<LineConnection> {
        @Override
        protected Mono<Void> probe(LineConnection connection) {
            return connection.ask("hello").then();
        }
    }

    @Nested
    class WithCallbacks extends OfCallbacks {
        @Override
        protected LineConnection createConnection(Application app, String id, String host, int port) {
            return new LineConnection(app, id, host, port);
        }
    }

    @Nested
    class WithAClientThatBlocks extends OfLines<BlockingLineConnection> {
        @Override
        protected BlockingLineConnection createConnection(Application app, String id, String host, int port) {
            return new BlockingLineConnection(app, id, host, port);
        }

        @Override
        protected Mono<Void> probe(BlockingLineConnection connection) {
            return connection.ask("hello").then();
        }

        @Override
        protected int reconnects() {
            return 30;
        }
    }

    private interface Factory {
        LineConnection create(Application app, String id, String host, int port);
    }

    /** The broken one of the moment; run by the launcher, not by itself. */
    static final class Broken extends OfCallbacks {
        static Factory factory;

        @Override
        protected LineConnection createConnection(Application app, String id, String host, int port) {
            return factory.create(app, id, host, port);
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(2);
        }

        @Override
        protected int reconnects() {
            return 100;
        }
    }

    private static Map<String, String> failures(Factory factory, String... rules) {
        Broken.factory = factory;
        return ContractRunner.failures(Broken.class, rules);
    }

    @Test
    void theGoodOneIsNotFound() {
        assertThat(failures(
                        LineConnection::new,
                        "halfOpen",
                        "connectsAndLetsGo",
                        "leaksNothing",
                        "refusedCredentials",
                        "credentialsByReload"))
                .isEmpty();
    }

    static final class Strict extends LineConnection {
        static final Options OPTIONS =
                Options.of(Option.string("url").required().doc("The server's."));

        Strict(Application app, String id, String host, int port) {
            super(app, id, host, port);
        }
    }

    @Test
    void findsOneThatDoesNotPing() {
        class Trusting extends LineConnection {
            Trusting(Application app, String id, String host, int port) {
                super(app, id, host, port);
            }

            @Override
            protected Mono<Void> ping() {
                return Mono.empty();
            }
        }
        assertThat(failures(Trusting::new, "halfOpen"))
                .hasEntrySatisfying("notices a peer that says nothing any more", message -> assertThat(message)
                        .startsWith(
                                "must notice a peer that is silent TO_SERVER (ping)\nConnectionStatus[state=CONNECTED")
                        .contains("fault proxy 127.0.0.1:")
                        .contains("INITIALIZED -> CONNECTING: started"));
    }

    @Test
    void findsOneThatDoesNotClose() {
        class Messy extends LineConnection {
            Messy(Application app, String id, String host, int port) {
                super(app, id, host, port);
            }

            @Override
            protected Mono<Void> disconnect() {
                return Mono.empty();
            }
        }
        assertThat(failures(
                        Messy::new,
                        "connectsAndLetsGo",
                        "removedWhileADialWaits",
                        "removedWhileHalfOpen",
                        "disabledAndEnabled"))
                .hasEntrySatisfying(
                        "connects, and lets go of everything when it is removed",
                        message -> assertThat(message).startsWith("must leave no connection open when it is removed"))
                .hasEntrySatisfying(
                        "ends a dial that waits for an answer when it is removed",
                        message -> assertThat(message).startsWith("must close what it has dialled when it is removed"))
                .containsKey("can be removed while the peer is silent")
                .containsKey("can be disabled and enabled");
    }

    @Test
    void findsOneThatGoesOnDiallingByItself() {
        class Stubborn extends LineConnection {
            Stubborn(Application app, String id, String host, int port) {
                super(app, id, host, port);
            }

            @Override
            protected Mono<Void> connect() {
                Mono<Void> endless = super.connect()
                        .retryWhen(Retry.fixedDelay(100, Duration.ofMillis(20)))
                        .onErrorComplete();
                return Mono.fromFuture(endless.toFuture(), true);
            }
        }
        assertThat(failures(Stubborn::new, "removedWhileADialHangs", "serverComesUpLater"))
                .hasEntrySatisfying(
                        "ends a dial that hangs when it is removed, and dials no more",
                        message -> assertThat(message).startsWith("must end the dial that hangs when it is removed"))
                .hasEntrySatisfying("connects when the server comes up later", message -> assertThat(message)
                        .startsWith("must try again and again"));
    }

    @Test
    void findsOneThatRemembersItsCredentialsForEver() {
        class Forgetful extends LineConnection {
            Forgetful(Application app, String id, String host, int port) {
                super(app, id, host, port);
            }

            @Override
            String password() {
                return "abracadabra";
            }
        }
        assertThat(failures(Forgetful::new, "credentialsByReload"))
                .hasEntrySatisfying(
                        "takes up credentials that a reload puts right, and keeps its own when a reload puts them wrong",
                        message -> assertThat(message)
                                .startsWith("must be UPDATED by a reload, but")
                                .contains("[connection:Contract] kept as it was"));
    }

    @Test
    void findsOneThatKnowsNoCredentials() {
        class Careless extends LineConnection {
            Careless(Application app, String id, String host, int port) {
                super(app, id, host, port);
            }

            @Override
            protected ErrorClass classify(Throwable t) {
                return ErrorClass.TRANSIENT;
            }
        }
        assertThat(failures(Careless::new, "refusedCredentials"))
                .hasEntrySatisfying(
                        "tries refused credentials rarely, and does not tell them",
                        message -> assertThat(message).startsWith("must fail when its credentials are refused"));
    }

    @Test
    void findsOneThatTellsItsPassword() {
        class Talkative extends LineConnection {
            Talkative(Application app, String id, String host, int port) {
                super(app, id, host, port);
            }

            @Override
            protected Mono<Void> connect() {
                LoggerFactory.getLogger(Talkative.class).info("Says {}", password());
                return super.connect();
            }
        }
        assertThat(failures(Talkative::new, "refusedCredentials"))
                .containsExactly(Map.entry(
                        "tries refused credentials rarely, and does not tell them",
                        "must not tell its secrets, but tells that of 'password'"));
    }

    @Test
    void findsOneThatIsConnectedTooEarly() {
        class Hasty extends LineConnection {
            Hasty(Application app, String id, String host, int port) {
                super(app, id, host, port);
            }

            @Override
            protected Mono<Void> connect() {
                super.connect().delaySubscription(Duration.ofSeconds(1)).subscribe(nothing -> {}, e -> {});
                return Mono.empty();
            }
        }
        assertThat(failures(Hasty::new, "connectsAndLetsGo", "serverComesUpLater"))
                .hasEntrySatisfying("connects, and lets go of everything when it is removed", message -> assertThat(
                                message)
                        .startsWith("data must flow when it is connected, but java.io.IOException: not connected"))
                .containsKey("connects when the server comes up later");
    }

    @Test
    void findsOneThatGivesUpALinkThatWorks() {
        class Nervous extends LineConnection {
            Nervous(Application app, String id, String host, int port) {
                super(app, id, host, port);
            }

            @Override
            protected Mono<Void> ping() {
                return Mono.error(new IllegalStateException("no ping here"));
            }
        }
        assertThat(failures(Nervous::new, "staysConnected"))
                .hasEntrySatisfying("stays connected while nothing is wrong", message -> assertThat(message)
                        .contains("no ping here"));
    }

    @Test
    void findsOneThatNeverEndsItsDisconnect() {
        class Slow extends LineConnection {
            Slow(Application app, String id, String host, int port) {
                super(app, id, host, port);
            }

            @Override
            protected Mono<Void> disconnect() {
                return super.disconnect().then(Mono.never());
            }
        }
        assertThat(failures(Slow::new, "connectsAndLetsGo"))
                .hasEntrySatisfying(
                        "connects, and lets go of everything when it is removed",
                        message -> assertThat(message).startsWith("must close in time when it is removed"));
    }

    private static final class Leaking extends LineConnection {
        private final Runnable leak;

        Leaking(Application app, String id, String host, int port, Runnable leak) {
            super(app, id, host, port);
            this.leak = leak;
        }

        @Override
        protected Mono<Void> connect() {
            leak.run();
            return super.connect();
        }
    }

    private static void assertFindsLeak(Runnable leak, String what) {
        assertThat(failures((app, id, host, port) -> new Leaking(app, id, host, port, leak), "leaksNothing"))
                .hasEntrySatisfying("leaks nothing when it reconnects again and again", message -> assertThat(message)
                        .startsWith("must not leak " + what + " when it reconnects 100 times, had Footprint[threads="));
    }

    @Test
    void findsOneThatLeaksMemory() {
        List<byte[]> kept = new ArrayList<>();
        assertFindsLeak(() -> kept.add(new byte[200_000]), "memory");
    }

    @Test
    void findsOneThatLeaksDescriptors() throws IOException {
        List<Selector> kept = new CopyOnWriteArrayList<>();
        assertFindsLeak(
                () -> {
                    try {
                        kept.add(Selector.open());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                "descriptors");
        for (Selector selector : kept) {
            selector.close();
        }
    }

    @Test
    void findsOneThatLeaksThreads() throws InterruptedException {
        CountDownLatch end = new CountDownLatch(1);
        List<Thread> kept = new CopyOnWriteArrayList<>();
        assertFindsLeak(
                () -> {
                    Thread thread = new Thread(() -> {
                        try {
                            end.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    });
                    thread.start();
                    kept.add(thread);
                },
                "threads");
        end.countDown();
        for (Thread thread : kept) {
            thread.join();
        }
    }

    @Test
    void saysWhatIsWrongWithTheConfiguration() {
        assertThat(failures(Strict::new, "connectsAndLetsGo").values())
                .singleElement(STRING)
                .contains("[connection:Contract] url");
    }
}
