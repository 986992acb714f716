package io.bspump;

import io.bspump.ConnectionTransitions.Signal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * Keeps one connection connected: dials, waits, pings, dials again, until it is closed.
 *
 * <p>Everything here is confined to a worker of the application's lanes, where messages arrive in order; only
 * {@link #start}, {@link #close} and the other methods that send one may be called by any thread. A state has one activity
 * at most (an attempt, a wait, a ping), which ends with it. The connection's own code runs elsewhere, see
 * {@link ConnectionLink}; what comes back from an older link is ignored.
 */
final class ConnectionKeeper {

    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private final Connection connection;
    private final ConnectionPolicy policy;
    private final Application app;
    private final Scheduler.Worker worker;
    private final ConnectionJournal journal;
    private final Disposable.Swap activity = Disposables.swap();
    private final List<Sinks.Empty<Void>> checks = new ArrayList<>();
    private final Sinks.Empty<Void> closed = Sinks.empty();

    private ConnectionState state = ConnectionState.INITIALIZED;
    private boolean started;
    private volatile boolean enabled = true; // written on the worker only
    private @Nullable ConnectionLink link;
    private Mono<Void> released = Mono.empty();
    private long generation;
    private int attempt;
    private int delays;
    private long dialledNanos;
    private long upNanos;

    ConnectionKeeper(Connection connection, ConnectionPolicy policy, Application app, ConnectionJournal journal) {
        this.connection = connection;
        this.policy = policy;
        this.app = app;
        this.journal = journal;
        this.worker = app.lanes().createWorker();
    }

    boolean isEnabled() {
        return enabled;
    }

    // Messages, from any thread

    void start() {
        execute(() -> {
            boolean first = !started;
            started = true;
            if (first && enabled) {
                dial("started");
            }
        });
    }

    void retryNow() {
        execute(() -> {
            if (started && enabled) {
                delays = 0;
                dial("asked to try now");
            }
        });
    }

    void disable() {
        execute(this::beginDisable);
    }

    /** Disables it; completes when the link has been put away. Never fails. */
    Mono<Void> suspend() {
        return Mono.defer(() -> {
            Sinks.Empty<Void> done = Sinks.empty();
            boolean sent = execute(() -> {
                beginDisable();
                released.subscribe(nothing -> {}, e -> done.tryEmitEmpty(), done::tryEmitEmpty);
            });
            return sent ? Mono.firstWithSignal(done.asMono(), closed.asMono()) : Mono.empty();
        });
    }

    void enable() {
        execute(() -> {
            if (!enabled) {
                enabled = true;
                delays = 0;
                if (started) {
                    dial("enabled");
                }
            }
        });
    }

    /** Hears from the connection's own code that a link went down, by default the present one. */
    void lost(@Nullable Long of, Throwable cause) {
        execute(() -> {
            if (of != null && of != generation) {
                LOG.debug("An older link was reported lost, connection={} generation={}", connection.id(), of);
            } else if (state == ConnectionState.CONNECTED) {
                lose(cause);
            } else if (of != null) {
                failed(generation, cause);
            }
        });
    }

    /** Pings now; completes when the answer, or its absence, has been taken note of. */
    Mono<Void> check() {
        return Mono.defer(() -> {
            Sinks.Empty<Void> done = Sinks.empty();
            if (!execute(() -> check(done))) {
                return Mono.empty();
            }
            return Mono.firstWithSignal(done.asMono(), closed.asMono());
        });
    }

    /** Ends everything and gives everything back; completes when that is done. Never fails, is bounded. */
    Mono<Void> close() {
        return Mono.defer(() -> {
            if (!execute(this::beginClose)) {
                closed.tryEmitEmpty();
            }
            return closed.asMono();
        });
    }

    private boolean execute(Runnable message) {
        try {
            worker.schedule(message);
            return true;
        } catch (RejectedExecutionException e) {
            LOG.debug("A message came after the end, connection={}", connection.id());
            return false;
        }
    }

    // On the worker

    private boolean move(Signal signal, String cause) {
        ConnectionState next = ConnectionTransitions.after(state, signal);
        if (next == null) {
            return false;
        }
        state = next;
        activity.update(Disposables.disposed());
        journal.moved(next, attempt, generation, cause);
        answerChecks();
        return true;
    }

    private void beginDisable() {
        enabled = false;
        journal.forgetNextAttempt();
        if (move(Signal.DISABLE, "disabled")) {
            LOG.info("Disabled, connection={}", connection.id());
            release();
        }
    }

    private void dial(String cause) {
        if (ConnectionTransitions.after(state, Signal.DIAL) != null) {
            begin();
            move(Signal.DIAL, cause);
            open();
        }
    }

    private void begin() {
        generation++;
        attempt++;
        journal.forgetNextAttempt();
    }

    private void open() {
        long mine = generation;
        ConnectionLink opening = new ConnectionLink(connection, policy, app);
        link = opening;
        journal.dialled();
        // The clock of the latency starts when the link before has been given back.
        activity.update(released.then(Mono.<Void>fromRunnable(() -> dialledNanos = nanos()))
                .then(opening.open())
                .subscribe(nothing -> {}, e -> execute(() -> failed(mine, e)), () -> execute(() -> up(mine))));
    }

    private void up(long mine) {
        if (mine != generation || ConnectionTransitions.after(state, Signal.UP) == null) {
            return;
        }
        upNanos = nanos();
        journal.connected(Duration.ofNanos(Math.max(0, upNanos - dialledNanos)));
        move(Signal.UP, "connected");
        if (policy.pings()) {
            pingAfter(policy.firstPing());
        }
    }

    private void failed(long mine, Throwable error) {
        boolean dialling = state == ConnectionState.CONNECTING || state == ConnectionState.RECOVERING;
        if (mine == generation && dialling) {
            ErrorClass kind = journal.failed(error, attempt);
            release();
            retryLater(kind);
        }
    }

    private void retryLater(ErrorClass kind) {
        switch (kind) {
            case TRANSIENT -> waitFor(policy.delay(delays++), Signal.WAIT);
            case AUTHENTICATION -> waitFor(policy.authRetryDelay(), Signal.REFUSE);
            case CONFIGURATION -> move(Signal.REFUSE, journal.lastMessage());
        }
    }

    private void waitFor(Duration delay, Signal signal) {
        journal.setNextAttempt(delay);
        if (move(signal, journal.lastMessage())) {
            activity.update(
                    worker.schedule(() -> dial("time for the next attempt"), delay.toNanos(), TimeUnit.NANOSECONDS));
        }
    }

    private void lose(Throwable cause) {
        attempt = 0;
        ErrorClass kind = journal.failed(cause, attempt);
        release();
        // A link that went down soon is likely to do so again: its delays go on growing.
        boolean stable = nanos() - upNanos >= policy.maxDelay().toNanos();
        if (stable) {
            delays = 0;
        }
        if (stable && kind == ErrorClass.TRANSIENT) {
            begin();
            move(Signal.LOSE, journal.lastMessage());
            open();
        } else {
            move(Signal.LOSE, journal.lastMessage());
            retryLater(kind);
        }
    }

    private void release() {
        ConnectionLink last = link;
        link = null;
        if (last != null && last.abandon()) {
            released = last.release();
            released.subscribe();
        }
    }

    private void pingAfter(Duration delay) {
        activity.update(worker.schedule(this::ping, delay.toNanos(), TimeUnit.NANOSECONDS));
    }

    private void ping() {
        ConnectionLink present = link;
        if (state != ConnectionState.CONNECTED || present == null) {
            return;
        }
        long mine = generation;
        activity.update(present.ping()
                .subscribe(
                        nothing -> {}, e -> execute(() -> unanswered(mine, e)), () -> execute(() -> answered(mine))));
    }

    private void unanswered(long mine, Throwable error) {
        if (mine == generation && state == ConnectionState.CONNECTED) {
            lose(error);
        }
    }

    private void answered(long mine) {
        if (mine == generation && state == ConnectionState.CONNECTED) {
            answerChecks();
            if (policy.pings()) {
                pingAfter(policy.pingInterval());
            }
        }
    }

    private void check(Sinks.Empty<Void> done) {
        if (state != ConnectionState.CONNECTED) {
            done.tryEmitEmpty();
            return;
        }
        checks.add(done);
        if (checks.size() == 1) {
            ping();
        }
    }

    private void answerChecks() {
        if (!checks.isEmpty()) {
            List<Sinks.Empty<Void>> answered = List.copyOf(checks);
            checks.clear();
            answered.forEach(Sinks.Empty::tryEmitEmpty);
        }
    }

    private void beginClose() {
        journal.forgetNextAttempt();
        if (move(Signal.CLOSE, "closed")) {
            release();
            released.subscribe(nothing -> {}, e -> execute(this::end), () -> execute(this::end));
        }
    }

    private void end() {
        move(Signal.END, "closed");
        journal.end();
        worker.dispose();
        closed.tryEmitEmpty();
    }

    private long nanos() {
        return app.lanes().now(TimeUnit.NANOSECONDS);
    }
}
