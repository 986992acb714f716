package io.bspump.routing;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.Settlement;
import io.bspump.Source;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Takes events from other pipelines and from code: {@link #put} hands one in and tells how it ended. An event that waits
 * for demand waits with its caller, so the source holds no more events than callers wait for.
 *
 * @param <O> the type of the events
 */
public final class InternalSource<O> extends Source<O> {

    // Guarded by this: events come on any thread, demand on the lane.
    private final Queue<Put<O>> waiting = new ArrayDeque<>();
    private final Set<Put<O>> underWay = new LinkedHashSet<>();
    private @Nullable FluxSink<Put<O>> demand;
    private boolean stopped;

    /** Creates a source whose id is {@code InternalSource}. */
    public InternalSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code InternalSource}
     * @param config values that go above the class's defaults and below the file
     */
    public InternalSource(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    /**
     * Hands in an event. It waits until the pipeline runs and has room for it; cancelling takes it back while it waits.
     * Any thread.
     *
     * @param context copied into the event's own context
     * @return how the event ended; an error when the pipeline was stopped before it had settled
     */
    @Override
    @SuppressWarnings("unchecked") // what comes from another pipeline is checked by the stage that takes it
    public Mono<Settlement> put(Context context, Object event) {
        return Mono.create(caller -> {
            Put<O> put = new Put<>((O) event, caller);
            put.context().putAll(context);
            caller.onCancel(() -> takeBack(put));
            if (queued(put)) {
                handOver();
            } else {
                refuse(put);
            }
        });
    }

    private synchronized boolean queued(Put<O> put) {
        return !stopped && waiting.add(put);
    }

    private synchronized void takeBack(Put<O> put) {
        waiting.remove(put);
    }

    private void refuse(Put<O> put) {
        put.caller.error(new IllegalStateException(address() + " was stopped before the event had settled"));
    }

    /** Emits what there is demand for. */
    private void handOver() {
        while (true) {
            Put<O> next;
            FluxSink<Put<O>> sink;
            synchronized (this) {
                sink = demand;
                if (sink == null || sink.requestedFromDownstream() == 0) {
                    return;
                }
                next = waiting.poll();
                if (next == null) {
                    return;
                }
                underWay.add(next);
            }
            sink.next(next);
        }
    }

    @Override
    protected Flux<? extends Emission<O>> events() {
        return Flux.<Put<O>>create(sink -> {
            synchronized (this) {
                demand = sink;
            }
            sink.onRequest(n -> handOver());
        });
    }

    @Override
    protected void settled(Emission<?> emission, Settlement how) {
        Put<?> put = (Put<?>) emission;
        synchronized (this) {
            underWay.remove(put);
        }
        put.caller.success(how);
    }

    @Override
    protected Mono<Void> stop() {
        return Mono.fromRunnable(() -> {
            List<Put<O>> refused;
            synchronized (this) {
                stopped = true;
                demand = null;
                refused = new ArrayList<>(waiting);
                refused.addAll(underWay);
                waiting.clear();
                underWay.clear();
            }
            refused.forEach(this::refuse);
        });
    }

    private static final class Put<O> extends Emission<O> {

        private final MonoSink<Settlement> caller;

        Put(O event, MonoSink<Settlement> caller) {
            super(event);
            this.caller = caller;
        }
    }
}
