package io.bspump.postgresql;

import io.bspump.ErrorClass;
import io.bspump.config.Config;
import io.netty.channel.EventLoop;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.PoolMetrics;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlReplicationConnection;
import io.r2dbc.spi.Closeable;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcTimeoutException;
import io.r2dbc.spi.Wrapped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * What one dial has made: a connection that watches the server, and a pool of others to the same one. When it is closed, all
 * work over it ends with an error, also that which waits for an answer that will not come.
 */
final class Link {

    private static final Duration FAREWELL = Duration.ofSeconds(2);

    private final Dialer dialer;
    private final Config config;
    private final String name;
    private final Scheduler blocking;
    private final Consumer<Throwable> lost;
    private final Lines lines = new Lines();
    private final Sinks.Empty<Void> down = Sinks.empty();

    private volatile @Nullable PostgresqlConnection watch;
    private volatile @Nullable PostgresqlConnectionFactory factory;
    private volatile @Nullable Server server;
    private volatile @Nullable ConnectionPool pool;

    /**
     * @param blocking where dialling may read files
     * @param lost told when the server has closed the connection
     */
    Link(Dialer dialer, Config config, String name, Scheduler blocking, Consumer<Throwable> lost) {
        this.dialer = dialer;
        this.config = config;
        this.name = name;
        this.blocking = blocking;
        this.lost = lost;
    }

    /** Dials the servers one after the other until one takes the client and has the wanted role. */
    Mono<Void> open() {
        return Mono.defer(() -> dial(0, new ArrayList<>(), null)).flatMap(this::use);
    }

    /** A server that has let the client in. */
    private record Guest(Server server, PostgresqlConnectionFactory factory, PostgresqlConnection connection) {}

    private Mono<Guest> dial(int number, List<Refusal> refusals, @Nullable Guest secondBest) {
        List<Server> servers = dialer.servers();
        if (number == servers.size()) {
            return secondBest == null ? Mono.error(refused(refusals)) : Mono.just(secondBest);
        }
        Server server = servers.get(number);
        Mono<Guest> visit = visit(server);
        if (servers.size() > 1) {
            visit = visit.timeout(
                    config.getDuration("connect_timeout").dividedBy(servers.size() + 1L),
                    Mono.error(() -> new R2dbcTimeoutException("does not answer")));
        }
        return visit.onErrorResume(error -> {
                    refusals.add(new Refusal(server, error));
                    return Mono.empty();
                })
                .flatMap(guest -> ask(guest.connection()).flatMap(standby -> {
                    if (dialer.role().prefers(standby)) {
                        return farewell(secondBest).thenReturn(guest);
                    }
                    if (dialer.role().takes(standby) && secondBest == null) {
                        return dial(number + 1, refusals, guest);
                    }
                    refusals.add(new Refusal(server, wrongRole(standby)));
                    return farewell(guest).then(Mono.empty());
                }))
                .switchIfEmpty(Mono.defer(() -> dial(number + 1, refusals, secondBest)));
    }

    private Mono<Guest> visit(Server server) {
        return Mono.fromCallable(() -> dialer.factory(server, lines))
                .subscribeOn(blocking)
                .flatMap(made -> made.create().map(connection -> new Guest(server, made, connection)));
    }

    private IllegalStateException wrongRole(boolean standby) {
        return new IllegalStateException("is a " + (standby ? "standby" : "primary") + ", " + Dialer.ROLE + " is "
                + dialer.role().word());
    }

    private static Mono<Void> farewell(@Nullable Guest guest) {
        return guest == null ? Mono.empty() : closed(guest.connection());
    }

    /** A server and why it was not taken. */
    private record Refusal(Server server, Throwable error) {}

    /** A single server's own error, or all of them in one. */
    private static Throwable refused(List<Refusal> refusals) {
        if (refusals.size() == 1) {
            return refusals.get(0).error();
        }
        List<String> texts = new ArrayList<>();
        ErrorClass worst = ErrorClass.CONFIGURATION;
        for (Refusal refusal : refusals) {
            texts.add(refusal.server() + " " + SqlErrors.root(refusal.error()));
            ErrorClass errorClass = SqlErrors.classify(refusal.error());
            if (errorClass.compareTo(worst) < 0) {
                worst = errorClass;
            }
        }
        return new NoServerException("no server takes the client: " + String.join("; ", texts), worst);
    }

    private Mono<Void> use(Guest guest) {
        watch = guest.connection();
        factory = guest.factory();
        server = guest.server();
        ConnectionPool made = Pool.of(config, name, made(guest.factory()));
        pool = made;
        guest.connection()
                .getNotifications()
                .subscribe(notification -> {}, this::ended, () -> ended(new IllegalStateException("closed")));
        return config.getInt("pool_min") == 0 ? Mono.empty() : made.warmup().then();
    }

    private void ended(Throwable cause) {
        lost.accept(new IllegalStateException("the server has closed the connection", cause));
    }

    /** Those that were made after the first one may have to read files of certificates, too. */
    private io.r2dbc.spi.ConnectionFactory made(PostgresqlConnectionFactory dialling) {
        return new io.r2dbc.spi.ConnectionFactory() {
            @Override
            public Publisher<? extends Connection> create() {
                return dialling.create().subscribeOn(blocking);
            }

            @Override
            public io.r2dbc.spi.ConnectionFactoryMetadata getMetadata() {
                return dialling.getMetadata();
            }
        };
    }

    /** What its pool counts, once there is one. */
    Optional<PoolMetrics> pool() {
        return Optional.ofNullable(pool).flatMap(ConnectionPool::getMetrics);
    }

    /** Asks the server whether it is there and still has the wanted role. */
    Mono<Void> ping() {
        return ask(Objects.requireNonNull(watch, "not dialled"))
                .filter(standby -> !dialer.role().takes(standby))
                .flatMap(standby -> Mono.error(new IllegalStateException(
                        "the server " + wrongRole(standby).getMessage())));
    }

    private static Mono<Boolean> ask(PostgresqlConnection asked) {
        return asked.createStatement("SELECT pg_is_in_recovery()")
                .execute()
                .flatMap(result -> result.map((row, metadata) -> Boolean.TRUE.equals(row.get(0, Boolean.class))))
                .single();
    }

    /** Does some work over a connection of the pool. */
    <T> Flux<T> use(Function<? super PostgresqlConnection, ? extends Publisher<T>> work) {
        return Flux.usingWhen(
                acquire(),
                borrowed -> whileUp(work.apply(borrowed.raw())),
                Borrowed::release,
                Borrowed::failed,
                Borrowed::discard);
    }

    /** Does some work over a connection of its own. */
    <T> Flux<T> useOwn(Function<? super PostgresqlConnection, ? extends Publisher<T>> work) {
        return own(dialled().create().subscribeOn(blocking), work);
    }

    /** Does some work over a connection for replication, which uses one loop. */
    <T> Flux<T> useReplication(
            EventLoop loop, Function<? super PostgresqlReplicationConnection, ? extends Publisher<T>> work) {
        Server present = Objects.requireNonNull(server, "not dialled");
        return Flux.using(
                () -> new Lines(loop),
                own -> own(
                        Mono.fromCallable(() -> dialer.factory(present, own))
                                .flatMap(PostgresqlConnectionFactory::replication)
                                // Not ours: where time is virtual, that may be the calling thread.
                                .subscribeOn(Schedulers.boundedElastic()),
                        work),
                Lines::close);
    }

    private <C extends Closeable, T> Flux<T> own(Mono<C> dialling, Function<? super C, ? extends Publisher<T>> work) {
        return Flux.usingWhen(dialling, own -> whileUp(work.apply(own)), Link::closed);
    }

    private PostgresqlConnectionFactory dialled() {
        return Objects.requireNonNull(factory, "not dialled");
    }

    private <T> Flux<T> whileUp(Publisher<T> work) {
        return Flux.from(work).takeUntilOther(down.asMono());
    }

    private Mono<Borrowed> acquire() {
        return Objects.requireNonNull(pool, "not dialled")
                .create()
                .map(Borrowed::new)
                .onErrorMap(
                        R2dbcTimeoutException.class,
                        e -> new PoolExhaustedException(
                                "all " + config.get(Pool.MAX)
                                        + " connections of the pool are in use, none was free within "
                                        + config.get(Pool.ACQUIRE_TIMEOUT),
                                e));
    }

    /** A connection of the pool while it is in use. */
    private record Borrowed(Connection pooled, PostgresqlConnection raw) {

        Borrowed(Connection pooled) {
            this(pooled, (PostgresqlConnection) ((Wrapped<?>) pooled).unwrap());
        }

        Mono<Void> release() {
            return Mono.from(pooled.close());
        }

        Mono<Void> failed(Throwable error) {
            return SqlErrors.isOfStatement(error)
                    ? raw.rollbackTransaction()
                            .timeout(FAREWELL)
                            .then(release())
                            .onErrorResume(e -> discard())
                    : discard();
        }

        /** Nobody knows what it is doing just now. */
        Mono<Void> discard() {
            return closed(raw).then(release());
        }
    }

    private static Mono<Void> closed(Closeable open) {
        return Mono.from(open.close()).timeout(FAREWELL).onErrorComplete();
    }

    /** Ends all work and closes everything. Does not fail. */
    Mono<Void> close() {
        return Mono.defer(() -> {
            down.tryEmitError(new IllegalStateException("the link to the server went down"));
            PostgresqlConnection watching = watch;
            ConnectionPool open = pool;
            Mono<Void> pooled = open == null ? Mono.empty() : open.disposeLater();
            Mono<Void> watched = watching == null ? Mono.empty() : closed(watching);
            return Mono.when(pooled.timeout(FAREWELL).onErrorComplete(), watched)
                    .doFinally(how -> lines.close());
        });
    }
}
