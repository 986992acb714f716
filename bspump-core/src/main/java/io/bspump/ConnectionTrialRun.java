package io.bspump;

import io.bspump.ConnectionTrial.Outcome;
import io.bspump.ConnectionTrial.Result;
import io.bspump.ConnectionTrial.Step;
import io.bspump.config.ConfigException;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.tcp.TcpClient;

/**
 * One trial of a connection: looks its endpoints up, dials them, shakes hands, and then lets the connection make its own
 * attempt. Used once; its steps follow each other, so that nothing here needs a lock.
 */
final class ConnectionTrialRun {

    private final Connection connection;
    private final Application app;
    private final Duration limit;
    private final Map<Step, Result> results = new EnumMap<>(Step.class);

    ConnectionTrialRun(Connection connection, Application app) {
        this.connection = connection;
        this.app = app;
        this.limit = connection.policy().connectTimeout();
    }

    /** Never fails. */
    Mono<ConnectionTrial> run() {
        return Mono.fromCallable(this::endpoints)
                .subscribeOn(app.blocking())
                .flatMap(endpoints -> endpoints.isEmpty() ? Mono.just(true) : reach(endpoints))
                .flatMap(reached -> attempt())
                .then(Mono.defer(connection::close))
                .doOnTerminate(() -> app.configuration().release(List.of(connection.config())))
                .then(Mono.fromSupplier(this::trial));
    }

    private List<Endpoint> endpoints() {
        try {
            return connection.endpoints();
        } catch (ConfigException e) {
            return List.of(); // its own attempt says what is wrong
        }
    }

    private record Place(Endpoint endpoint, InetAddress address) {

        @Override
        public String toString() {
            return endpoint + " at " + address.getHostAddress();
        }
    }

    private Mono<Boolean> reach(List<Endpoint> endpoints) {
        return step(Step.DNS, endpoints, this::resolve)
                .flatMap(places -> step(Step.TCP, places, this::dial))
                .flatMap(places ->
                        places.stream().allMatch(place -> place.endpoint().tls())
                                ? step(Step.TLS, places, this::shakeHands)
                                : Mono.just(places))
                .hasElement()
                .filter(reached -> reached);
    }

    /**
     * What came of one of several inputs.
     *
     * @param value null if it failed
     */
    private record Attempt<O>(@Nullable O value, String text) {}

    /** Tries all; gives those that worked, or nothing if none did. */
    private <I, O> Mono<List<O>> step(Step step, List<I> inputs, Function<I, Mono<O>> action) {
        return Mono.defer(() -> {
            long begin = nanos();
            return Flux.fromIterable(inputs)
                    .flatMapSequential(input -> action.apply(input)
                            .timeout(limit, overdue(), app.lanes())
                            .map(value -> new Attempt<O>(value, value.toString()))
                            .onErrorResume(e -> Mono.just(new Attempt<O>(null, input + ": " + connection.describe(e)))))
                    .collectList()
                    .flatMap(all -> conclude(step, begin, all));
        });
    }

    private <O> Mono<List<O>> conclude(Step step, long begin, List<Attempt<O>> all) {
        List<O> worked =
                all.stream().flatMap(each -> Stream.ofNullable(each.value())).toList();
        Outcome outcome = worked.isEmpty() ? Outcome.FAILED : Outcome.OK;
        result(step, outcome, begin, all.stream().map(Attempt::text).collect(Collectors.joining("; ")));
        return worked.isEmpty() ? Mono.empty() : Mono.just(worked);
    }

    private <T> Mono<T> overdue() {
        return Mono.error(
                () -> new TimeoutException("no answer within " + ConnectionPolicy.text(limit) + " (connect_timeout)"));
    }

    private Mono<Place> resolve(Endpoint endpoint) {
        return Mono.fromCallable(() -> InetAddress.getAllByName(endpoint.host()))
                .subscribeOn(app.blocking())
                .onErrorMap(UnknownHostException.class, e -> new UnknownHostException("the name is not known"))
                .map(all -> new Place(endpoint, Arrays.asList(all).get(0)));
    }

    private Mono<Place> dial(Place place) {
        return client(place)
                .connect()
                .doOnNext(reactor.netty.Connection::dispose)
                .thenReturn(place);
    }

    /** Whether the certificate is trusted is for the connection to say, which knows its settings. */
    private Mono<Place> shakeHands(Place place) {
        return Mono.fromCallable(ConnectionTrialRun::anyCertificate)
                .subscribeOn(app.blocking())
                .flatMap(context -> client(place)
                        .secure(spec -> spec.sslContext(context).handshakeTimeout(limit))
                        .connect())
                .doOnNext(reactor.netty.Connection::dispose)
                .thenReturn(place);
    }

    private static SslContext anyCertificate() throws SSLException {
        return SslContextBuilder.forClient()
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .endpointIdentificationAlgorithm(null)
                .build();
    }

    private TcpClient client(Place place) {
        InetSocketAddress address =
                new InetSocketAddress(place.address(), place.endpoint().port());
        return TcpClient.newConnection()
                .remoteAddress(() -> address)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(Math.min(limit.toMillis(), 1 << 30)));
    }

    /** Lets the connection dial and ping, and puts the link away. Never fails. */
    private Mono<Void> attempt() {
        ConnectionLink link = new ConnectionLink(connection, connection.policy(), app);
        long begin = nanos();
        return link.open()
                .then(Mono.defer(() -> {
                    result(Step.AUTHENTICATION, Outcome.OK, begin, "");
                    return ping(link);
                }))
                .onErrorResume(e -> {
                    result(failedAt(e), Outcome.FAILED, begin, connection.describe(e));
                    return Mono.empty();
                })
                .then(Mono.defer(() -> link.abandon() ? link.release() : Mono.empty()));
    }

    private Mono<Void> ping(ConnectionLink link) {
        long begin = nanos();
        return link.ping()
                .doOnSuccess(nothing -> result(Step.PROTOCOL, Outcome.OK, begin, ""))
                .onErrorResume(e -> {
                    result(Step.PROTOCOL, Outcome.FAILED, begin, connection.describe(e));
                    return Mono.empty();
                });
    }

    private Step failedAt(Throwable error) {
        if (connection.classified(error) == ErrorClass.AUTHENTICATION) {
            return Step.AUTHENTICATION;
        }
        Throwable cause = Exceptions.unwrap(error);
        for (int depth = 0; cause != null && depth < 20; depth++) {
            if (cause instanceof SSLException) {
                return Step.TLS;
            }
            if (cause instanceof UnknownHostException) {
                return Step.DNS;
            }
            if (cause instanceof ConnectException || cause instanceof NoRouteToHostException) {
                return Step.TCP;
            }
            cause = cause.getCause();
        }
        return Step.PROTOCOL;
    }

    private void result(Step step, Outcome outcome, long begin, String message) {
        results.put(step, new Result(step, outcome, Duration.ofNanos(Math.max(0, nanos() - begin)), message));
    }

    private ConnectionTrial trial() {
        return new ConnectionTrial(Arrays.stream(Step.values())
                .map(step -> results.getOrDefault(step, new Result(step, Outcome.SKIPPED, Duration.ZERO, "")))
                .toList());
    }

    private long nanos() {
        return app.lanes().now(TimeUnit.NANOSECONDS);
    }
}
