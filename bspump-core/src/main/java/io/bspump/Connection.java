package io.bspump;

import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A link to another system that many components share by its id. A subclass says how one attempt is made, and how the link is
 * put away; when to try, how long to wait, what to log and to count is done here, in the same way for all systems.
 *
 * <pre>{@code
 * public final class MyConnection extends Connection {
 *     private volatile @Nullable Client client;
 *
 *     public MyConnection(Application app, String id) {
 *         super(app, id);
 *     }
 *
 *     @Override
 *     protected Mono<Void> connect() {
 *         return Client.create(config().get("host"), config().getInt("port")).doOnNext(c -> client = c).then();
 *     }
 *
 *     @Override
 *     protected Mono<Void> disconnect() {
 *         return client == null ? Mono.empty() : client.close();
 *     }
 * }
 * }</pre>
 *
 * <p>The application connects it in the background before the pipelines start, keeps it connected, and disconnects it after
 * they have stopped. Its section is {@code [connection:ID]}. Components reach it through a {@link ConnectionReference}.
 *
 * <p>All public methods may be called by any thread and none of them blocks.
 */
public abstract class Connection {

    /** What every connection understands in its section. */
    public static final Options OPTIONS = Options.of(
            Option.string("type")
                    .doc("What makes the connection when no code does: the name of a type that a connector brings."),
            Option.duration("reconnect_delay")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("100ms")
                    .doc("How long to wait before the second attempt."),
            Option.number("reconnect_multiplier")
                    .between(1.0, 1000.0)
                    .defaultTo(1.5)
                    .doc("What the delay is multiplied by from one attempt to the next."),
            Option.number("reconnect_jitter")
                    .between(0.0, 1.0)
                    .defaultTo(0.5)
                    .doc("The share by which a delay is varied at random, up and down."),
            Option.duration("reconnect_max_delay")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("10s")
                    .doc("What no delay exceeds; also how long a link must have held for the delays to begin anew."),
            Option.duration("connect_timeout")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("10s")
                    .doc("How long one attempt may take."),
            Option.duration("ping_interval")
                    .defaultTo("15s")
                    .doc("How often the far end is asked whether it is there; 0 for never."),
            Option.duration("ping_timeout")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("5s")
                    .doc("How long the answer may take; without one the link is lost."),
            Option.duration("auth_retry_delay")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("60s")
                    .doc("How long to wait after the credentials were refused."));

    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private final Application app;
    private final String id;
    private final Map<String, ?> given;
    private final Config config;
    private final ConnectionPolicy policy;
    private final ConnectionJournal journal;
    private final ConnectionKeeper keeper;
    private final ConnectionUses uses = new ConnectionUses();

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
        this(app, type -> Ids.present("connection", id), "connection:" + id, config);
    }

    /**
     * Makes a connection that belongs to one component, or to those that share it, and is configured by their sections. See
     * {@link Component#connection(Class, String, java.util.function.BiFunction)}.
     */
    protected Connection(Application app, Component owner) {
        this(app, owner::connectionId, owner.config().name(), owner.given());
    }

    private Connection(Application app, Function<Class<?>, String> id, String section, Map<String, ?> config) {
        this.app = Objects.requireNonNull(app, "app");
        this.id = id.apply(getClass());
        this.given = config;
        this.config = app.configuration().component(section, getClass(), config);
        this.policy = ConnectionPolicy.of(this.config);
        this.journal = new ConnectionJournal(this, app.lanes());
        this.keeper = new ConnectionKeeper(this, policy, app, journal);
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
     * Makes one attempt; completes when the connection is usable, fails when it cannot be made. Called on a thread that may
     * block, one attempt at a time, never before {@link #disconnect} has ended the one before. Cancelled when it takes
     * longer than {@code connect_timeout} or when the connection is closed meanwhile.
     */
    protected abstract Mono<Void> connect();

    /**
     * Puts away what {@link #connect} has made. Called once after each call of it, on a thread that may block: after the
     * link was lost, when the connection is closed, and also when the attempt failed, was cancelled or has not completed. An
     * error is logged; after 10 s it is not waited for any longer.
     */
    protected abstract Mono<Void> disconnect();

    /**
     * Asks the far end whether it is there; an error, or no answer within {@code ping_timeout}, means that the link is lost.
     * Called every {@code ping_interval} while connected, on a thread that may block. Completes by default, which finds
     * nothing out: a connection whose driver does not report a dead peer must override it.
     */
    protected Mono<Void> ping() {
        return Mono.empty();
    }

    /** Says what an error of {@link #connect}, {@link #ping} or {@link #lost} means. Transient by default. */
    protected ErrorClass classify(Throwable t) {
        return ErrorClass.TRANSIENT;
    }

    /**
     * Who this client is for the far end, where two of the same would push each other out, such as a client id and the address
     * of the server; empty by default. Two connections of an application with the same identity are a mistake in its
     * configuration. Called before the start; it is shown to people, so it must not hold secrets.
     */
    protected Optional<String> identity() {
        return Optional.empty();
    }

    /**
     * Where it dials, so that a trial can look at name, port and TLS one by one. By default the {@code host} and {@code port}
     * of its section, without TLS, if it has both; otherwise nothing, and a trial makes the attempt only.
     */
    protected List<Endpoint> endpoints() {
        return config.contains("host") && config.contains("port")
                ? List.of(new Endpoint(config.get("host"), config.getInt("port"), false))
                : List.of();
    }

    /**
     * Registers meters of its own beside those that all connections have, and returns them; they go when the connection goes.
     * None by default. They must be readable by any thread, also while it is not connected.
     *
     * @param tags which they must have
     */
    protected List<Meter> meters(MeterRegistry registry, Tags tags) {
        return List.of();
    }

    /**
     * Reports that the link went down; for the callbacks of a driver, on any thread. Means the link that is up now and does
     * nothing if none is; where a driver may call back late, use {@link #lost(long, Throwable)}.
     */
    protected final void lost(Throwable cause) {
        keeper.lost(null, Objects.requireNonNull(cause, "cause"));
    }

    /**
     * Reports that a link went down, be it in use or still being made; does nothing if it is not the present one.
     *
     * @param generation what {@link #generation} said in {@link #connect}, when the callback was registered
     */
    protected final void lost(long generation, Throwable cause) {
        keeper.lost(generation, Objects.requireNonNull(cause, "cause"));
    }

    /** The number of the present link; in {@link #connect}, of the one that is being made. */
    protected final long generation() {
        return status().generation();
    }

    /** What is known about it now. */
    public final ConnectionStatus status() {
        return journal.status();
    }

    /**
     * The present status, then each that follows, in order; completes after {@link ConnectionState#CLOSED}. A slow subscriber
     * misses some, but never the latest. Signals come on the subscriber's thread or on one that must not be blocked.
     */
    public final Flux<ConnectionStatus> statusChanges() {
        return journal.changes();
    }

    /** The last 50 changes, the oldest first. */
    public final List<ConnectionEvent> history() {
        return journal.history();
    }

    /** Completes when connected, at once if it is; fails when the connection is closed before that. */
    public final Mono<Void> ready() {
        return Mono.defer(() -> status().isConnected()
                ? Mono.empty()
                : statusChanges()
                        .<Void>handle((next, sink) -> {
                            if (next.isConnected()) {
                                sink.complete();
                            } else if (next.state().compareTo(ConnectionState.CLOSING) >= 0) {
                                sink.error(new IllegalStateException("[connection:" + id + "] is closed"));
                            }
                        })
                        .then());
    }

    /** Begins the next attempt now instead of waiting for it, also when none was due; otherwise does nothing. */
    public final void retryNow() {
        keeper.retryNow();
    }

    /** Puts the link away and makes no new one until it is enabled again. */
    public final void disable() {
        keeper.disable();
    }

    /** Tells whether it makes links: not while it is {@linkplain #disable() disabled}. */
    public final boolean isEnabled() {
        return keeper.isEnabled();
    }

    /** What it was configured with, by key, as people may see it: {@code ***} for secrets, no defaults. */
    public final Map<String, String> properties() {
        return config.visible();
    }

    /** Ends what {@link #disable} began; does nothing otherwise. */
    public final void enable() {
        keeper.enable();
    }

    /**
     * Pings now, if it is connected, and gives the status after that: when the ping fails, it is not connected any more. For
     * components that got an error and ask themselves whether it was the link.
     */
    public final Mono<ConnectionStatus> check() {
        return keeper.check().then(Mono.fromSupplier(this::status));
    }

    @Override
    public String toString() {
        return id;
    }

    /** Begins to connect in the background; does nothing from the second time on, or after {@link #close}. */
    final void start() {
        keeper.start();
    }

    /** Ends everything and disconnects. Nothing is dialled from then on. Never fails, is bounded. */
    final Mono<Void> close() {
        return keeper.close();
    }

    /** The values that were given in code. */
    final Map<String, ?> given() {
        return given;
    }

    final ConnectionPolicy policy() {
        return policy;
    }

    final ConnectionFigures figures() {
        return journal.figures();
    }

    /** The work that runs over it. */
    final ConnectionUses uses() {
        return uses;
    }

    /** Disables it; completes when the link has been put away. */
    final Mono<Void> suspend() {
        return keeper.suspend();
    }

    /** Its identity, if it can be told from a configuration that may be wrong. */
    final Optional<String> identified() {
        try {
            return identity();
        } catch (ConfigException e) {
            return Optional.empty();
        }
    }

    final Application app() {
        return app;
    }

    final ErrorClass classified(Throwable error) {
        try {
            return Objects.requireNonNull(classify(Exceptions.unwrap(error)), "classify");
        } catch (RuntimeException e) {
            LOG.warn("An error could not be classified, connection={} reason={}", id, describe(e));
            return ErrorClass.TRANSIENT;
        }
    }

    /** An error in words, with that at its root, without secrets. */
    final String describe(Throwable error) {
        Throwable top = Exceptions.unwrap(error);
        Throwable root = top;
        for (int depth = 0; root.getCause() != null && depth < 20; depth++) {
            root = root.getCause();
        }
        String text = words(top);
        String reason = words(root);
        return config.masked(text.contains(reason) ? text : text + " (" + reason + ")");
    }

    private static String words(Throwable error) {
        String message = error.getMessage();
        return message == null || message.isBlank() ? Ids.of(error.getClass()) : message;
    }
}
