package io.bspump;

import io.bspump.config.Config;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.retry.Retry;

/**
 * A link to another system that many components share by its id.
 *
 * <p>The application connects it in the background before the pipelines start, again and again until it succeeds,
 * and disconnects it after they have stopped. Its section is {@code [connection:ID]}.
 */
public abstract class Connection {

    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final Duration FIRST_DELAY = Duration.ofMillis(100);
    private static final Duration MAX_DELAY = Duration.ofSeconds(10);
    private static final double MULTIPLIER = 1.5;
    private static final double JITTER = 0.5;

    private final Application app;
    private final String id;
    private final Config config;
    private final Sinks.Empty<Void> ready = Sinks.empty();
    // Guarded by this.
    private boolean started;
    private boolean closed;
    private Disposable connecting = Disposables.disposed();

    /** Makes a connection that is configured by its section alone. */
    protected Connection(Application app, String id) {
        this(app, id, Map.of());
    }

    /**
     * Makes a connection.
     *
     * @param config values that the file may override
     */
    protected Connection(Application app, String id, Map<String, ?> config) {
        this.app = Objects.requireNonNull(app, "app");
        this.id = Ids.present("connection", id);
        this.config = app.configuration().component("connection:" + id, getClass(), config);
    }

    /** What {@link PumpService#locateConnection} finds it by. */
    public final String id() {
        return id;
    }

    /** Its section after merging. */
    protected final Config config() {
        return config;
    }

    /**
     * Makes one attempt, on a thread that may block; completes when the connection is usable. An error leads to another
     * attempt after 100 ms, then 1.5 times as long with a jitter of one half, up to 10 s, endlessly. Cancelled when the
     * application stops meanwhile.
     */
    protected abstract Mono<Void> connect();

    /**
     * Ends what {@link #connect} began, also when that has not completed. Called once, on a thread that may block, after
     * all pipelines have stopped; an error is logged.
     */
    protected abstract Mono<Void> disconnect();

    /** Completes when connected, at once if it is; fails when the connection is closed before that. */
    public final Mono<Void> ready() {
        return ready.asMono();
    }

    /** Begins to connect in the background; does nothing from the second time on, or after {@link #close}. */
    final synchronized void start() {
        if (started || closed) {
            return;
        }
        started = true;
        connecting = Mono.defer(this::connect)
                .subscribeOn(app.blocking())
                .retryWhen(Retry.backoff(Long.MAX_VALUE, FIRST_DELAY)
                        .multiplier(MULTIPLIER)
                        .jitter(JITTER)
                        .maxBackoff(MAX_DELAY)
                        .scheduler(app.lanes())
                        .doBeforeRetry(this::reportFailure))
                .subscribe(nothing -> {}, this::reportDefect, this::reportConnected);
    }

    /** Ends the attempts, then disconnects; never fails, completes at once if it was never started. */
    final Mono<Void> close() {
        return Mono.defer(() -> {
            boolean hadStarted = stopConnecting();
            ready.tryEmitError(new IllegalStateException("[connection:" + id + "] is closed"));
            return hadStarted ? disconnecting() : Mono.empty();
        });
    }

    /** Tells whether there is something to disconnect; true once at most. */
    private synchronized boolean stopConnecting() {
        boolean first = started && !closed;
        closed = true;
        connecting.dispose();
        return first;
    }

    private Mono<Void> disconnecting() {
        return Mono.defer(this::disconnect)
                .subscribeOn(app.blocking())
                .doOnError(e -> LOG.warn("The connection did not close cleanly, connection={}", id, e))
                .onErrorComplete();
    }

    private void reportConnected() {
        LOG.info("Connected, connection={}", id);
        ready.tryEmitEmpty();
    }

    private void reportFailure(Retry.RetrySignal signal) {
        String text = "Not connected, will try again, connection={} attempt={} error={}";
        long attempt = signal.totalRetries() + 1;
        if (attempt == 1) {
            LOG.warn(text, id, attempt, signal.failure().toString());
        } else {
            LOG.debug(text, id, attempt, signal.failure().toString());
        }
    }

    private void reportDefect(Throwable error) {
        LOG.error("Connecting was given up, connection={}", id, error);
        ready.tryEmitError(error);
    }
}
