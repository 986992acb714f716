package io.bspump.ipc;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Sink;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.FutureMono;
import reactor.netty.udp.UdpClient;

/**
 * Sends each event as a UDP datagram, {@code byte[]} as it is and text in UTF-8. Events of other types, empty ones, and those larger than
 * a datagram may be (65 507 bytes over IPv4), fail.
 *
 * <p>An event is delivered when the operating system has taken it; nobody tells whether it arrives. When the host of the peer
 * has said that nobody listens there, a later event fails with that error.
 */
public final class DatagramSink extends Sink<Object> {

    public static final Options OPTIONS =
            Options.of(Option.string(Address.KEY).defaultTo("127.0.0.1:8888").doc("Where to send to, HOST:PORT."));

    private final Address address;
    // Guarded by this.
    private @Nullable Mono<Connection> opening;
    private @Nullable Connection socket;
    private boolean stopped;

    /** Creates a sink whose id is {@code DatagramSink}. */
    public DatagramSink(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code DatagramSink}
     * @param config values that go above the class's defaults and below the file
     */
    public DatagramSink(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        address = Address.of(config(), "127.0.0.1", 1);
    }

    @Override
    protected Mono<Void> process(Context context, Object event) {
        byte[] bytes = Packing.bytes(config().name(), event);
        if (bytes.length == 0) {
            // The network library would say that it was sent, and not do it.
            throw new IllegalArgumentException("[" + config().name() + "] cannot send an empty datagram");
        }
        return socket().flatMap(open -> send(open, bytes)).onErrorMap(this::named);
    }

    private static Mono<Void> send(Connection open, byte[] bytes) {
        return FutureMono.deferFuture(() -> open.channel().writeAndFlush(Unpooled.wrappedBuffer(bytes)));
    }

    private synchronized Mono<Connection> socket() {
        Connection open = socket;
        if (open != null && !open.isDisposed()) {
            return Mono.just(open);
        }
        Mono<Connection> begun = opening;
        if (begun == null) {
            begun = open().doOnNext(this::opened)
                    .doOnTerminate(this::endOpening)
                    .cache();
            opening = begun;
        }
        return begun;
    }

    private Mono<Connection> open() {
        return address.resolve(app())
                .flatMap(
                        remote -> UdpClient.create().remoteAddress(() -> remote).connect())
                .cast(Connection.class);
    }

    private synchronized void opened(Connection made) {
        socket = made;
        if (stopped) {
            made.dispose();
        }
    }

    private synchronized void endOpening() {
        opening = null;
    }

    @Override
    protected Mono<Void> start() {
        return Mono.fromRunnable(() -> stop(false));
    }

    @Override
    protected Mono<Void> stop() {
        return Mono.fromRunnable(() -> stop(true));
    }

    private synchronized void stop(boolean now) {
        stopped = now;
        Connection open = socket;
        socket = null;
        if (open != null) {
            open.dispose();
        }
    }

    private IOException named(Throwable e) {
        return address.failure(config(), "send to", e);
    }
}
