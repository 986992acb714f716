package io.bspump.web;

import java.util.concurrent.Callable;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * A few threads for what the API does that may block: files, the constructors of connections, reading all meters. The pump's
 * own threads for blocking work are not asked, because connections that hang may have taken them all.
 */
final class WebWork {

    private static final int THREADS = 4;
    private static final int MOST_WAITING = 1_000;

    private final AtomicInteger count = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();

    /** Takes work without a lock, since it comes from lanes: the threads are there and the queue has none. */
    private final ThreadPoolExecutor executor =
            new ThreadPoolExecutor(THREADS, THREADS, 0, TimeUnit.SECONDS, new LinkedTransferQueue<>(), this::thread);

    /** Makes the threads. */
    void start() {
        executor.prestartAllCoreThreads();
    }

    private Thread thread(Runnable work) {
        Thread thread = new Thread(work, "bspump-web-work-" + count.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }

    /** Does it on one of the threads; fails with an {@link ApiError} when there is too much to do. */
    <T> Mono<T> call(Callable<T> work) {
        return Mono.create(sink -> {
            if (waiting.incrementAndGet() > MOST_WAITING) {
                waiting.decrementAndGet();
                sink.error(busy());
                return;
            }
            try {
                executor.execute(() -> {
                    waiting.decrementAndGet();
                    run(work, sink);
                });
            } catch (RejectedExecutionException e) {
                sink.error(busy()); // it has been stopped
            }
        });
    }

    private static <T> void run(Callable<T> work, MonoSink<T> sink) {
        try {
            sink.success(work.call());
        } catch (Exception e) {
            sink.error(e);
        }
    }

    private static ApiError busy() {
        return new ApiError(503, "busy", "too many requests are waiting, try again").header("retry-after", "1");
    }

    /** Ends the threads, on one more, since that takes a lock. */
    void stop() {
        thread(executor::shutdown).start();
    }
}
