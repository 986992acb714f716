package io.bspump.test;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Emission;
import io.bspump.Settlement;
import io.bspump.Source;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/** Stands in for a source: emits what is pushed, as it is asked for. What is pushed waits until then. */
final class ScriptedSource extends Source<Object> {

    private final Queue<Pushed> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicLong demand = new AtomicLong();
    private final AtomicInteger emitting = new AtomicInteger();
    private volatile @Nullable FluxSink<Emission<Object>> sink;
    private final Mono<Void> start;
    private volatile boolean complete;

    ScriptedSource(Application app, Source<?> replaced, Mono<Void> start) {
        super(app, replaced.pipeline(), replaced.id(), Map.of());
        this.start = start;
    }

    @Override
    protected Mono<Void> start() {
        return start;
    }

    @Override
    protected Flux<Emission<Object>> events() {
        return Flux.create(created -> {
            demand.set(0);
            sink = created;
            created.onDispose(() -> sink = null);
            created.onRequest(n -> {
                demand.accumulateAndGet(n, Operators::addCap);
                emit();
            });
            emit();
        });
    }

    @Override
    protected void settled(Emission<?> emission, Settlement how) {
        Pushed.settled(emission, how);
    }

    @Override
    protected Mono<Settlement> put(Context context, Object event) {
        return Mono.defer(() -> push(event, Map.copyOf(context.asMap())).end());
    }

    Pushed push(Object event, Map<String, ?> context) {
        Pushed pushed = new Pushed(address(), event, context);
        waiting.add(pushed);
        emit();
        return pushed;
    }

    /** Ends it when it has emitted what waits. */
    void complete() {
        complete = true;
        emit();
    }

    void fail(Throwable error) {
        FluxSink<Emission<Object>> to = sink;
        if (to == null) {
            throw new IllegalStateException(address() + " cannot fail: it is not being read");
        }
        to.error(error);
    }

    int waiting() {
        return waiting.size();
    }

    /** Pushing and asking may happen at the same time, or the one within the other. */
    private void emit() {
        if (emitting.getAndIncrement() > 0) {
            return;
        }
        do {
            emitSome();
        } while (emitting.decrementAndGet() > 0);
    }

    private void emitSome() {
        FluxSink<Emission<Object>> to = sink;
        while (to != null && !waiting.isEmpty() && demand.get() > 0) {
            demand.decrementAndGet();
            to.next(waiting.remove().emission());
            to = sink;
        }
        if (to != null && complete && waiting.isEmpty()) {
            to.complete();
        }
    }
}
