package io.bspump.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** The one thread of a proxy: it waits for channels and runs commands and timers, so that nothing else needs a lock. */
final class ProxyLoop {

    /** What is done when a channel is ready. */
    interface Ready {
        void ready(SelectionKey key);
    }

    /** Something to do later. Used on the loop's thread only. */
    static final class Timer {
        private final long nanos;
        private final Runnable task;

        private Timer(long nanos, Runnable task) {
            this.nanos = nanos;
            this.task = task;
        }
    }

    private record Command(Runnable task, CompletableFuture<Void> done) {}

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Thread thread;
    private final Selector selector;
    private final long start = System.nanoTime();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong(timer -> timer.nanos - start));
    // Guarded by itself, as is ended.
    private final Queue<Command> commands = new ArrayDeque<>();
    private boolean ended;
    private boolean running = true;
    private volatile @Nullable Throwable failure;

    private Runnable atEnd = () -> {};

    ProxyLoop(String name) throws IOException {
        selector = Selector.open();
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    /**
     * Starts the thread.
     *
     * @param closing closes what is open, on the thread, when it ends for any reason
     */
    void start(Runnable closing) {
        atEnd = closing;
        thread.start();
    }

    /**
     * Runs a command on the thread and returns when it has been done, closed channels being closed for certain.
     *
     * @throws IllegalStateException if the loop has ended
     */
    void call(Runnable task) {
        if (Thread.currentThread() == thread) {
            task.run();
            return;
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        synchronized (commands) {
            if (ended) {
                throw over();
            }
            commands.add(new Command(task, done));
        }
        selector.wakeup();
        try {
            done.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                cause.addSuppressed(new IllegalStateException("called from here"));
                throw cause;
            }
            throw e;
        }
    }

    /** On the thread only. */
    SelectionKey register(SelectableChannel channel, int interest, Ready ready) throws IOException {
        channel.configureBlocking(false);
        return channel.register(selector, interest, ready);
    }

    /** On the thread only. */
    Timer after(long nanos, Runnable task) {
        Timer timer = new Timer(System.nanoTime() + nanos, task);
        timers.add(timer);
        return timer;
    }

    /** On the thread only. */
    void cancel(Timer timer) {
        timers.remove(timer);
    }

    /** Ends the thread and waits for it; does nothing when it has ended. */
    void close() {
        synchronized (commands) {
            if (!ended) {
                commands.add(new Command(() -> running = false, new CompletableFuture<>()));
                selector.wakeup();
            }
        }
        if (Thread.currentThread() != thread) {
            join();
        }
    }

    private void join() {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (selector) {
            while (running) {
                selector.select(ProxyLoop::dispatch, untilNextTimer());
                runCommands();
                runTimers();
            }
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
            ProxyLinks.LOG.error("The proxy fails, thread={}", thread.getName(), e);
        } finally {
            try {
                atEnd.run();
            } finally {
                end();
            }
        }
    }

    private static void dispatch(SelectionKey key) {
        if (key.isValid()) {
            ((Ready) key.attachment()).ready(key);
        }
    }

    /** In milliseconds; 0 is for ever. */
    private long untilNextTimer() {
        Timer next = timers.peek();
        if (next == null) {
            return 0;
        }
        long nanos = next.nanos - System.nanoTime();
        return Math.max(1, (nanos + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI);
    }

    private void runCommands() {
        Command command = nextCommand();
        while (command != null) {
            try {
                command.task().run();
                closeForCertain();
                command.done().complete(null);
            } catch (RuntimeException | Error e) {
                command.done().completeExceptionally(e);
            }
            command = nextCommand();
        }
    }

    private @Nullable Command nextCommand() {
        synchronized (commands) {
            return commands.poll();
        }
    }

    /**
     * Frees the sockets of closed channels: they are kept until the selector has looked at them once more. In commands and
     * timers only.
     */
    void closeForCertain() {
        try {
            selector.selectNow(key -> {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void runTimers() {
        long now = System.nanoTime();
        Timer next = timers.peek();
        while (running && next != null && next.nanos - now <= 0) {
            timers.remove();
            next.task.run();
            next = timers.peek();
        }
    }

    private void end() {
        synchronized (commands) {
            ended = true;
            commands.forEach(command -> command.done().completeExceptionally(over()));
            commands.clear();
        }
    }

    private IllegalStateException over() {
        Throwable cause = failure;
        return cause == null
                ? new IllegalStateException("the fault proxy is closed")
                : new IllegalStateException("the fault proxy has failed: " + cause, cause);
    }
}
