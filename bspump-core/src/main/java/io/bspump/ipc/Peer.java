package io.bspump.ipc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.netty.Connection;

/** The connection of a {@link StreamClientSink}. What is not marked otherwise is confined to the thread of its channel. */
final class Peer {

    private static final int LONGEST_ACKNOWLEDGEMENT = 10_000;

    private final Connection connection;
    /** Taken while it is there: a closed channel has none. */
    private final EventLoop loop;

    private final byte[] acknowledgement;
    private final LineFrames answers = new LineFrames(LONGEST_ACKNOWLEDGEMENT);
    private final Queue<Sent> unconfirmed = new ArrayDeque<>();
    private volatile boolean lost;

    /** What was written and not confirmed. */
    private static final class Sent {
        private final MonoSink<Void> end;
        private int outstanding;

        Sent(MonoSink<Void> end, int outstanding) {
            this.end = end;
            this.outstanding = outstanding;
        }
    }

    /**
     * Begins to read what the peer says, so that it is noticed when it goes.
     *
     * @param acknowledgement the line by which it confirms an event; nothing if it does not
     */
    Peer(Connection connection, String acknowledgement) {
        this.connection = connection;
        this.loop = connection.channel().eventLoop();
        this.acknowledgement = acknowledgement.getBytes(StandardCharsets.UTF_8);
        connection
                .inbound()
                .receive()
                .asByteArray()
                .subscribe(this::heard, this::lose, () -> lose(new IOException("the peer has closed the connection")));
    }

    /** Whether it is no use any more. Any thread. */
    boolean isLost() {
        return lost || connection.isDisposed();
    }

    /** Writes the bytes; completes when the peer has confirmed that many events or, if it does not, when they are written. */
    Mono<Void> send(byte[] bytes, int events) {
        return Mono.create(end -> loop.execute(() -> write(bytes, new Sent(end, events))));
    }

    private void write(byte[] bytes, Sent sent) {
        if (isLost()) {
            sent.end.error(new IOException("the connection is lost"));
            return;
        }
        unconfirmed.add(sent);
        Channel channel = connection.channel();
        ByteBuf buffer = Unpooled.wrappedBuffer(bytes);
        channel.writeAndFlush(buffer).addListener(written -> {
            if (!written.isSuccess()) {
                lose(written.cause());
            } else if (acknowledgement.length == 0) {
                unconfirmed.remove(sent);
                sent.end.success();
            }
        });
    }

    private void heard(byte[] bytes) {
        if (acknowledgement.length == 0) {
            return;
        }
        try {
            answers.add(bytes);
            for (byte[] line = answers.next(); line != null; line = answers.next()) {
                confirm(line);
            }
        } catch (IOException e) {
            lose(e);
        }
    }

    private void confirm(byte[] line) throws IOException {
        Sent first = unconfirmed.peek();
        if (first == null || !Arrays.equals(line, acknowledgement)) {
            throw new IOException("the peer answers what is no acknowledgement");
        }
        first.outstanding--;
        if (first.outstanding == 0) {
            unconfirmed.remove();
            first.end.success();
        }
    }

    private void lose(Throwable reason) {
        lost = true;
        for (Sent sent = unconfirmed.poll(); sent != null; sent = unconfirmed.poll()) {
            sent.end.error(reason);
        }
        connection.dispose();
    }

    /** Closes the connection. Any thread. */
    void close() {
        lost = true;
        connection.dispose();
    }
}
