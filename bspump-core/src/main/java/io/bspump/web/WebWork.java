package io.bspump.web;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/**
 * A few threads for what the API does that may block: files, the constructors of connections, reading all meters. The pump's
 * own threads for blocking work are not asked, because connections that hang may have taken them all.
 */
final class WebWork {

    private static final int THREADS = 4;
    private static final int WAITING = 1_000;
    private static final long IDLE_SECONDS = 30;

    private final AtomicInteger count = new AtomicInteger();
    private final ThreadPoolExecutor executor = new ThreadPoolExecutor(
            THREADS, THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING), this::thread);

    WebWork() {
        executor.allowCoreThreadTimeOut(true);
    }

    private Thread thread(Runnable work) {
        Thread thread = new Thread(work, "bspump-web-work-" + count.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }

    /** Does it on one of the threads; fails with an {@link ApiError} when there is too much to do. */
    <T> Mono<T> call(Callable<T> work) {
        return Mono.create(sink -> {
            try {
                executor.execute(() -> {
                    try {
                        sink.success(work.call());
                    } catch (Exception e) {
                        sink.error(e);
                    }
                });
            } catch (RejectedExecutionException e) {
                sink.error(new ApiError(503, "busy", "too many requests are waiting, try again")
                        .header("retry-after", "1"));
            }
        });
    }

    void stop() {
        executor.shutdown();
    }
}
