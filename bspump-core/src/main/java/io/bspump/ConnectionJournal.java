package io.bspump;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * What a connection tells of itself: its status, its history, its log and its figures. Written by its
 * {@link ConnectionKeeper} alone, on one thread at a time; read by any.
 */
final class ConnectionJournal {

    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final int HISTORY = 50;

    private final Connection connection;
    private final Scheduler clock;
    private final ConnectionFigures figures;
    private final Sinks.Many<ConnectionStatus> changes = Sinks.many().replay().latest();

    private volatile ConnectionStatus status;
    private volatile List<ConnectionEvent> history = List.of();

    private @Nullable Instant nextAttemptAt;
    private ConnectionStatus.@Nullable Failure lastError;
    private @Nullable Instant lastConnected;
    private @Nullable Instant lastDisconnected;
    private long downNanos;
    private @Nullable ErrorClass reported; // what the log knows of the present outage

    ConnectionJournal(Connection connection, Scheduler clock) {
        this.connection = connection;
        this.clock = clock;
        this.figures = new ConnectionFigures(clock);
        this.status = new ConnectionStatus(ConnectionState.INITIALIZED, now(), 0, null, null, null, null, 0);
        changes.tryEmitNext(status);
    }

    ConnectionStatus status() {
        return status;
    }

    /** The present status, then each that follows; a slow subscriber misses some, but never the latest. */
    Flux<ConnectionStatus> changes() {
        return changes.asFlux().onBackpressureLatest();
    }

    List<ConnectionEvent> history() {
        return history;
    }

    ConnectionFigures figures() {
        return figures;
    }

    String lastMessage() {
        ConnectionStatus.Failure error = lastError;
        return error == null ? "" : error.message();
    }

    void setNextAttempt(Duration delay) {
        nextAttemptAt = now().plus(delay);
    }

    void forgetNextAttempt() {
        nextAttemptAt = null;
    }

    void dialled() {
        figures.attempt();
    }

    /** Takes note of a link that is up, before the state says so. */
    void connected(Duration latency) {
        figures.connected(latency);
        lastError = null;
        if (reported != null) {
            Duration outage = Duration.ofNanos(nanos() - downNanos);
            LOG.info("Connected again, connection={} outage={}", connection.id(), ConnectionPolicy.text(outage));
            reported = null;
        } else {
            LOG.info("Connected, connection={}", connection.id());
        }
    }

    /** Takes note of an error, before the state says so; tells what it means. */
    ErrorClass failed(Throwable error, int attempt) {
        ErrorClass kind = connection.classified(error);
        String message = connection.describe(error);
        lastError = new ConnectionStatus.Failure(kind, message);
        figures.failed(kind);
        if (reported == null) {
            downNanos = nanos();
        }
        if (reported == null || (kind != ErrorClass.TRANSIENT && kind != reported)) {
            reported = kind;
            LOG.warn("{}, connection={} error={}", consequence(kind), connection.id(), message);
        } else {
            LOG.debug("Still not connected, connection={} attempt={} error={}", connection.id(), attempt, message);
        }
        return kind;
    }

    private static String consequence(ErrorClass kind) {
        return switch (kind) {
            case TRANSIENT -> "Not connected, will try again";
            case AUTHENTICATION -> "Not connected, the credentials were refused, will rarely try again";
            case CONFIGURATION -> "Not connected, will not try again until the configuration changes";
        };
    }

    void moved(ConnectionState to, int attempt, long generation, String cause) {
        ConnectionState from = status.state();
        Instant now = now();
        if (to == ConnectionState.CONNECTED) {
            lastConnected = now;
        } else if (from == ConnectionState.CONNECTED) {
            lastDisconnected = now;
        }
        figures.moved(from, to);
        remember(new ConnectionEvent(now, from, to, cause));
        LOG.debug("Connection moves, connection={} from={} to={} cause={}", connection.id(), from, to, cause);
        ConnectionStatus next = new ConnectionStatus(
                to, now, attempt, nextAttemptAt, lastError, lastConnected, lastDisconnected, generation);
        status = next;
        changes.tryEmitNext(next);
    }

    private void remember(ConnectionEvent event) {
        List<ConnectionEvent> longer = new ArrayList<>(history);
        longer.add(event);
        int surplus = Math.max(0, longer.size() - HISTORY);
        history = List.copyOf(longer.subList(surplus, longer.size()));
    }

    void end() {
        changes.tryEmitComplete();
    }

    private Instant now() {
        return Instant.ofEpochMilli(clock.now(TimeUnit.MILLISECONDS));
    }

    private long nanos() {
        return clock.now(TimeUnit.NANOSECONDS);
    }
}
