package io.bspump;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The place of a connection: who refers to it, and which connection stands there now. Safe for use by many threads; nothing
 * is dialled, waited for or told to others under its lock.
 */
final class ConnectionSlot {

    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    /** Who emits at the same time as another one tries again. */
    private static final Sinks.EmitFailureHandler CONTENDED =
            Sinks.EmitFailureHandler.busyLooping(Duration.ofSeconds(1));

    private final Application app;
    private volatile Maker<Connection> maker;
    private final Duration drainTimeout;
    private final Sinks.Many<Connection> changes = Sinks.many().replay().latest();
    private final Sinks.Empty<Void> unused = Sinks.empty();
    private final Mono<Void> closing = Mono.defer(this::closeAll).cache();
    private volatile Connection current;

    // Guarded by this.
    private final Set<ConnectionReference<?>> references = new LinkedHashSet<>();
    private final Set<Connection> beside = new HashSet<>(); // being dialled to stand here, or having stood here
    private boolean updating;
    private boolean started;
    private boolean leaving;

    ConnectionSlot(Connection connection, Maker<Connection> maker, Duration drainTimeout) {
        this.app = connection.app();
        this.maker = maker;
        this.drainTimeout = drainTimeout;
        this.current = connection;
        changes.tryEmitNext(connection);
    }

    Connection current() {
        return current;
    }

    Maker<Connection> maker() {
        return maker;
    }

    /** Says how the connection that stands here now was made; what its section makes, that goes on making. */
    void makeBy(Maker<Connection> now) {
        if (!maker.isBySection()) {
            maker = now;
        }
    }

    /** The present connection, then each that takes its place. */
    Flux<Connection> changes() {
        return changes.asFlux().onBackpressureLatest();
    }

    synchronized List<ConnectionReference<?>> references() {
        return List.copyOf(references);
    }

    private synchronized int count() {
        return references.size();
    }

    void start() {
        synchronized (this) {
            if (started || leaving) {
                return;
            }
            started = true;
            show(current);
        }
        current.start();
    }

    private void show(Connection connection) {
        connection.figures().show(connection, c -> count(), app.meterRegistry());
    }

    private void hide(Connection connection) {
        connection.figures().hide(app.meterRegistry());
    }

    /** Adds a reference; tells whether it could, or whether this place is being given up. */
    synchronized boolean attach(ConnectionReference<?> reference) {
        if (leaving) {
            return false;
        }
        reference.accept(current);
        references.add(reference);
        return true;
    }

    /** Takes a reference out; tells whether it was the last one. */
    boolean detach(ConnectionReference<?> reference) {
        boolean last;
        boolean awaited;
        synchronized (this) {
            last = references.remove(reference) && references.isEmpty();
            awaited = last && leaving;
        }
        if (awaited) {
            unused.tryEmitEmpty();
        }
        return last;
    }

    /** Gives the place up if nobody refers to it; tells whether it did. */
    synchronized boolean leaveIfUnused() {
        leaving |= references.isEmpty();
        return references.isEmpty();
    }

    /** Lets nobody in any more; completes when all have left. */
    Mono<Void> leaveWhenUnused() {
        return Mono.defer(() -> {
            boolean empty;
            synchronized (this) {
                leaving = true;
                empty = references.isEmpty();
            }
            if (empty) {
                unused.tryEmitEmpty();
            }
            return unused.asMono();
        });
    }

    /** Why it cannot be removed. */
    String inUse() {
        return "[connection:" + current.id() + "] is in use by "
                + references().stream().map(ConnectionReference::referrer).collect(Collectors.joining(", "))
                + "; stop them first, or drain it";
    }

    /** Closes what stands here, and what was to stand here. Never fails, is bounded. */
    Mono<Void> close() {
        return closing;
    }

    private Mono<Void> closeAll() {
        List<Mono<Void>> ends = new ArrayList<>();
        synchronized (this) {
            leaving = true;
            beside.forEach(other -> ends.add(other.close()));
        }
        Connection last = current;
        ends.add(last.close());
        return Mono.when(ends).doOnTerminate(() -> {
            hide(last);
            changes.emitComplete(CONTENDED);
        });
    }

    /**
     * Puts another connection in the place of the present one: dials the new one, moves the references, and closes the old
     * one when the work over it is done. When the new one does not connect within its {@code connect_timeout}, everything
     * stays as it was, and the Mono fails. Cancelling does not call it off.
     */
    Mono<Void> update(Connection next) {
        return Mono.defer(() -> {
            Connection before = current;
            if (beginUpdate(next)) {
                return Mono.fromFuture(replace(next).toFuture(), true);
            }
            changes.emitNext(next, CONTENDED);
            return before.close();
        });
    }

    /** Tells whether the new one has to be dialled; when nothing has been started yet, it just takes the place. */
    private synchronized boolean beginUpdate(Connection next) {
        if (leaving) {
            throw new IllegalStateException("[connection:" + next.id() + "] is being removed");
        }
        if (next == current || beside.contains(next)) {
            throw new IllegalArgumentException("[connection:" + next.id() + "] must be updated with another object");
        }
        if (updating) {
            throw new IllegalStateException("[connection:" + next.id() + "] is being updated already");
        }
        references.forEach(reference -> reference.accept(next));
        if (!started) {
            current = next;
            return false;
        }
        updating = true;
        beside.add(next);
        return true;
    }

    private Mono<Void> replace(Connection next) {
        Connection old = current;
        // Two clients that are the same for the far end would push each other out.
        boolean same = old.identified().isPresent() && old.identified().equals(next.identified());
        Mono<Void> dialled = Mono.defer(() -> {
            next.start();
            return connected(next);
        });
        return (same ? old.suspend() : Mono.<Void>empty())
                .then(dialled)
                .then(Mono.fromRunnable(() -> move(old, next)))
                .onErrorResume(e -> next.close().then(Mono.defer(() -> rollBack(old, next, same, e))))
                .then(Mono.defer(() -> retire(old)));
    }

    private Mono<Void> connected(Connection next) {
        Duration bound = next.policy().connectTimeout();
        return next.statusChanges()
                .<Void>handle((status, sink) -> {
                    if (status.isConnected()) {
                        sink.complete();
                    } else if (status.state().compareTo(ConnectionState.FAILED) >= 0) {
                        sink.error(notUpdated(next));
                    }
                })
                .timeout(Mono.delay(bound, app.lanes()))
                .onErrorMap(TimeoutException.class, e -> notUpdated(next))
                .then();
    }

    private static NotConnectedException notUpdated(Connection next) {
        ConnectionStatus.Failure failure = next.status().lastError();
        String reason = failure == null
                ? "no link within " + ConnectionPolicy.text(next.policy().connectTimeout())
                : failure.message();
        return new NotConnectedException(
                "[connection:" + next.id() + "] stays as it was, the new one does not connect: " + reason);
    }

    private void move(Connection old, Connection next) {
        synchronized (this) {
            if (leaving) {
                throw new IllegalStateException("[connection:" + next.id() + "] is being removed");
            }
            // Somebody may have come while the new one was dialled.
            references.forEach(reference -> reference.accept(next));
            beside.remove(next);
            beside.add(old);
            current = next;
            hide(old);
            show(next);
        }
        changes.emitNext(next, CONTENDED);
        synchronized (this) {
            updating = false;
        }
        LOG.info("Updated, connection={}", next.id());
    }

    private Mono<Void> rollBack(Connection old, Connection next, boolean suspended, Throwable reason) {
        synchronized (this) {
            beside.remove(next);
            updating = false;
        }
        if (suspended) {
            old.enable();
        }
        return Mono.error(reason);
    }

    /** Closes the old one after the work that runs over it. */
    private Mono<Void> retire(Connection old) {
        return old.uses()
                .idle()
                .timeout(drainTimeout, app.lanes())
                .doOnError(e -> LOG.warn(
                        "Work over the old connection is cut off, connection={} waited={}",
                        old.id(),
                        ConnectionPolicy.text(drainTimeout)))
                .onErrorComplete()
                .then(Mono.defer(old::close))
                .then(Mono.fromRunnable(() -> forget(old)));
    }

    private synchronized void forget(Connection old) {
        beside.remove(old);
    }

    @Override
    public String toString() {
        return Objects.toString(current);
    }
}
