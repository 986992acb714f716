package io.bspump.postgresql;

import io.bspump.Application;
import io.bspump.Component;
import io.bspump.Connection;
import io.bspump.Endpoint;
import io.bspump.ErrorClass;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.netty.channel.EventLoop;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlReplicationConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A connection to a PostgreSQL server, or to the first of several that answers and has the wanted role: a pool that all
 * components share which name it, and one session more that watches the server.
 *
 * <p>It is connected as long as that session is. When the server closes it, or does not answer a ping, all sessions are put
 * away, also those that wait for an answer, and the servers are dialled anew.
 */
public final class PostgreSQLConnection extends Connection {

    public static final Options OPTIONS = Options.of(options());

    private final Dialer dialer;
    private final Application app;
    private volatile @Nullable Link link;

    /** Makes a connection that is configured by {@code [connection:ID]} alone. */
    public PostgreSQLConnection(Application app, String id) {
        this(app, id, Map.of());
    }

    /**
     * Makes a connection.
     *
     * @param config values that the file may override
     */
    public PostgreSQLConnection(Application app, String id, Map<String, ?> config) {
        super(app, id, config);
        this.app = app;
        this.dialer = new Dialer(config(), id);
    }

    /** Makes a connection that belongs to one component, or to those that share it. */
    public PostgreSQLConnection(Application app, Component owner) {
        super(app, owner);
        this.app = app;
        this.dialer = new Dialer(config(), id());
    }

    private static Option[] options() {
        List<Option> options = new ArrayList<>(Dialer.OPTIONS);
        options.addAll(Tls.OPTIONS);
        options.addAll(Pool.OPTIONS);
        return options.toArray(new Option[0]);
    }

    /**
     * Does some work over a session of the pool, as soon as one is free; fails at once when this is not connected. The work
     * fails when the connection goes down. A transaction that it leaves open is rolled back when it fails.
     *
     * @param work must not keep the session; its result may come on a thread of the driver, which must not be blocked
     */
    public <T> Flux<T> use(Function<? super PostgresqlConnection, ? extends Publisher<T>> work) {
        return over(present -> present.use(work));
    }

    /** As {@link #use}, over a session that is opened for this work alone and closed with it, such as for LISTEN. */
    public <T> Flux<T> useOwn(Function<? super PostgresqlConnection, ? extends Publisher<T>> work) {
        return over(present -> present.useOwn(work));
    }

    /**
     * As {@link #useOwn}, over a session that can replicate.
     *
     * @param loop which the session uses
     */
    <T> Flux<T> useReplication(
            EventLoop loop, Function<? super PostgresqlReplicationConnection, ? extends Publisher<T>> work) {
        return over(present -> present.useReplication(loop, work));
    }

    private <T> Flux<T> over(Function<Link, Flux<T>> work) {
        return Flux.defer(() -> {
            Link present = link;
            if (present == null || !status().isConnected()) {
                return Flux.error(new IllegalStateException("[connection:" + id() + "] is not connected"));
            }
            long generation = generation();
            return work.apply(present).doOnError(SqlErrors::isOfLink, error -> lost(generation, error));
        });
    }

    /** The number of the present link. */
    long link() {
        return generation();
    }

    @Override
    protected Mono<Void> connect() {
        return Mono.defer(() -> {
            long generation = generation();
            Link made = new Link(dialer, config(), id(), app.blocking(), cause -> lost(generation, cause));
            link = made;
            return made.open();
        });
    }

    @Override
    protected Mono<Void> disconnect() {
        return Mono.defer(() -> {
            Link last = link;
            link = null;
            return last == null ? Mono.empty() : last.close();
        });
    }

    @Override
    protected Mono<Void> ping() {
        Link present = link;
        return present == null ? Mono.error(new IllegalStateException("not connected")) : present.ping();
    }

    @Override
    protected ErrorClass classify(Throwable t) {
        return SqlErrors.classify(t);
    }

    @Override
    protected List<Meter> meters(MeterRegistry registry, Tags tags) {
        return new PoolMeters(registry, tags, () -> Optional.ofNullable(link).flatMap(Link::pool))
                .register(config().getInt(Pool.MAX));
    }

    @Override
    protected List<Endpoint> endpoints() {
        return dialer.servers().stream()
                .map(server -> new Endpoint(server.host(), server.port(), false))
                .toList();
    }
}
