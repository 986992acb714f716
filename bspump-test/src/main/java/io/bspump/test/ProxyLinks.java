package io.bspump.test;

import io.bspump.test.FaultProxy.Direction;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The open connections of a proxy, what is wrong with them, and the counts, which any thread may read. */
final class ProxyLinks {

    static final Logger LOG = LoggerFactory.getLogger(FaultProxy.class);

    private final Set<ProxyLink> links = new LinkedHashSet<>();
    private final Map<Direction, PipeFaults> faults = new EnumMap<>(Direction.class);
    private final Map<Direction, AtomicLong> bytes =
            Map.of(Direction.TO_SERVER, new AtomicLong(), Direction.TO_CLIENT, new AtomicLong());
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong ended = new AtomicLong();
    private final AtomicLong resets = new AtomicLong();
    private final AtomicLong failedDials = new AtomicLong();
    private volatile InetSocketAddress target;

    ProxyLinks(InetSocketAddress target) {
        this.target = target;
        faults.put(Direction.TO_SERVER, PipeFaults.NONE);
        faults.put(Direction.TO_CLIENT, PipeFaults.NONE);
    }

    void add(ProxyLoop loop, SocketChannel client) throws IOException {
        ProxyLink link = new ProxyLink(loop, this, client);
        links.add(link);
        accepted.incrementAndGet();
        link.flow();
    }

    void ended(ProxyLink link, ProxyEnd how) {
        links.remove(link);
        if (how == ProxyEnd.RST) {
            resets.incrementAndGet();
        }
        ended.incrementAndGet();
    }

    void dialFailed(IOException e) {
        failedDials.incrementAndGet();
        LOG.debug("The server was not reached, address={} error={}", target, e.toString());
    }

    void forEach(Consumer<ProxyLink> action) {
        List.copyOf(links).forEach(action);
    }

    void change(Direction direction, UnaryOperator<PipeFaults> change) {
        PipeFaults now = change.apply(faults(direction));
        faults.put(direction, now);
        forEach(link -> {
            link.pipe(direction).apply(now);
            link.flow();
        });
    }

    PipeFaults faults(Direction direction) {
        return faults.getOrDefault(direction, PipeFaults.NONE);
    }

    AtomicLong bytes(Direction direction) {
        return Objects.requireNonNull(bytes.get(direction));
    }

    InetSocketAddress target() {
        return target;
    }

    void target(InetSocketAddress address) {
        target = address;
    }

    long accepted() {
        return accepted.get();
    }

    long open() {
        // In this order, so that it is never negative.
        long gone = ended.get();
        return accepted.get() - gone;
    }

    long resets() {
        return resets.get();
    }

    long failedDials() {
        return failedDials.get();
    }
}
