package io.bspump.ipc;

import io.bspump.Application;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.Settlement;
import io.bspump.Source;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.tcp.TcpServer;

/**
 * Listens on a TCP port; what its peers send are the events, as {@code byte[]}: a line each unless {@code framing} says
 * otherwise. The context has {@code stream_peer}, {@code stream_me}, {@code stream_type} and {@code stream_dir}.
 *
 * <p>TCP has no acknowledgements of events, so delivery is at most once: what was read and has not settled is lost when
 * the process dies, and so is what the operating system holds. With {@code ack} each peer is sent that text and LF for
 * each of its events, in order, once it has settled; a peer that keeps what has not been acknowledged and sends it again
 * over its next connection has at least once. {@link StreamClientSink} is such a peer.
 *
 * <p>A peer is read from only when the pipeline has room; of what it sends at most 64 kB are held besides the line that has
 * begun. A peer that breaks the rules is disconnected and logged; that does not disturb the others. The line in front of a
 * regular end of the connection is an event even without LF, the one in front of a reset is not.
 */
public final class StreamServerSource extends Source<byte[]> {

    public static final Options OPTIONS = Options.of(
            Option.string(Address.KEY)
                    .defaultTo("127.0.0.1:8888")
                    .doc("Where to listen, HOST:PORT; `*:PORT` is every interface, port 0 a free port."),
            Framing.OPTION,
            Option.size("max_line_size")
                    .between(1, 1_000_000_000)
                    .defaultTo("1MB")
                    .doc("What no line or event may exceed; a peer that sends a longer one is disconnected."),
            Option.integer("max_clients")
                    .between(1, 1_000_000)
                    .defaultTo(1000)
                    .doc("How many peers may be connected; more are disconnected at once."),
            Option.duration("idle_timeout")
                    .defaultTo("0s")
                    .doc("After which time of silence a peer is disconnected; 0 is never."),
            Option.string("ack")
                    .defaultTo("")
                    .doc("What is sent to the peer, with LF, for each event that has settled; nothing if empty."),
            Option.integer("backlog")
                    .between(1, 65_535)
                    .defaultTo(128)
                    .doc("How many connections the operating system keeps waiting."));

    private static final Logger LOG = LoggerFactory.getLogger(StreamServerSource.class);
    private static final int READ_SIZE = 1 << 16;
    private static final WriteBufferWaterMark ACK_BUFFER = new WriteBufferWaterMark(1 << 19, 1 << 20);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    private final Address address;
    private final Framing framing;
    private final int maxLine;
    private final int maxClients;
    private final Duration idleTimeout;
    private final byte[] acknowledgement;
    private final AtomicInteger count = new AtomicInteger();
    private final Set<Client> clients = ConcurrentHashMap.newKeySet();
    private volatile @Nullable DisposableServer server;

    /** Creates a source whose id is {@code StreamServerSource}. */
    public StreamServerSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code StreamServerSource}
     * @param config values that go above the class's defaults and below the file
     */
    public StreamServerSource(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        address = Address.of(config(), "0.0.0.0", 0);
        framing = config().getEnum(Framing.KEY, Framing.class);
        maxLine = (int) config().getSize("max_line_size");
        maxClients = config().getInt("max_clients");
        idleTimeout = config().getDuration("idle_timeout");
        String ack = config().get("ack");
        acknowledgement = ack.isEmpty() ? new byte[0] : (ack + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Returns where it listens now; nothing while it does not. Any thread. */
    public Optional<InetSocketAddress> listening() {
        DisposableServer now = server;
        return now == null ? Optional.empty() : Optional.of((InetSocketAddress) now.address());
    }

    @Override
    protected Flux<Emission<byte[]>> events() {
        return Flux.create(this::listen)
                .flatMap(client -> client.pieces().doFinally(end -> count.decrementAndGet()), Integer.MAX_VALUE, 1)
                .concatMapIterable(piece -> () -> piece, 1);
    }

    private void listen(FluxSink<Client> accepted) {
        int backlog = config().getInt("backlog");
        accepted.onDispose(address.resolve(app())
                .flatMap(local -> TcpServer.create()
                        .bindAddress(() -> local)
                        .option(ChannelOption.SO_BACKLOG, backlog)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.SO_KEEPALIVE, true)
                        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, ACK_BUFFER)
                        .childOption(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new AdaptiveRecvByteBufAllocator(64, 2048, READ_SIZE).maxMessagesPerRead(1))
                        .doOnConnection(connection -> accept(connection, accepted))
                        .bind())
                .subscribe(bound -> serve(bound, accepted), e -> accepted.error(named(e))));
        accepted.onCancel(this::unbind);
    }

    private void serve(DisposableServer bound, FluxSink<Client> accepted) {
        server = bound;
        if (accepted.isCancelled()) {
            bound.dispose();
            return;
        }
        LOG.info("[{}] listens on {}", config().name(), bound.address());
        bound.onDispose(() -> closed(accepted));
    }

    private void closed(FluxSink<Client> accepted) {
        if (!accepted.isCancelled()) {
            accepted.error(named(new IOException("the socket was closed")));
        }
    }

    private void accept(Connection connection, FluxSink<Client> accepted) {
        Client client = new Client(connection, framing.frames(maxLine), acknowledgement, this::broken);
        if (accepted.isCancelled()) {
            connection.dispose();
            return;
        }
        if (count.incrementAndGet() > maxClients) {
            count.decrementAndGet();
            LOG.warn("[{}] refuses {}: {} peers are connected, max_clients", config().name(), client, maxClients);
            connection.dispose();
            return;
        }
        clients.add(client);
        connection.onDispose(() -> clients.remove(client));
        if (!idleTimeout.isZero()) {
            client.closeWhenIdle(idleTimeout);
        }
        accepted.next(client);
    }

    private void broken(Client client, Throwable reason) {
        LOG.warn("[{}] gives up the connection of {}: {}", config().name(), client, reason.getMessage());
    }

    private void unbind() {
        DisposableServer bound = server;
        if (bound != null) {
            bound.dispose();
        }
    }

    @Override
    protected void settled(Emission<?> emission, Settlement how) {
        if (acknowledgement.length > 0 && emission instanceof Client.Received received) {
            received.acknowledge();
        }
    }

    @Override
    protected Mono<Void> stop() {
        return Mono.defer(() -> {
            DisposableServer bound = server;
            server = null;
            Mono<Void> closed = Mono.when(clients.stream().map(Client::close).toList())
                    .timeout(CLOSE_TIMEOUT)
                    .onErrorResume(e -> Mono.fromRunnable(() -> clients.forEach(Client::abort)));
            if (bound == null) {
                return closed;
            }
            bound.dispose();
            return closed.then(bound.onDispose());
        });
    }

    private IOException named(Throwable e) {
        return address.failure(config(), "listen on", e);
    }
}
