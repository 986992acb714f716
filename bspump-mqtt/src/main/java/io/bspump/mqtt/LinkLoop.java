package io.bspump.mqtt;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultithreadEventLoopGroup;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.util.concurrent.AbstractEventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.channels.ClosedChannelException;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One link's view of an event loop that it shares with others. It knows the link's channel, so that a dial can be called
 * off, which the driver cannot do; and it lets the channel write many small packets, such as acknowledgements, at once.
 */
final class LinkLoop extends AbstractEventExecutor implements EventLoop {

    /** How many packets are written at once at the most. */
    private static final int FLUSHES = 256;

    private final EventLoop shared;
    private final Promise<?> termination = GlobalEventExecutor.INSTANCE.newPromise();

    /** What the driver wants to do later: it waits for the end of a session, for as long as that takes. */
    private final Set<ScheduledFuture<?>> later = ConcurrentHashMap.newKeySet();

    // Guarded by this.
    private @Nullable Channel channel;
    private boolean closed;

    private LinkLoop(EventLoopGroup group, EventLoop shared) {
        super(group);
        this.shared = shared;
    }

    /** Makes one for a new link. */
    static LinkLoop on(EventLoop shared) {
        return (LinkLoop) new Group(shared).next();
    }

    /** What the driver takes it from. */
    MultithreadEventLoopGroup group() {
        return (MultithreadEventLoopGroup) parent();
    }

    /** Closes the channel, whatever it is about, lets no other one in, and does nothing later. */
    @SuppressWarnings("FutureReturnValueIgnored") // it tells the driver
    void close() {
        Channel last;
        synchronized (this) {
            closed = true;
            last = channel;
        }
        if (last != null) {
            last.close();
        }
        later.forEach(each -> each.cancel(false));
        later.clear();
    }

    private <F extends ScheduledFuture<?>> F remember(F task) {
        later.removeIf(ScheduledFuture::isDone);
        later.add(task);
        return task;
    }

    private synchronized boolean hold(Channel opening) {
        channel = opening;
        return !closed;
    }

    @Override
    public ChannelFuture register(Channel opening) {
        return register(new DefaultChannelPromise(opening, shared));
    }

    @Override
    public ChannelFuture register(ChannelPromise promise) {
        Channel opening = promise.channel();
        if (!hold(opening)) {
            opening.unsafe().closeForcibly();
            return promise.setFailure(new ClosedChannelException());
        }
        opening.pipeline().addFirst(new FlushConsolidationHandler(FLUSHES, true));
        return shared.register(promise);
    }

    @Override
    @Deprecated
    @SuppressWarnings("InlineMeSuggester") // nobody is to call it
    public ChannelFuture register(Channel opening, ChannelPromise promise) {
        return register(promise);
    }

    @Override
    public EventLoopGroup parent() {
        return (EventLoopGroup) super.parent();
    }

    @Override
    public EventLoop next() {
        return this;
    }

    @Override
    public boolean inEventLoop(Thread thread) {
        return shared.inEventLoop(thread);
    }

    @Override
    public void execute(Runnable task) {
        shared.execute(task);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        return remember(shared.schedule(task, delay, unit));
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
        return remember(shared.schedule(task, delay, unit));
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, long first, long period, TimeUnit unit) {
        return remember(shared.scheduleAtFixedRate(task, first, period, unit));
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long first, long delay, TimeUnit unit) {
        return remember(shared.scheduleWithFixedDelay(task, first, delay, unit));
    }

    // The loop belongs to others, who end it.

    @Override
    public boolean isShuttingDown() {
        return shared.isShuttingDown();
    }

    @Override
    public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
        return termination;
    }

    @Override
    public Future<?> terminationFuture() {
        return termination;
    }

    @Override
    @Deprecated
    public void shutdown() {
        close();
    }

    @Override
    public boolean isShutdown() {
        return shared.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return shared.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return shared.isTerminated();
    }

    /** The one child and its group: the only form in which the driver takes an event loop that it does not end. */
    private static final class Group extends MultithreadEventLoopGroup {

        Group(EventLoop shared) {
            super(1, (Executor) Runnable::run, shared);
        }

        @Override
        protected EventLoop newChild(Executor executor, Object... args) {
            return new LinkLoop(this, (EventLoop) args[0]);
        }
    }
}
