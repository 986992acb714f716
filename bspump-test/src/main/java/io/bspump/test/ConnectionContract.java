package io.bspump.test;

import io.bspump.Connection;
import io.bspump.ConnectionReference;
import io.bspump.ConnectionState;
import io.bspump.ConnectionStatus;
import io.bspump.ErrorClass;
import io.bspump.ReloadReport;
import io.bspump.test.FaultProxy.Direction;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The contract of a {@link Connection} of your own: extend it in a test class and say how the connection is made, how its
 * server is started, and how one sees that data flows. A {@link FaultProxy} between the two does the rest.
 *
 * <p>Everything runs in real time, with short delays: {@code reconnect_delay} 10ms, {@code reconnect_max_delay} 100ms,
 * {@code connect_timeout} 2s, {@code ping_interval} 100ms, {@code ping_timeout} 1s, {@code auth_retry_delay} 3s. The methods
 * to override are called on the test's thread.
 *
 * @param <C> your connection
 */
public abstract class ConnectionContract<C extends Connection> extends ConnectionTrial<C> {

    private static final Duration QUIET = Duration.ofMillis(400);

    /** A dial that was left hanging knocks again after one second. */
    private static final Duration KNOCK = Duration.ofMillis(1300);

    private static final Duration PROBE = Duration.ofSeconds(3);

    /** For subclasses. */
    protected ConnectionContract() {}

    @Test
    @DisplayName("connects, and lets go of everything when it is removed")
    void connectsAndLetsGo() {
        try (ConnectionRun<C> run = connected(Map.of())) {
            checkDataFlows(run);
            ConnectionStatus status = run.status();
            run.check(status.lastConnected() != null, "must say when it was connected");
            run.check(status.nextAttemptAt() == null, "must have no next attempt while it is connected");
            run.check(run.attempt(run.connection().ready(), patience()) == null, "must be ready when it is connected");
            run.check(run.meter("attempts") >= 1, "must count its attempts");
            run.refer().close();
            run.check(run.meter("references") == 0, "must have no reference when all are closed");
            checkGone(run, QUIET);
        }
    }

    @Test
    @DisplayName("stays connected while nothing is wrong")
    void staysConnected() {
        try (ConnectionRun<C> run = connected(Map.of())) {
            checkDataFlows(run);
            long generation = run.generation();
            run.pause(Duration.ofSeconds(1));
            checkDataFlows(run);
            run.check(run.generation() == generation, "must keep the link that works");
        }
    }

    @Test
    @DisplayName("connects when the server comes up later")
    void serverComesUpLater() {
        proxy.refuse();
        try (ConnectionRun<C> run = run(Map.of())) {
            run.until("must try again and again", () -> run.status().attempt() > 3);
            run.until(
                    "must wait between the attempts and say until when",
                    () -> run.hasTold(status -> status.state() == ConnectionState.DISCONNECTED
                            && status.nextAttemptAt() != null
                            && isTransient(status)));
            run.check(!run.hasTold(ConnectionStatus::isConnected), "must not be connected to what is not there");
            run.check(run.meter("failures") >= 3, "must count its failures");
            proxy.heal();
            run.untilConnected("must connect when the server is there");
            checkDataFlows(run);
        }
    }

    private static boolean isTransient(ConnectionStatus status) {
        ConnectionStatus.Failure error = status.lastError();
        return error != null
                && error.errorClass() == ErrorClass.TRANSIENT
                && !error.message().isBlank();
    }

    @Test
    @DisplayName("comes back when the server was down")
    void serverGoesDownAndUp() throws Exception {
        try (ConnectionRun<C> run = connected(Map.of())) {
            long generation = run.generation();
            stopServer();
            checkLost(run, generation, "must notice that the server is gone");
            InetSocketAddress server = startServer();
            proxy.target(server.getHostString(), server.getPort());
            checkRecovers(run, generation);
            run.check(run.meter("reconnects") >= 1, "must count its reconnects");
        }
    }

    @Test
    @DisplayName("comes back when the network was down")
    void networkGoesDownAndUp() {
        try (ConnectionRun<C> run = connected(Map.of())) {
            for (Consumer<FaultProxy> fault : List.<Consumer<FaultProxy>>of(FaultProxy::down, FaultProxy::hang)) {
                long generation = run.generation();
                fault.accept(proxy);
                proxy.cut();
                checkLost(run, generation, "must notice that the network is gone");
                proxy.heal();
                checkRecovers(run, generation);
            }
        }
    }

    @Test
    @DisplayName("notices a peer that says nothing any more")
    void halfOpen() {
        try (ConnectionRun<C> run = connected(Map.of())) {
            for (Direction direction : Direction.values()) {
                long generation = run.generation();
                proxy.stall(direction);
                checkLost(run, generation, "must notice a peer that is silent " + direction + " (ping)");
                proxy.heal();
                checkRecovers(run, generation);
            }
        }
    }

    @Test
    @DisplayName("gives up a peer that never says anything")
    void silentFromTheStart() {
        proxy.stall();
        try (ConnectionRun<C> run = run(Map.of())) {
            run.until(
                    "must give up an attempt that gets no answer", () -> run.hasTold(ConnectionContract::isTransient));
            proxy.heal();
            run.until("must connect when the peer answers", () -> works(run));
            checkDataFlows(run);
        }
    }

    private boolean works(ConnectionRun<C> run) {
        return run.status().isConnected() && run.attempt(probe(run.connection()), PROBE) == null;
    }

    @Test
    @DisplayName("comes back when it is cut in the middle of a message")
    void cutInTheMiddle() {
        List<Consumer<FaultProxy>> faults = List.of(
                p -> p.cutAfter(Direction.TO_CLIENT, 1),
                p -> p.cutAfter(Direction.TO_SERVER, 1),
                p -> p.resetAfter(Direction.TO_CLIENT, 2),
                p -> p.resetAfter(Direction.TO_SERVER, 2),
                p -> p.halfClose(Direction.TO_CLIENT),
                p -> p.halfClose(Direction.TO_SERVER));
        try (ConnectionRun<C> run = connected(Map.of())) {
            for (Consumer<FaultProxy> fault : faults) {
                checkDataFlows(run);
                long generation = run.generation();
                fault.accept(proxy);
                run.attempt(probe(run.connection()), PROBE);
                checkLost(run, generation, "must notice that it is cut in the middle of a message");
                proxy.heal();
                run.until("must connect again when nothing is wrong any more", () -> works(run));
            }
        }
    }

    @Test
    @DisplayName("works over a slow line")
    void slowLine() {
        proxy.delay(Duration.ofMillis(50), Duration.ofMillis(20));
        proxy.bandwidth(50_000);
        try (ConnectionRun<C> run = connected(Map.of("connect_timeout", "10s", "ping_timeout", "5s"))) {
            long generation = run.generation();
            checkDataFlows(run);
            run.check(run.generation() == generation, "must keep a link that is only slow");
        }
    }

    @Test
    @DisplayName("comes back from a network that goes up and down")
    void flapping() {
        try (ConnectionRun<C> run = connected(Map.of())) {
            long generation = run.generation();
            proxy.play(FaultScript.begin()
                    .pass(Duration.ofMillis(60))
                    .down(Duration.ofMillis(30))
                    .times(15));
            proxy.awaitScript(patience());
            checkLost(run, generation, "must notice a network that goes up and down");
            run.until("must connect when the network stays up", () -> works(run));
            proxy.play(FaultScript.random(15, Duration.ofMillis(100)));
            proxy.awaitScript(patience());
            run.until("must connect when nothing is wrong any more", () -> works(run));
            checkDataFlows(run);
            checkGone(run, QUIET);
        }
    }

    @Test
    @DisplayName("ends a dial that hangs when it is removed, and dials no more")
    void removedWhileADialHangs() {
        proxy.hang();
        try (ConnectionRun<C> run = run(Map.of("connect_timeout", "10m"))) {
            run.until("must begin to connect", () -> run.status().state() == ConnectionState.CONNECTING);
            run.pause(Duration.ofMillis(100));
            run.remove();
            proxy.heal();
            checkNobodyDials(run, KNOCK, "must end the dial that hangs when it is removed");
        }
    }

    @Test
    @DisplayName("ends a dial that waits for an answer when it is removed")
    void removedWhileADialWaits() {
        proxy.stall();
        try (ConnectionRun<C> run = run(Map.of("connect_timeout", "10m"))) {
            run.until("must begin to connect", () -> proxy.accepted() > 0);
            run.pause(Duration.ofMillis(100));
            run.remove();
            proxy.heal();
            run.until("must close what it has dialled when it is removed", () -> proxy.open() == 0);
            checkNobodyDials(run, QUIET, "must not dial when it is removed");
        }
    }

    @Test
    @DisplayName("does not dial again when it is removed between two attempts")
    void removedBetweenAttempts() {
        proxy.refuse();
        try (ConnectionRun<C> run = run(Map.of("reconnect_delay", "100ms"))) {
            run.until("must wait between the attempts", () -> run.status().state() == ConnectionState.DISCONNECTED);
            run.remove();
            proxy.heal();
            checkNobodyDials(run, QUIET, "must not dial when it is removed");
        }
    }

    @Test
    @DisplayName("can be removed while the peer is silent")
    void removedWhileHalfOpen() {
        try (ConnectionRun<C> run = connected(Map.of())) {
            proxy.stall();
            run.remove();
            proxy.heal();
            run.until("must leave no connection open when it is removed", () -> proxy.open() == 0);
            checkNobodyDials(run, QUIET, "must not dial when it is removed");
        }
    }

    @Test
    @DisplayName("can be disabled and enabled")
    void disabledAndEnabled() {
        try (ConnectionRun<C> run = connected(Map.of())) {
            run.connection().disable();
            run.until("must close its connection when it is disabled", () -> proxy.open() == 0);
            checkNobodyDials(run, QUIET, "must not dial while it is disabled");
            run.check(
                    run.status().state() == ConnectionState.DISCONNECTED, "must be disconnected while it is disabled");
            run.connection().enable();
            run.untilConnected("must connect when it is enabled");
            checkDataFlows(run);
        }
    }

    @Test
    @DisplayName("makes room for another one with the same id")
    void updated() {
        try (ConnectionRun<C> run = connected(Map.of());
                ConnectionReference<Connection> reference = run.refer()) {
            checkDataFlows(run);
            long open = proxy.open();
            run.update();
            run.untilConnected("must be connected when it has taken the place of another one");
            run.check(reference.connection() == run.connection(), "must be what references lead to from then on");
            checkDataFlows(run);
            run.until("must leave no connection open when another one takes its place", () -> proxy.open() <= open);
        }
    }

    @Test
    @DisplayName("tries refused credentials rarely, and does not tell them")
    void refusedCredentials() {
        Map<String, ?> wrong = wrongCredentials();
        if (wrong.isEmpty()) {
            return;
        }
        try (LogWatch log = new LogWatch();
                ConnectionRun<C> run = run(wrong, "DEBUG")) {
            run.until(
                    "must fail when its credentials are refused",
                    () -> run.status().state() == ConnectionState.FAILED);
            ConnectionStatus.Failure error = run.status().lastError();
            run.check(
                    error != null && error.errorClass() == ErrorClass.AUTHENTICATION,
                    "must classify refused credentials as " + ErrorClass.AUTHENTICATION);
            run.untilMetered();
            checkNobodyDials(run, QUIET, "must not try refused credentials again before auth_retry_delay");
            checkGone(run, QUIET);
            checkKeepsSecret(run, log, wrong);
        }
        try (ConnectionRun<C> run = connected(Map.of())) {
            checkDataFlows(run);
        }
    }

    @Test
    @DisplayName("takes up credentials that a reload puts right, and keeps its own when a reload puts them wrong")
    void credentialsByReload() {
        Map<String, ?> wrong = wrongCredentials();
        if (wrong.isEmpty()) {
            return;
        }
        try (LogWatch log = new LogWatch();
                ConnectionRun<C> run = run(wrong, "DEBUG");
                ConnectionReference<Connection> reference = run.refer()) {
            run.until(
                    "must fail when its credentials are refused",
                    () -> run.status().state() == ConnectionState.FAILED);
            run.reload(values(Map.of()), ReloadReport.Outcome.UPDATED);
            run.untilConnected("must connect when a reload has put its credentials right");
            run.check(reference.connection() == run.connection(), "must be what references lead to after a reload");
            checkDataFlows(run);
            long generation = run.generation();
            run.reload(values(wrong), ReloadReport.Outcome.KEPT);
            run.check(
                    reference.connection() == run.connection(),
                    "must be what references lead to when a reload has put its credentials wrong");
            if (isOneAtATime()) {
                run.untilConnected("must be back when a reload has put its credentials wrong");
            } else {
                run.check(
                        run.generation() == generation,
                        "must keep the link that works when a reload puts its credentials wrong");
            }
            checkDataFlows(run);
            checkKeepsSecret(run, log, wrong);
        }
    }

    private void checkKeepsSecret(ConnectionRun<C> run, LogWatch log, Map<String, ?> credentials) {
        String told = run.toString();
        credentials.forEach((key, value) -> {
            String name = key.toLowerCase(Locale.ROOT);
            boolean secret = name.contains("password") || name.contains("secret") || name.contains("token");
            if (secret && (told.contains(value.toString()) || log.saw(value.toString()))) {
                throw new AssertionError("must not tell its secrets, but tells that of '" + key + "'");
            }
        });
    }

    @Test
    @DisplayName("leaks nothing when it reconnects again and again")
    void leaksNothing() {
        Map<String, ?> fast = Map.of("reconnect_delay", "1ms", "reconnect_max_delay", "5ms");
        try (ConnectionRun<C> run = connected(fast)) {
            checkDataFlows(run);
            long open = proxy.open();
            reconnect(run, Math.max(1, reconnects() / 10));
            Footprint before = Footprint.now();
            reconnect(run, reconnects());
            run.until("must close each connection when it makes another one", () -> proxy.open() <= open);
            checkDataFlows(run);
            Footprint.now().checkNotAbove(before, reconnects());
            run.check(run.meter("reconnects") >= reconnects(), "must count its reconnects");
            checkGone(run, QUIET);
        }
    }

    private void reconnect(ConnectionRun<C> run, int times) {
        for (int i = 0; i < times; i++) {
            long generation = run.generation();
            run.until("must connect again after a reset", () -> {
                if (run.generation() == generation) {
                    proxy.reset();
                }
                return run.generation() > generation && run.status().isConnected();
            });
        }
    }
}
