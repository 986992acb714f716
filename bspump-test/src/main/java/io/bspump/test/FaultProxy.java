package io.bspump.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy on loopback that stands in front of a real server and does what networks do: it refuses, cuts, resets, stalls,
 * delays. A client dials {@link #host} and {@link #port} in place of the server's.
 *
 * <p>A fault lasts until {@link #heal}, and hits the connections that are open as well as those that come; several may be in
 * force together. {@link #cut}, {@link #reset} and {@link #halfClose} happen once, to the connections that are open.
 * {@link #play} does it all by a script.
 *
 * <p>Each connection has two buffers of 256 KiB. What is held back fills them, and then the sender feels back pressure; it
 * comes through when the fault is over. Ends come through as they are: in order, half, or by a reset. When the server cannot
 * be dialled, the client is reset.
 *
 * <p>Thread-safe, except that a script's steps run on the proxy's one thread and must not block. Each method returns when it
 * has been done: after {@link #cut} there is no connection. They throw IllegalStateException when the proxy is closed. Made
 * for Linux; elsewhere the system may give the port to others while it refuses.
 *
 * <pre>{@code
 * try (FaultProxy proxy = FaultProxy.start("127.0.0.1", broker.port())) {
 *     connect("127.0.0.1", proxy.port());
 *     proxy.stall();
 *     ...
 *     proxy.heal();
 * }
 * }</pre>
 */
public final class FaultProxy implements AutoCloseable {

    /** Which way bytes go. */
    public enum Direction {
        /** From the client to the server. */
        TO_SERVER,
        /** From the server to the client. */
        TO_CLIENT
    }

    private final ProxyLinks links;
    private final ProxyPort port;
    private final ProxyLoop loop;
    private volatile @Nullable ScriptPlayer player;

    private FaultProxy(InetSocketAddress target) throws IOException {
        links = new ProxyLinks(target);
        port = new ProxyPort();
        loop = new ProxyLoop("fault-proxy-" + port.address().getPort());
    }

    /**
     * Starts a proxy on a free port of loopback. The server need not be there yet.
     *
     * @param host the server's
     * @param port the server's
     * @throws IllegalArgumentException if the host is not known
     */
    public static FaultProxy start(String host, int port) {
        try {
            FaultProxy proxy = new FaultProxy(address(host, port));
            proxy.begin();
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start a proxy", e);
        }
    }

    private void begin() {
        loop.start(this::end);
        heal();
    }

    /** Returns the address to dial, which is loopback. */
    public String host() {
        return port.address().getAddress().getHostAddress();
    }

    /** Returns the port to dial; the same as long as the proxy lives. */
    public int port() {
        return port.address().getPort();
    }

    /**
     * Sends the connections that come from now on to another server, as a fail-over does.
     *
     * @throws IllegalArgumentException if the host is not known
     */
    public void target(String host, int port) {
        links.target(address(host, port));
    }

    private static InetSocketAddress address(String host, int port) {
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("the host is not known, was '" + host + "'");
        }
        return address;
    }

    /** Undoes every fault, ends the script, and takes new connections. What has been cut stays cut. */
    public void heal() {
        loop.call(() -> {
            stopScript();
            undoFaults();
        });
    }

    void undoFaults() {
        loop.call(() -> {
            for (Direction direction : Direction.values()) {
                links.change(direction, old -> PipeFaults.NONE);
            }
            port.open(loop, client -> links.add(loop, client));
        });
    }

    /** New connections are refused, as where no server listens. Those that are open stay. */
    public void refuse() {
        loop.call(() -> port.shut(loop));
    }

    /** New connections are neither taken nor refused: who dials waits, as before a firewall that drops packets. */
    public void hang() {
        loop.call(() -> port.hang(loop));
    }

    /** {@link #refuse} and {@link #cut}: the server is gone. */
    public void down() {
        loop.call(() -> {
            refuse();
            cut();
        });
    }

    /** Closes every open connection in order, at both ends; what is held back is lost. */
    public void cut() {
        endAll(ProxyEnd.FIN);
    }

    /** Resets every open connection at both ends (a TCP RST); what is held back, or not yet read, is lost. */
    public void reset() {
        endAll(ProxyEnd.RST);
    }

    private void endAll(ProxyEnd how) {
        loop.call(() -> links.forEach(link -> link.close(how)));
    }

    /**
     * Closes one direction of every open connection, behind what is on its way: the far end sees the end of the stream, and
     * the other direction goes on. What is sent that way afterwards is thrown away.
     */
    public void halfClose(Direction direction) {
        loop.call(() -> links.forEach(link -> {
            link.pipe(direction).end(ProxyEnd.FIN);
            link.flow();
        }));
    }

    /**
     * Forwards nothing, in both directions, and closes nothing: connections are half-open. New ones are taken, and the server
     * is dialled when it is over.
     */
    public void stall() {
        both(PipeFaults::stall);
    }

    /** Forwards nothing in one direction, also not that a peer has closed its connection. */
    public void stall(Direction direction) {
        change(direction, PipeFaults::stall);
    }

    /**
     * Delays data in both directions; its order stays.
     *
     * @param delay at least so long
     * @param jitter at most so much longer, at random
     * @throws IllegalArgumentException if one is negative
     */
    public void delay(Duration delay, Duration jitter) {
        both(delayed(delay, jitter));
    }

    /** Delays data in one direction, as {@link #delay(Duration, Duration)} does. */
    public void delay(Direction direction, Duration delay, Duration jitter) {
        change(direction, delayed(delay, jitter));
    }

    private static UnaryOperator<PipeFaults> delayed(Duration delay, Duration jitter) {
        if (delay.isNegative() || jitter.isNegative()) {
            throw new IllegalArgumentException(
                    "delay and jitter must not be negative, were " + delay + " and " + jitter);
        }
        return faults -> faults.delay(delay.toNanos(), jitter.toNanos());
    }

    /**
     * Limits each connection, in each direction.
     *
     * @throws IllegalArgumentException if it is not at least 1
     */
    public void bandwidth(long bytesPerSecond) {
        both(limited(bytesPerSecond));
    }

    /** Limits each connection in one direction, as {@link #bandwidth(long)} does. */
    public void bandwidth(Direction direction, long bytesPerSecond) {
        change(direction, limited(bytesPerSecond));
    }

    private static UnaryOperator<PipeFaults> limited(long bytesPerSecond) {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("bytes per second must be at least 1, was " + bytesPerSecond);
        }
        return faults -> faults.bandwidth(bytesPerSecond);
    }

    /**
     * {@link #cut Cuts} each connection when exactly so many bytes more have been forwarded in this direction, which may be in
     * the middle of a message; 0 is before the next one.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public void cutAfter(Direction direction, long bytes) {
        endAfter(direction, bytes, ProxyEnd.FIN);
    }

    /** {@link #reset Resets} each connection where {@link #cutAfter} cuts it; the last bytes may be lost. */
    public void resetAfter(Direction direction, long bytes) {
        endAfter(direction, bytes, ProxyEnd.RST);
    }

    private void endAfter(Direction direction, long bytes, ProxyEnd how) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes must not be negative, were " + bytes);
        }
        loop.call(() -> {
            links.forEach(link -> link.pipe(direction).countAnew());
            links.change(direction, faults -> faults.endAfter(bytes, how));
        });
    }

    private void both(UnaryOperator<PipeFaults> change) {
        loop.call(() -> {
            links.change(Direction.TO_SERVER, change);
            links.change(Direction.TO_CLIENT, change);
        });
    }

    private void change(Direction direction, UnaryOperator<PipeFaults> change) {
        loop.call(() -> links.change(direction, change));
    }

    /** Begins to play a script, in place of the one that is being played. */
    public void play(FaultScript script) {
        ProxyLinks.LOG.info("Fault script begins, script={} proxy={}", script, this);
        loop.call(() -> {
            stopScript();
            undoFaults();
            ScriptPlayer started = new ScriptPlayer(loop, this, script);
            player = started;
            started.step();
        });
    }

    private void stopScript() {
        ScriptPlayer playing = player;
        if (playing != null) {
            playing.stop();
        }
    }

    /**
     * Waits until the script has been played or was ended; returns at once if none was played.
     *
     * @throws AssertionError if it goes on for longer
     * @throws IllegalStateException if a step of it has failed
     */
    public void awaitScript(Duration timeout) {
        ScriptPlayer playing = player;
        if (playing != null) {
            playing.await(timeout);
        }
    }

    /** Returns how many connections have been taken. One that is refused or hangs leaves no trace. */
    public long accepted() {
        return links.accepted();
    }

    /** Returns how many connections are open, or half-closed, or have an end that is held back by a fault. */
    public long open() {
        return links.open();
    }

    /** Returns how many connections were ended by a reset, on demand or to pass one on. */
    public long resets() {
        return links.resets();
    }

    /** Returns how many connections were taken for which the server could not be dialled. */
    public long failedDials() {
        return links.failedDials();
    }

    /** Returns how many bytes have been forwarded. */
    public long bytes(Direction direction) {
        return links.bytes(direction).get();
    }

    /** Closes the port and all connections, and ends the thread. Does nothing from the second time on. */
    @Override
    public void close() {
        loop.close();
    }

    private void end() {
        stopScript();
        links.forEach(link -> link.close(ProxyEnd.FIN));
        port.close();
    }

    /** Returns both addresses and the counts. */
    @Override
    public String toString() {
        return String.format(
                "fault proxy %s:%d to %s (accepted %d, open %d, resets %d, failed dials %d, bytes to server %d, to client %d)",
                host(),
                port(),
                links.target(),
                accepted(),
                open(),
                resets(),
                failedDials(),
                bytes(Direction.TO_SERVER),
                bytes(Direction.TO_CLIENT));
    }
}
