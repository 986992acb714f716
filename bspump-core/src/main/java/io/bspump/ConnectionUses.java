package io.bspump;

import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Counts the work that runs over a connection, so that it is not closed under it. Safe for use by many threads. */
final class ConnectionUses {

    private final AtomicInteger running = new AtomicInteger();
    private final Sinks.Empty<Void> idle = Sinks.empty();
    private volatile boolean awaited;

    <T> Mono<T> count(Mono<T> work) {
        return Mono.defer(() -> {
            running.incrementAndGet();
            return work.doFinally(end -> ended());
        });
    }

    private void ended() {
        if (running.decrementAndGet() == 0 && awaited) {
            idle.tryEmitEmpty();
        }
    }

    /** Completes when nothing runs; to be asked when nothing new begins. */
    Mono<Void> idle() {
        return Mono.defer(() -> {
            awaited = true;
            if (running.get() == 0) {
                idle.tryEmitEmpty();
            }
            return idle.asMono();
        });
    }
}
