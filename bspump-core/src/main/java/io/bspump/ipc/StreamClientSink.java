package io.bspump.ipc;

import io.bspump.Application;
import io.bspump.Batch;
import io.bspump.BatchSink;
import io.bspump.Pipeline;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.tcp.TcpClient;

/**
 * Sends events over a TCP connection, {@code byte[]} as they are and text in UTF-8: a line each unless {@code framing} says
 * otherwise. Events of other types, and in lines those that contain LF, fail one by one.
 *
 * <p>Without {@code ack} an event is delivered when the operating system has taken it: what has not reached the peer when
 * it vanishes is lost without an error. With {@code ack} an event is delivered when the peer has answered with that line,
 * one for each event in order, as {@link StreamServerSource} does when the event has settled there; then nothing is lost.
 *
 * <p>The connection is made for the first batch and again after it was lost. A connection that cannot be made, breaks, or
 * does not take or confirm a batch within {@code write_timeout} fails the batch, which the pipeline retries by its policy:
 * without {@code retry_attempts} it stops. A batch that is tried again may arrive twice in part.
 */
public final class StreamClientSink extends BatchSink<Object> {

    public static final Options OPTIONS = Options.of(
            Option.string(Address.KEY).defaultTo("127.0.0.1:8888").doc("Where to connect, HOST:PORT."),
            Framing.OPTION,
            Option.string("ack")
                    .defaultTo("")
                    .doc(
                            "The line with which the peer confirms an event; if empty, an event is confirmed when written."),
            Option.duration("connect_timeout")
                    .between(Duration.ofMillis(1), Duration.ofDays(1))
                    .defaultTo("10s")
                    .doc("How long connecting may take."),
            Option.duration("write_timeout")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("10s")
                    .doc("How long a batch may take to be written and, with `ack`, confirmed."),
            Option.duration("linger")
                    .defaultTo("10ms")
                    .doc("How long the first event of a batch waits for others at the most."));

    private final Address address;
    private final Framing framing;
    private final String acknowledgement;
    private final Duration connectTimeout;
    private final Duration writeTimeout;

    // Guarded by this.
    private @Nullable Mono<Peer> connecting;
    private @Nullable Peer peer;
    private boolean stopped;

    /** Creates a sink whose id is {@code StreamClientSink}. */
    public StreamClientSink(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code StreamClientSink}
     * @param config values that go above the class's defaults and below the file
     */
    public StreamClientSink(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        address = Address.of(config(), "127.0.0.1", 1);
        framing = config().getEnum(Framing.KEY, Framing.class);
        acknowledgement = config().get("ack");
        connectTimeout = config().getDuration("connect_timeout");
        writeTimeout = config().getDuration("write_timeout");
    }

    @Override
    protected Mono<Void> start() {
        return Mono.fromRunnable(this::open);
    }

    private synchronized void open() {
        stopped = false;
    }

    @Override
    protected Mono<Void> process(Batch<Object> batch) {
        Packing packing = new Packing(framing);
        for (int i = 0; i < batch.size(); i++) {
            IllegalArgumentException refused = packing.add(config().name(), batch.get(i));
            if (refused != null) {
                batch.fail(i, refused);
            }
        }
        if (packing.events() == 0) {
            return Mono.empty();
        }
        return peer().flatMap(connected -> send(connected, packing)).onErrorMap(this::named);
    }

    private Mono<Void> send(Peer connected, Packing packing) {
        // What has timed out or was cut may be half written: nothing can follow it.
        return connected
                .send(packing.packed(), packing.events())
                .timeout(writeTimeout)
                .doOnError(TimeoutException.class, e -> connected.close())
                .doOnCancel(connected::close)
                .onErrorMap(
                        TimeoutException.class,
                        e -> new IOException("a batch was not " + (acknowledgement.isEmpty() ? "taken" : "confirmed")
                                + " within " + writeTimeout.toMillis() + " ms"));
    }

    private synchronized Mono<Peer> peer() {
        Peer current = peer;
        if (current != null && !current.isLost()) {
            return Mono.just(current);
        }
        Mono<Peer> begun = connecting;
        if (begun == null) {
            begun = connect()
                    .doOnNext(this::connected)
                    .doOnTerminate(this::endConnecting)
                    .cache();
            connecting = begun;
        }
        return begun;
    }

    private synchronized void connected(Peer made) {
        peer = made;
        if (stopped) {
            made.close();
        }
    }

    private synchronized void endConnecting() {
        connecting = null;
    }

    private Mono<Peer> connect() {
        return address.resolve(app())
                .flatMap(remote -> TcpClient.newConnection()
                        .remoteAddress(() -> remote)
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) connectTimeout.toMillis())
                        .option(ChannelOption.SO_KEEPALIVE, true)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .connect())
                .map(connection -> new Peer(connection, acknowledgement));
    }

    @Override
    protected Mono<Void> stop() {
        return Mono.fromRunnable(this::close);
    }

    private synchronized void close() {
        stopped = true;
        Peer last = peer;
        peer = null;
        if (last != null) {
            last.close();
        }
    }

    private IOException named(Throwable e) {
        return address.failure(config(), "send to", e);
    }
}
