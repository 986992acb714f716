package io.bspump.ipc;

import io.bspump.Emission;
import io.bspump.Partition;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.FutureMono;

/** A peer that has connected to a {@link StreamServerSource}. */
final class Client {

    /** What an event holds in memory besides its bytes, about. */
    private static final int OVERHEAD = 100;

    private final Connection connection;
    /** Taken while it is there: a closed channel has none. */
    private final EventLoop loop;

    private final Frames frames;
    private final byte[] acknowledgement;
    private final BiConsumer<Client, Throwable> broken;
    private final Map<String, Object> values;
    private final @Nullable Partition order;
    private final AtomicInteger owed = new AtomicInteger();
    private final String peer;

    /** Since when something is waited for, as {@link System#nanoTime}; 0 while nothing is. */
    private volatile long waitingSince;

    private boolean refused;

    /**
     * @param acknowledgement what is sent for each event that has settled; nothing if empty
     * @param broken is told why the connection had to be given up
     */
    Client(Connection connection, Frames frames, byte[] acknowledgement, BiConsumer<Client, Throwable> broken) {
        this.connection = connection;
        this.loop = connection.channel().eventLoop();
        this.frames = frames;
        this.acknowledgement = acknowledgement;
        this.broken = broken;
        this.order = acknowledgement.length == 0 ? null : new Partition();
        this.peer = text(connection.channel().remoteAddress());
        this.values = Map.of(
                "stream_type",
                "tcp",
                "stream_dir",
                "in",
                "stream_peer",
                peer,
                "stream_me",
                text(connection.channel().localAddress()));
    }

    private static String text(@Nullable SocketAddress address) {
        return address == null ? "gone" : address.toString().replaceFirst("^.*/", "");
    }

    /** One event of a client. */
    static final class Received extends Emission<byte[]> {

        private final Client client;

        Received(Client client, byte[] event) {
            super(client.order, event, (long) event.length + OVERHEAD, client.values);
            this.client = client;
        }

        /** Tells the client that the event has settled. */
        void acknowledge() {
            client.acknowledge();
        }
    }

    /** Takes a piece of what the peer has sent, when {@link #cut} has given all there was. */
    void add(byte[] bytes) {
        frames.add(bytes);
    }

    /** Returns the next event, or null when there is none; the one at the end of the stream if that is asked for. */
    byte @Nullable [] cut(boolean last) {
        if (refused) {
            return null;
        }
        try {
            return last ? frames.tail() : frames.next();
        } catch (IOException e) {
            refused = true;
            giveUp(e);
            return null;
        }
    }

    private void giveUp(Throwable reason) {
        broken.accept(this, reason);
        connection.dispose();
    }

    /** What comes, read on demand; ends with the connection, and never fails. */
    Flux<Piece> pieces() {
        Piece end = new Piece(this, null);
        return connection
                .inbound()
                .receive()
                .asByteArray()
                .doOnRequest(n -> waitingSince = System.nanoTime() | 1)
                .doOnNext(bytes -> waitingSince = 0)
                .map(bytes -> new Piece(this, bytes))
                .concatWithValues(end)
                .onErrorResume(e -> {
                    // The peer did not say that what it had begun is whole.
                    broken.accept(this, e);
                    return Mono.empty();
                });
    }

    /** Closes the connection once it has been waited for something that long in vain. */
    void closeWhenIdle(Duration timeout) {
        long period = Math.max(1, timeout.toNanos() / 4);
        var watch = loop.scheduleAtFixedRate(() -> closeIfIdle(timeout), period, period, TimeUnit.NANOSECONDS);
        connection.onDispose(() -> watch.cancel(false));
    }

    private void closeIfIdle(Duration timeout) {
        long since = waitingSince;
        if (since != 0 && System.nanoTime() - since >= timeout.toNanos()) {
            giveUp(new IOException("nothing came for " + timeout.toMillis() + " ms"));
        }
    }

    private void acknowledge() {
        if (owed.getAndIncrement() == 0) {
            loop.execute(this::sendOwed);
        }
    }

    private void sendOwed() {
        int count = owed.getAndSet(0);
        Channel channel = connection.channel();
        if (!channel.isActive()) {
            return;
        }
        if (!channel.isWritable()) {
            giveUp(new IOException("it does not read its acknowledgements"));
            return;
        }
        ByteBuf text = Unpooled.buffer(count * acknowledgement.length);
        for (int i = 0; i < count; i++) {
            text.writeBytes(acknowledgement);
        }
        channel.writeAndFlush(text).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    /** Closes the connection behind what is on its way to the peer. */
    Mono<Void> close() {
        Channel channel = connection.channel();
        return FutureMono.deferFuture(() -> {
            loop.execute(() -> channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE));
            return channel.closeFuture();
        });
    }

    /** Closes the connection at once. */
    void abort() {
        connection.dispose();
    }

    /** The address of the peer. */
    @Override
    public String toString() {
        return peer;
    }
}
