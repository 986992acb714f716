package io.bspump.test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a proxied connection: bytes from one socket to the other, held back as its faults say. When its buffer is
 * full it does not read, and so the sender feels back pressure. Used on the loop's thread only.
 */
final class ProxyPipe {

    /** How many bytes it holds before it stops reading. */
    static final int BUFFER = 256 * 1024;

    private static final int READ = 32 * 1024;
    private static final long SECOND = 1_000_000_000;

    /** A limited pipe sends a slice of a second's bytes at once, and may make up for as much lost time. */
    private static final long SLICES = 50;

    private record Chunk(ByteBuffer data, long arrived, double luck) {}

    private final ProxyLoop loop;
    private final ProxyLink link;
    private final AtomicLong count;
    private final ByteBuffer input = ByteBuffer.allocate(READ);
    private final Deque<Chunk> chunks = new ArrayDeque<>();
    private int held;
    private PipeFaults faults;
    private long forwarded;
    private long busyUntil = System.nanoTime();
    private boolean blocked;
    private boolean sourceEnded;
    private @Nullable ProxyEnd end;
    private long endArrived;
    private boolean finished;
    private ProxyLoop.@Nullable Timer timer;

    ProxyPipe(ProxyLoop loop, ProxyLink link, PipeFaults faults, AtomicLong count) {
        this.loop = loop;
        this.link = link;
        this.faults = faults;
        this.count = count;
    }

    boolean stalled() {
        return faults.stalled();
    }

    boolean wantsToRead() {
        return !sourceEnded && held < BUFFER;
    }

    /** Whether it waits for room in the socket it writes to. */
    boolean wantsToWrite() {
        return blocked;
    }

    /** Whether the far end has been told that nothing more comes. */
    boolean finished() {
        return finished;
    }

    void apply(PipeFaults now) {
        faults = now;
        busyUntil = System.nanoTime();
    }

    void countAnew() {
        forwarded = 0;
    }

    void read(SocketChannel from) {
        try {
            int read = from.read(input.clear());
            if (read < 0) {
                sourceEnded = true;
                end(ProxyEnd.FIN);
            } else if (read > 0 && end == null) {
                keep(input.flip());
            }
        } catch (IOException e) {
            // A reset by the peer: it travels on, behind the data that came before it.
            sourceEnded = true;
            end(ProxyEnd.RST);
        }
    }

    private void keep(ByteBuffer data) {
        ByteBuffer copy = ByteBuffer.allocate(data.remaining()).put(data).flip();
        held += copy.remaining();
        chunks.add(
                new Chunk(copy, System.nanoTime(), ThreadLocalRandom.current().nextDouble()));
    }

    /** Nothing after this comes through; the first end counts, but a reset comes after anything. */
    void end(ProxyEnd how) {
        if (end == null || how == ProxyEnd.RST) {
            end = how;
            endArrived = System.nanoTime();
        }
    }

    /** The socket it writes to is dead: what it holds, and what comes, has nowhere to go. */
    void drop() {
        end(ProxyEnd.FIN);
        finished = true;
        blocked = false;
        chunks.clear();
        held = 0;
    }

    /** Forwards what may go now, and comes back for the rest. */
    void flow(SocketChannel to) {
        stop();
        blocked = false;
        try {
            boolean more = true;
            while (more) {
                more = forwardSome(to);
            }
        } catch (IOException e) {
            link.broken(this);
        }
    }

    void stop() {
        if (timer != null) {
            loop.cancel(timer);
            timer = null;
        }
    }

    /** Returns whether there may be more to do at once. */
    private boolean forwardSome(SocketChannel to) throws IOException {
        if (faults.stalled() || (finished && end != ProxyEnd.RST)) {
            return false;
        }
        Chunk head = chunks.peek();
        if (head == null) {
            return finish(to);
        }
        long wait = Math.max(dueIn(head.arrived(), head.luck()), busyUntil - System.nanoTime());
        if (wait > 0) {
            timer = loop.after(wait, link::flow);
            return false;
        }
        return write(to, head.data());
    }

    private long dueIn(long arrived, double luck) {
        return arrived + faults.delayNanos() + (long) (luck * faults.jitterNanos()) - System.nanoTime();
    }

    private boolean finish(SocketChannel to) throws IOException {
        if (end == null) {
            return false;
        }
        long wait = dueIn(endArrived, 0);
        if (wait > 0) {
            timer = loop.after(wait, link::flow);
        } else if (end == ProxyEnd.RST) {
            link.close(ProxyEnd.RST);
        } else {
            finished = true;
            to.shutdownOutput();
        }
        return false;
    }

    private boolean write(SocketChannel to, ByteBuffer data) throws IOException {
        long allowed = Math.min(data.remaining(), Math.min(slice(), faults.endAfter() - forwarded));
        int limit = data.limit();
        data.limit(data.position() + (int) Math.max(0, allowed));
        int written = to.write(data);
        boolean full = data.hasRemaining();
        data.limit(limit);
        wrote(written);
        if (!data.hasRemaining()) {
            chunks.remove();
        }
        if (forwarded >= faults.endAfter()) {
            link.close(faults.end());
            return false;
        }
        blocked = full;
        return !full;
    }

    private long slice() {
        long limit = faults.bytesPerSecond();
        return limit == PipeFaults.UNLIMITED ? limit : Math.max(1, limit / SLICES);
    }

    private void wrote(int bytes) {
        held -= bytes;
        forwarded += bytes;
        count.addAndGet(bytes);
        if (faults.bytesPerSecond() != PipeFaults.UNLIMITED) {
            busyUntil =
                    Math.max(busyUntil, System.nanoTime() - SECOND / SLICES) + bytes * SECOND / faults.bytesPerSecond();
        }
    }
}
