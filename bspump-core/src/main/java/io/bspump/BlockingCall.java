package io.bspump;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * One call of code that may block. Cancelling interrupts it.
 *
 * <p>This is {@code subscribeOn}, but for what happens to code that goes on in spite of the interrupt: a worker that is
 * disposed of gives its thread to others while it is still blocked, and they would wait behind it.
 */
final class BlockingCall {

    private final Supplier<Mono<Void>> code;
    private final Scheduler blocking;
    private final Sinks.Empty<Void> left = Sinks.empty();

    // Guarded by this.
    private boolean entered;
    private boolean abandoned;
    private @Nullable Thread runner;

    BlockingCall(Supplier<Mono<Void>> code, Scheduler blocking) {
        this.code = code;
        this.blocking = blocking;
    }

    /** Makes the call; to be subscribed to once. */
    Mono<Void> run() {
        return Mono.create(sink -> {
            Disposable.Swap running = Disposables.swap();
            sink.onCancel(() -> {
                running.dispose();
                interrupt();
            });
            blocking.schedule(() -> call(sink, running));
        });
    }

    private void call(MonoSink<Void> sink, Disposable.Swap running) {
        if (!enter()) {
            return;
        }
        try {
            running.update(Mono.defer(code).subscribe(nothing -> {}, sink::error, sink::success));
        } finally {
            leave();
        }
    }

    private synchronized boolean enter() {
        if (abandoned) {
            return false;
        }
        entered = true;
        runner = Thread.currentThread();
        return true;
    }

    private void leave() {
        synchronized (this) {
            runner = null;
            Thread.interrupted(); // an interrupt that came too late is not meant for what the thread does next
        }
        left.tryEmitEmpty();
    }

    private synchronized void interrupt() {
        abandoned = true;
        if (runner != null) {
            runner.interrupt();
        }
    }

    /** Makes sure that the code is not entered any more; tells whether it has been. */
    synchronized boolean abandon() {
        abandoned = true;
        return entered;
    }

    /** Completes when the code has returned, if it was entered. */
    Mono<Void> left() {
        return left.asMono();
    }
}
