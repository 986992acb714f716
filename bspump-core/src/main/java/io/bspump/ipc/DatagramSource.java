package io.bspump.ipc;

import io.bspump.Application;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.Source;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.micrometer.core.instrument.FunctionCounter;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.udp.UdpServer;

/**
 * Listens on a UDP port; each datagram is an event, as {@code byte[]}. The context has {@code stream_peer} and {@code
 * stream_type}.
 *
 * <p>Delivery is at most once, and UDP itself may lose, repeat and reorder. The socket is read only when the pipeline has
 * room; what comes meanwhile waits in the buffer of the operating system ({@code receiver_buffer_size}), which drops what it
 * cannot hold without a word. Datagrams larger than {@code max_packet_size} are dropped whole and counted in the meter {@code
 * bspump.datagram.oversized}.
 */
public final class DatagramSource extends Source<byte[]> {

    public static final Options OPTIONS = Options.of(
            Option.string(Address.KEY)
                    .defaultTo("127.0.0.1:8888")
                    .doc("Where to listen, HOST:PORT; `*:PORT` is every interface, port 0 a free port."),
            Option.size("max_packet_size")
                    .between(1, 1 << 16)
                    .defaultTo(1 << 16)
                    .doc("What no datagram may exceed; larger ones are dropped."),
            Option.size("receiver_buffer_size")
                    .between(0, Integer.MAX_VALUE)
                    .defaultTo(0)
                    .doc("The buffer to ask the operating system for; 0 leaves that to it."));

    private static final Logger LOG = LoggerFactory.getLogger(DatagramSource.class);
    private static final int OVERHEAD = 100;

    private final Address address;
    private final int maxPacket;
    private final int bufferSize;
    private final AtomicLong oversized = new AtomicLong();
    private volatile @Nullable Bound socket;
    private @Nullable FunctionCounter meter;

    /** Creates a source whose id is {@code DatagramSource}. */
    public DatagramSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code DatagramSource}
     * @param config values that go above the class's defaults and below the file
     */
    public DatagramSource(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        address = Address.of(config(), "0.0.0.0", 0);
        maxPacket = (int) config().getSize("max_packet_size");
        bufferSize = (int) config().getSize("receiver_buffer_size");
    }

    /** Returns where it listens now; nothing while it does not. Any thread. */
    public Optional<InetSocketAddress> listening() {
        Bound now = socket;
        return now == null || now.connection().isDisposed()
                ? Optional.empty()
                : Optional.of((InetSocketAddress) now.connection().channel().localAddress());
    }

    @Override
    protected Mono<Void> start() {
        return Mono.fromRunnable(() -> {
            meter = FunctionCounter.builder("bspump.datagram.oversized", oversized, AtomicLong::doubleValue)
                    .description("Datagrams dropped because they were larger than max_packet_size")
                    .tag("pipeline", pipeline().id())
                    .tag("processor", id())
                    .register(app().meterRegistry());
        });
    }

    @Override
    protected Flux<Emission<byte[]>> events() {
        return Flux.usingWhen(bind(), bound -> received(bound.connection()), Bound::release);
    }

    private Mono<Bound> bind() {
        return address.resolve(app())
                .flatMap(local -> server().bindAddress(() -> local).bind())
                .map(bound -> new Bound(bound, bound.channel().eventLoop()))
                .doOnNext(bound -> {
                    socket = bound;
                    LOG.info(
                            "[{}] listens on {}",
                            config().name(),
                            bound.connection().channel().localAddress());
                })
                .onErrorMap(e -> address.failure(config(), "listen on", e));
    }

    private UdpServer server() {
        // One byte more than is allowed tells the larger ones, of which the system gives the beginning only.
        UdpServer server = UdpServer.create()
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(maxPacket + 1));
        return bufferSize == 0 ? server : server.option(ChannelOption.SO_RCVBUF, bufferSize);
    }

    private Flux<Emission<byte[]>> received(Connection connection) {
        return connection.inbound().receiveObject().cast(DatagramPacket.class).mapNotNull(this::emission);
    }

    private @Nullable Emission<byte[]> emission(DatagramPacket packet) {
        int length = packet.content().readableBytes();
        if (length > maxPacket) {
            oversized.incrementAndGet();
            return null;
        }
        byte[] event = ByteBufUtil.getBytes(packet.content());
        String peer = packet.sender().toString().replaceFirst("^.*/", "");
        return new Emission<>(null, event, (long) length + OVERHEAD, Map.of("stream_type", "udp", "stream_peer", peer));
    }

    @Override
    protected Mono<Void> stop() {
        return Mono.defer(() -> {
            FunctionCounter registered = meter;
            if (registered != null) {
                app().meterRegistry().remove(registered);
            }
            Bound bound = socket;
            return bound == null ? Mono.empty() : bound.release();
        });
    }

    /** A socket and its event loop, which a closed channel no longer tells. */
    private record Bound(Connection connection, EventLoop loop) {

        /** Closes the socket; completes when its port is free, which Java sees to when the selector comes round again. */
        Mono<Void> release() {
            connection.dispose();
            return connection.onDispose().then(Mono.create(released -> {
                Future<?> turn = loop.schedule(() -> released.success(), 1, TimeUnit.MILLISECONDS);
                released.onCancel(() -> turn.cancel(false));
            }));
        }
    }
}
