package io.bspump;

import io.bspump.config.Option;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * What somebody holds who uses a {@link Connection}: it shows who that is, keeps the connection from being removed, and leads
 * to the connection that takes its place when it is updated. A component gets it from
 * {@link Component#connection(Class, String, java.util.function.BiFunction)}, other code from
 * {@link PumpService#attach}, and closes it once.
 *
 * <p>All methods may be called by any thread and none of them blocks.
 *
 * @param <C> the type of the connection
 */
public final class ConnectionReference<C extends Connection> implements AutoCloseable {

    /** The key by which the section of a component refers to a connection. */
    public static final Option CONNECTION = Option.string("connection")
            .alias("connection_selector")
            .alias("connectionselector")
            .doc(
                    "The id of the connection to use. Without it the component makes one of its own from the keys in its section.");

    /** The key by which components share a connection that they make themselves. */
    public static final Option SHARING_KEY = Option.string("sharing_key")
            .doc(
                    "Components of one type that name the same key share the connection that they make from their sections.");

    private final Connections connections;
    private final Class<C> type;
    private final String referrer;
    private final @Nullable String id;
    private final @Nullable C own;
    private volatile @Nullable ConnectionSlot slot;
    private volatile @Nullable Instant since;

    // Guarded by this.
    private boolean closed;

    /** Exactly one of the id of a named connection and a connection of its own is given. */
    ConnectionReference(Connections connections, Class<C> type, String referrer, @Nullable String id, @Nullable C own) {
        this.connections = connections;
        this.type = type;
        this.referrer = referrer;
        this.id = id;
        this.own = own;
    }

    /** Who refers: the address of a component, or the name that other code gave. */
    public String referrer() {
        return referrer;
    }

    /** Since when; null before the pipeline has started. */
    public @Nullable Instant since() {
        return since;
    }

    /** The id of the connection. */
    public String id() {
        return own == null ? Objects.requireNonNull(id) : own.id();
    }

    /**
     * The present connection. To be asked for each time and not to be kept, because an update puts another one in its place.
     *
     * @throws IllegalStateException before the pipeline has started
     */
    public C connection() {
        return type.cast(attached().current());
    }

    /** The connection that it will lead to, as far as that is known before the pipeline has started; for checks of sections. */
    public Optional<C> planned() {
        return own != null
                ? Optional.of(own)
                : connections.find(id()).filter(type::isInstance).map(type::cast);
    }

    /** The present connection, then each that takes its place. Completes when the connection is removed. */
    public Flux<C> connections() {
        return Flux.defer(() -> attached().changes()).cast(type);
    }

    /** What is known about the present connection, then each change, also when another one takes its place. */
    public Flux<ConnectionStatus> statusChanges() {
        return connections().switchMap(Connection::statusChanges);
    }

    /** The connection, as soon as it is connected; fails when it is removed before that. */
    public Mono<C> ready() {
        return Mono.defer(() -> {
            C present = connection();
            return present.status().isConnected()
                    ? Mono.just(present)
                    : connections()
                            .switchMap(each -> each.ready().thenReturn(each))
                            .next();
        });
    }

    /**
     * Does some work over the connection: waits until it is connected, and begins again when the link went down under the
     * work, be it known already or found out by a ping. Any other error of the work is its own. An update waits for the work
     * that runs over the old connection.
     *
     * @param work called for each try, on the thread that found the connection ready; may be called again after it has had
     *     an effect
     */
    public <T> Mono<T> use(Function<? super C, ? extends Mono<T>> work) {
        return ready().flatMap(present -> attempt(present, work))
                .retryWhen(Retry.indefinitely().filter(LinkDown.class::isInstance));
    }

    private <T> Mono<T> attempt(C present, Function<? super C, ? extends Mono<T>> work) {
        long generation = present.status().generation();
        return present.uses().count(Mono.<T>defer(() -> work.apply(present))).onErrorResume(error -> present.check()
                .flatMap(status -> status.isConnected() && status.generation() == generation
                        ? Mono.error(error)
                        : Mono.error(new LinkDown(error))));
    }

    private static final class LinkDown extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LinkDown(Throwable cause) {
            super(cause);
        }
    }

    /** Lets go of the connection; does nothing from the second time on. One that nobody else shares is closed. */
    @Override
    public void close() {
        release().subscribe();
    }

    /** Lets go of the connection; completes when it is closed, if that follows. Never fails. */
    Mono<Void> release() {
        return Mono.defer(() -> {
            ConnectionSlot last = detach();
            return last == null ? Mono.empty() : connections.detach(last, this);
        });
    }

    private synchronized @Nullable ConnectionSlot detach() {
        if (closed) {
            return null;
        }
        closed = true;
        return slot;
    }

    /**
     * Takes hold of the connection, unless it has already.
     *
     * @throws IllegalArgumentException if there is none with the id, or if it has another type
     * @throws IllegalStateException if it is being removed
     */
    synchronized void open() {
        if (slot == null && !closed) {
            since = Instant.ofEpochMilli(connections.app().lanes().now(TimeUnit.MILLISECONDS));
            slot = connections.attach(this);
        }
    }

    /** Whether it holds the connection and this is not connected. */
    boolean isWaiting() {
        ConnectionSlot held = slot;
        return held != null && !held.current().status().isConnected();
    }

    @Nullable
    C own() {
        return own;
    }

    /** Checks that it can lead to a connection. */
    void accept(Connection connection) {
        if (!type.isInstance(connection)) {
            throw new IllegalArgumentException("[connection:" + connection.id() + "] is a "
                    + Ids.of(connection.getClass()) + ", " + referrer + " needs a " + Ids.of(type));
        }
    }

    boolean accepts(Connection connection) {
        return type.isInstance(connection);
    }

    String needs() {
        return Ids.of(type);
    }

    private ConnectionSlot attached() {
        ConnectionSlot held = slot;
        if (held == null) {
            throw new IllegalStateException(referrer + " has its connection from the start of its pipeline on");
        }
        return held;
    }

    @Override
    public String toString() {
        return referrer + " -> " + id();
    }
}
