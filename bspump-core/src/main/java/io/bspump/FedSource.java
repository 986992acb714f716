package io.bspump;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * A source that other pipelines and code feed. An event waits in it until the pipeline has room. Those that feed it bound
 * how many wait: a pipeline by its {@code max_in_flight}, code by how many it puts without waiting for their ends.
 *
 * @param <O> the type of the events
 */
public abstract class FedSource<O> extends Source<O> {

    private final Queue<Fed> waiting = new ConcurrentLinkedQueue<>();
    private final Set<Put> puts = ConcurrentHashMap.newKeySet();

    /** How often it was asked to hand over since it last had done so: events come on any thread, demand on the lane. */
    private final AtomicInteger asked = new AtomicInteger();

    private volatile @Nullable Demand demand;
    private volatile boolean stopped;

    /** Creates a source whose id is its simple class name. */
    protected FedSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for the simple class name
     * @param config values that go above the class's defaults and below the file
     */
    protected FedSource(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    /**
     * Hands in an event. It waits until the pipeline runs and has room for it; cancelling takes it back while it waits. Any
     * thread.
     *
     * @param context copied into the event's own context
     * @return how the event ended; an error when the pipeline was stopped before it had settled
     */
    @Override
    public Mono<Settlement> put(Context context, Object event) {
        return Mono.create(caller -> {
            Put put = new Put(context, event, caller);
            puts.add(put);
            caller.onCancel(() -> takeBack(put));
            feed(put);
            if (stopped) {
                refuse(put);
            }
        });
    }

    private void takeBack(Put put) {
        if (waiting.remove(put)) {
            puts.remove(put);
        }
    }

    private void refuse(Put put) {
        if (puts.remove(put)) {
            put.caller.error(new IllegalStateException(address() + " was stopped before the event had settled"));
        }
    }

    @Override
    protected Optional<String> obstacleToLanes(int lanes) {
        return Optional.of("is fed by others, who know one of it and not " + lanes);
    }

    /** Returns how many events code has put that have not ended yet. */
    protected final int putByCode() {
        return puts.size();
    }

    /** Hands in an event, which waits until there is room for it. Any thread. */
    final void feed(Fed event) {
        waiting.offer(event);
        handOver();
    }

    /** Hands in events, which wait until there is room for them. Any thread. */
    final void feed(List<? extends Fed> events) {
        waiting.addAll(events);
        handOver();
    }

    /** Emits what there is demand for; one thread at a time. */
    private void handOver() {
        if (asked.getAndIncrement() != 0) {
            return;
        }
        int done = 1;
        do {
            Demand to = demand;
            if (to != null) {
                to.emit(waiting);
            }
            done = asked.addAndGet(-done);
        } while (done != 0);
    }

    @Override
    @SuppressWarnings("unchecked") // what comes from another pipeline is checked by the stage that takes it
    protected final Flux<? extends Emission<O>> events() {
        return (Flux<? extends Emission<O>>) (Flux<?>) Flux.<Fed>from(subscriber -> {
            Demand fresh = new Demand(subscriber);
            demand = fresh;
            subscriber.onSubscribe(fresh);
        });
    }

    @Override
    protected final void settled(Emission<?> emission, Settlement how) {
        ((Fed) emission).ended(how);
    }

    /** Refuses what code has put and has not settled; what pipelines have put is theirs to take back. */
    @Override
    protected Mono<Void> stop() {
        return Mono.fromRunnable(() -> {
            stopped = true;
            demand = null;
            waiting.clear();
            puts.forEach(this::refuse);
        });
    }

    /** What the pipeline has room for. */
    private final class Demand implements Subscription {

        private final Subscriber<? super Fed> subscriber;
        private final AtomicLong requested = new AtomicLong();
        private long emitted; // only for who hands over

        Demand(Subscriber<? super Fed> subscriber) {
            this.subscriber = subscriber;
        }

        void emit(Queue<? extends Fed> from) {
            Fed event = next(from);
            while (event != null) {
                emitted++;
                Fed following = next(from);
                event.follow(following != null);
                subscriber.onNext(event);
                event = following;
            }
        }

        private @Nullable Fed next(Queue<? extends Fed> from) {
            return emitted < requested.get() ? from.poll() : null;
        }

        @Override
        public void request(long n) {
            requested.addAndGet(n);
            handOver();
        }

        @Override
        public void cancel() {
            demand = null;
        }
    }

    /** An event of code that waits for its end. */
    private final class Put extends Fed {

        private final MonoSink<Settlement> caller;

        Put(Context context, Object event, MonoSink<Settlement> caller) {
            super(context, event);
            this.caller = caller;
        }

        @Override
        void ended(Settlement how) {
            if (puts.remove(this)) {
                caller.success(how);
            }
        }
    }
}
