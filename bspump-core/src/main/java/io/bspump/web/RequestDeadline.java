package io.bspump.web;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.netty.Connection;

/**
 * Closes a connection whose request does not get complete: the first byte of its head starts a clock that further bytes do
 * not stop. Confined to the event loop of its channel.
 */
final class RequestDeadline extends ChannelInboundHandlerAdapter {

    static final String NAME = "bspump.requestDeadline";

    private final Duration limit;
    private java.util.concurrent.@Nullable Future<?> clock;
    private int underway;

    RequestDeadline(Duration limit) {
        this.limit = limit;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (underway == 0 && clock == null) {
            clock = context.executor().schedule(() -> close(context), limit.toMillis(), TimeUnit.MILLISECONDS);
        }
        super.channelRead(context, message);
    }

    private static void close(ChannelHandlerContext context) {
        Connection.from(context.channel()).dispose();
    }

    /** The head of a request has been read; its body has a clock of its own. */
    void begin() {
        underway++;
        stop();
    }

    /** A request has been answered. */
    void end() {
        underway--;
    }

    private void stop() {
        if (clock != null) {
            clock.cancel(false);
            clock = null;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        stop();
        super.channelInactive(context);
    }
}
