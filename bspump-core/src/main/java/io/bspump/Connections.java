package io.bspump;

import io.bspump.config.Suggestion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The connections of an application: the named ones, which live until they are removed, and those that components make for
 * themselves, which live as long as somebody refers to them. Safe for use by many threads.
 */
final class Connections {

    private final Application app;
    private final Duration drainTimeout;
    private final Registry<ConnectionSlot> named = new Registry<>("connection", ConnectionSlot::start);

    // Guarded by this.
    private final Map<String, ConnectionSlot> anonymous = new LinkedHashMap<>();

    Connections(Application app, Duration drainTimeout) {
        this.app = app;
        this.drainTimeout = drainTimeout;
    }

    Application app() {
        return app;
    }

    // Named ones

    Registry<ConnectionSlot> registry() {
        return named;
    }

    ConnectionSlot slot(Connection connection, Maker<Connection> maker) {
        return new ConnectionSlot(connection, maker, drainTimeout);
    }

    void add(Connection connection, Maker<Connection> maker) {
        named.add(connection.id(), slot(connection, maker));
    }

    Connection locate(String id) {
        return named.locate(id).current();
    }

    Optional<Connection> find(String id) {
        return named.find(id).map(ConnectionSlot::current);
    }

    List<Connection> named() {
        return named.all().stream().map(ConnectionSlot::current).toList();
    }

    void start() {
        named.open().forEach(ConnectionSlot::start);
    }

    List<ConnectionReference<?>> references(String id) {
        return slot(id).references();
    }

    /** The status of a connection, then each change, also when another one takes its place; completes when it is removed. */
    Flux<ConnectionStatus> statusChanges(String id) {
        return Flux.defer(() -> slot(id).changes()).switchMap(Connection::statusChanges);
    }

    /** Tries a connection that has no place here. */
    Mono<ConnectionTrial> tryOut(Connection connection) {
        return Mono.defer(() -> {
            connection.identified().ifPresent(identity -> refuseSame(connection, identity));
            return Mono.fromFuture(new ConnectionTrialRun(connection, app).run().toFuture(), true);
        });
    }

    private void refuseSame(Connection tried, String identity) {
        Stream.concat(named().stream(), anonymous().stream())
                .filter(other -> other.identified().filter(identity::equals).isPresent())
                .findFirst()
                .ifPresent(other -> {
                    throw new IllegalStateException("[connection:" + tried.id()
                            + "] is not tried, it would push out [connection:" + other.id()
                            + "], which has the same client identity: " + identity);
                });
    }

    /** The place of a connection, be it named or not. */
    private ConnectionSlot slot(String id) {
        return named.find(id).or(() -> shared(id)).orElseGet(() -> named.locate(id));
    }

    private synchronized Optional<ConnectionSlot> shared(String id) {
        return Optional.ofNullable(anonymous.get(id));
    }

    /**
     * Puts another one in the place of that with its id.
     *
     * @param maker by which one is made in its place in turn
     */
    Mono<Void> update(Connection next, Maker<Connection> maker) {
        return Mono.defer(() -> {
            ConnectionSlot slot = named.locate(next.id());
            Connection former = slot.current();
            return slot.update(next)
                    .doOnSuccess(nothing -> slot.makeBy(maker))
                    .doOnSuccess(nothing -> app.configuration().release(List.of(former.config())))
                    .doOnError(e -> app.configuration().release(List.of(next.config())));
        });
    }

    Mono<Void> remove(String id) {
        return Mono.defer(() -> {
            ConnectionSlot slot = named.locate(id);
            return slot.leaveIfUnused()
                    ? closeAndForget(id, slot)
                    : Mono.error(new IllegalStateException(slot.inUse()));
        });
    }

    Mono<Void> drain(String id) {
        return Mono.defer(() -> {
            ConnectionSlot slot = named.locate(id);
            Mono<Void> drained = slot.leaveWhenUnused().then(Mono.defer(() -> closeAndForget(id, slot)));
            return Mono.fromFuture(drained.toFuture(), true);
        });
    }

    private Mono<Void> closeAndForget(String id, ConnectionSlot slot) {
        return slot.close().then(Mono.fromRunnable(() -> {
            named.remove(id, slot);
            app.configuration().release(List.of(slot.current().config()));
        }));
    }

    /** Closes all in parallel. Never fails, is bounded. */
    Mono<Void> close() {
        return Mono.defer(() -> {
            List<ConnectionSlot> all = new ArrayList<>(named.close());
            synchronized (this) {
                all.addAll(anonymous.values());
            }
            return Mono.when(all.stream().map(ConnectionSlot::close).toList());
        });
    }

    // References

    ConnectionSlot attach(ConnectionReference<?> reference) {
        Connection own = reference.own();
        if (own != null) {
            return attachToOwn(reference, own);
        }
        ConnectionSlot slot = named.locate(reference.id());
        if (!slot.attach(reference)) {
            throw new IllegalStateException("[connection:" + reference.id() + "] is being removed");
        }
        return slot;
    }

    private ConnectionSlot attachToOwn(ConnectionReference<?> reference, Connection own) {
        ConnectionSlot slot;
        synchronized (this) {
            ConnectionSlot present = anonymous.get(own.id());
            if (present != null && present.attach(reference)) {
                return present;
            }
            slot = slot(own, Maker.bySection());
            slot.attach(reference);
            anonymous.put(own.id(), slot);
        }
        slot.start();
        return slot;
    }

    /** Takes a reference out; completes when the connection is closed, if that follows. */
    Mono<Void> detach(ConnectionSlot slot, ConnectionReference<?> reference) {
        boolean last = slot.detach(reference);
        if (last && reference.own() != null && slot.leaveIfUnused()) {
            return slot.close().then(Mono.fromRunnable(() -> forget(slot)));
        }
        return Mono.empty();
    }

    private synchronized void forget(ConnectionSlot slot) {
        anonymous.remove(slot.current().id(), slot);
    }

    /** Those that components have made for themselves and that are in use. */
    synchronized List<Connection> anonymous() {
        return anonymous.values().stream().map(ConnectionSlot::current).toList();
    }

    /** What is wrong with an id, for the person who wrote it. */
    String unknown(String id) {
        List<String> ids = named().stream().map(Connection::id).toList();
        String suggestion = Suggestion.nearest(id, ids)
                .map(near -> ", did you mean '" + near + "'?")
                .orElse("");
        return "must be the id of a connection, was '" + id + "'" + suggestion + known();
    }

    /** The known ids in brackets. */
    String known() {
        String ids = named().stream().map(Connection::id).collect(Collectors.joining(", "));
        return ids.isEmpty() ? " (none is registered)" : " (known are " + ids + ")";
    }
}
