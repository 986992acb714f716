package io.bspump.postgresql;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpResources;

/**
 * The event loops that all share, through which the sockets of one link are known. The driver goes on dialling when nobody
 * wants the result any more, and waits for answers that will not come; closing its sockets ends both.
 */
final class Lines implements LoopResources {

    private final LoopResources shared = TcpResources.get();
    private final @Nullable EventLoop only;
    private final Set<Channel> open = ConcurrentHashMap.newKeySet();

    Lines() {
        only = null;
    }

    /** Those whose sockets all use one of the loops. */
    Lines(EventLoop only) {
        this.only = only;
    }

    /** Returns one of the loops that all share. */
    static EventLoop anyLoop() {
        return TcpResources.get().onClient(LoopResources.DEFAULT_NATIVE).next();
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the listener is all that is wanted
    public <C extends Channel> C onChannel(Class<C> type, EventLoopGroup group) {
        C channel = shared.onChannel(type, group);
        open.add(channel);
        channel.closeFuture().addListener(closed -> open.remove(channel));
        return channel;
    }

    /** Closes all that are open or are being dialled. */
    @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for the far end
    void close() {
        open.stream().filter(Channel::isRegistered).forEach(Channel::close);
    }

    @Override
    public <C extends Channel> Class<? extends C> onChannelClass(Class<C> type, EventLoopGroup group) {
        return shared.onChannelClass(type, group);
    }

    @Override
    public EventLoopGroup onClient(boolean useNative) {
        return only == null ? shared.onClient(useNative) : only;
    }

    @Override
    public EventLoopGroup onServer(boolean useNative) {
        return shared.onServer(useNative);
    }

    @Override
    public EventLoopGroup onServerSelect(boolean useNative) {
        return shared.onServerSelect(useNative);
    }

    @Override
    public boolean daemon() {
        return shared.daemon();
    }
}
