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
    private volatile @Nullable Connection socket;

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
    protected Mono<Void> start() {
        return address.resolve(app())
                .flatMap(
                        remote -> UdpClient.create().remoteAddress(() -> remote).connect())
                .doOnNext(connected -> socket = connected)
                .onErrorMap(this::named)
                .then();
    }

    @Override
    protected Mono<Void> process(Context context, Object event) {
        byte[] bytes = Packing.bytes(config().name(), event);
        if (bytes.length == 0) {
            // The network library would say that it was sent, and not do it.
            throw new IllegalArgumentException("[" + config().name() + "] cannot send an empty datagram");
        }
        Connection open = socket;
        if (open == null || open.isDisposed()) {
            return start().then(Mono.defer(() -> send(bytes)));
        }
        return send(bytes);
    }

    private Mono<Void> send(byte[] bytes) {
        Connection open = socket;
        if (open == null) {
            return Mono.error(new IllegalStateException(address() + " has been stopped"));
        }
        return FutureMono.deferFuture(() -> open.channel().writeAndFlush(Unpooled.wrappedBuffer(bytes)))
                .onErrorMap(this::named);
    }

    @Override
    protected Mono<Void> stop() {
        return Mono.fromRunnable(() -> {
            Connection open = socket;
            socket = null;
            if (open != null) {
                open.dispose();
            }
        });
    }

    private IOException named(Throwable e) {
        return address.failure(config(), "send to", e);
    }
}
