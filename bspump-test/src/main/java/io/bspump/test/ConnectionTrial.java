package io.bspump.test;

import io.bspump.Application;
import io.bspump.Connection;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import reactor.core.publisher.Mono;

/** What the rules of a {@link ConnectionContract} stand on: a server, a proxy in front of it, and a connection that runs. */
abstract class ConnectionTrial<C extends Connection> {

    /** The connection's id; its section is {@code [connection:Contract]}. */
    public static final String CONNECTION = "Contract";

    // Set before each test.
    @SuppressWarnings("NullAway.Init")
    FaultProxy proxy;

    /**
     * Makes a new connection.
     *
     * @param host of the server to connect to
     * @param port of the server to connect to
     */
    protected abstract C createConnection(Application app, String id, String host, int port);

    /**
     * Starts the server and returns its address, which may be another one each time. Called before each test, and again after
     * {@link #stopServer}.
     */
    protected abstract InetSocketAddress startServer() throws Exception;

    /** Stops the server and closes its connections. Called after each test, and by some in between. */
    protected abstract void stopServer() throws Exception;

    /** Sends something to the server and completes when the answer has come; fails if that cannot be. */
    protected abstract Mono<Void> probe(C connection);

    /** Returns values for the connection's section, above those of the contract. Defaults to none. */
    protected Map<String, ?> settings() {
        return Map.of();
    }

    /**
     * Tells whether the server lets only one link of a client be up, so that the connection has an {@code identity}. Then a
     * link that works cannot be kept while its successor is tried; it must come back. Defaults to false.
     */
    protected boolean isOneAtATime() {
        return false;
    }

    /**
     * Returns values for the connection's section with which the server refuses it, such as a wrong password; empty where
     * there are no credentials, which is the default. The keys of secrets contain {@code password}, {@code secret} or
     * {@code token}.
     */
    protected Map<String, ?> wrongCredentials() {
        return Map.of();
    }

    /** Returns how often the search for leaks reconnects. Defaults to 1000. */
    protected int reconnects() {
        return 1000;
    }

    /** Returns how long any one thing may take. Defaults to 10 seconds. */
    protected Duration patience() {
        return Duration.ofSeconds(10);
    }

    /** Starts the server, and a proxy in front of it. */
    @BeforeEach
    final void startServerAndProxy() throws Exception {
        InetSocketAddress server = startServer();
        proxy = FaultProxy.start(server.getHostString(), server.getPort());
    }

    /** Stops both. */
    @AfterEach
    final void stopServerAndProxy() throws Exception {
        proxy.close();
        stopServer();
    }

    /** All values of the section, with more above them. */
    final Map<String, Object> values(Map<String, ?> more) {
        Map<String, Object> values = new HashMap<>(Map.of(
                "reconnect_delay", "10ms",
                "reconnect_max_delay", "100ms",
                "connect_timeout", "2s",
                "ping_interval", "100ms",
                "ping_timeout", "1s",
                "auth_retry_delay", "3s"));
        values.putAll(settings());
        values.putAll(more);
        return values;
    }

    final ConnectionRun<C> run(Map<String, ?> more) {
        return run(more, "OFF");
    }

    /** The log of so many outages would tell nobody anything; the history is in the messages. */
    final ConnectionRun<C> run(Map<String, ?> more, String logLevel) {
        TesterSetup setup = PipelineTester.setup()
                .configuration("logging", Map.of("levels", Connection.class.getName() + " " + logLevel));
        return new ConnectionRun<>(
                setup,
                proxy,
                patience(),
                CONNECTION,
                values(more),
                (app, id) -> createConnection(app, id, proxy.host(), proxy.port()));
    }

    final ConnectionRun<C> connected(Map<String, ?> more) {
        ConnectionRun<C> run = run(more);
        try {
            run.untilConnected("must connect to a server that is there");
            return run;
        } catch (AssertionError e) {
            run.close();
            throw e;
        }
    }

    final void checkDataFlows(ConnectionRun<C> run) {
        Throwable error = run.attempt(probe(run.connection()), patience());
        run.check(error == null, "data must flow when it is connected, but " + error);
        run.untilMetered();
    }

    /** Waits for a link after the given one. */
    final void checkRecovers(ConnectionRun<C> run, long generation) {
        run.until(
                "must connect again when nothing is wrong any more",
                () -> run.generation() > generation && run.status().isConnected());
        checkDataFlows(run);
    }

    final void checkLost(ConnectionRun<C> run, long generation, String rule) {
        run.until(rule, () -> run.generation() > generation || !run.status().isConnected());
        run.until(
                "must say when it went down",
                () -> run.hasTold(status -> status.lastDisconnected() != null && status.lastError() != null));
        run.untilMetered();
    }

    final void checkGone(ConnectionRun<C> run, Duration quiet) {
        run.remove();
        run.until("must leave no connection open when it is removed", () -> proxy.open() == 0);
        checkNobodyDials(run, quiet, "must not dial when it is removed");
    }

    final void checkNobodyDials(ConnectionRun<C> run, Duration quiet, String rule) {
        long before = proxy.accepted();
        run.pause(quiet);
        run.check(proxy.accepted() == before, rule);
    }
}
