package io.bspump;

import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * One attempt of a connection and what became of it: opened once, released once. All waiting is bounded. Safe for use by
 * many threads.
 */
final class ConnectionLink {

    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    /** How long a call of connect() that was cancelled may take to return. */
    private static final Duration LEAVE_TIMEOUT = Duration.ofSeconds(5);

    /** How long the end of a link may take. */
    private static final Duration RELEASE_TIMEOUT = Duration.ofSeconds(10);

    private final Connection connection;
    private final ConnectionPolicy policy;
    private final Application app;
    private final BlockingCall dial;

    ConnectionLink(Connection connection, ConnectionPolicy policy, Application app) {
        this.connection = connection;
        this.policy = policy;
        this.app = app;
        this.dial = new BlockingCall(connection::connect, app.blocking());
    }

    /** Dials; fails when that takes longer than {@code connect_timeout}. */
    Mono<Void> open() {
        return dial.run()
                .timeout(policy.connectTimeout(), overdue("connect_timeout", policy.connectTimeout()), app.lanes());
    }

    /** Asks the far end; fails when that takes longer than {@code ping_timeout}. */
    Mono<Void> ping() {
        return new BlockingCall(connection::ping, app.blocking())
                .run()
                .timeout(policy.pingTimeout(), overdue("ping_timeout", policy.pingTimeout()), app.lanes());
    }

    private static Mono<Void> overdue(String key, Duration limit) {
        return Mono.error(
                () -> new TimeoutException("no answer within " + ConnectionPolicy.text(limit) + " (" + key + ")"));
    }

    /** Makes sure that it does not dial any more; tells whether it did, so that it has to be released. */
    boolean abandon() {
        return dial.abandon();
    }

    /** Gives back what was opened. Never fails, is bounded. */
    Mono<Void> release() {
        // A connect() that is still running would make its client after disconnect() had looked for it.
        Mono<Void> returned = dial.left().timeout(LEAVE_TIMEOUT, app.lanes()).onErrorComplete();
        return returned.then(Mono.defer(() -> new BlockingCall(connection::disconnect, app.blocking()).run()))
                .timeout(RELEASE_TIMEOUT, app.lanes())
                .doOnError(e -> LOG.warn(
                        "The connection did not disconnect cleanly, connection={} error={}",
                        connection.id(),
                        e instanceof TimeoutException
                                ? "not done within " + ConnectionPolicy.text(RELEASE_TIMEOUT)
                                : connection.describe(e)))
                .onErrorComplete()
                .cache();
    }
}
