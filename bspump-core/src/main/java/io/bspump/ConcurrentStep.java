package io.bspump;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jctools.queues.MpscUnboundedArrayQueue;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * A stage that answers later, for several events at a time: an {@link AsyncProcessor}, or a {@link Sink} when there is no
 * next step. Each event has a slot from its arrival to its end; in order, a slot waits for those before it.
 */
final class ConcurrentStep extends Step {

    /** The stage's work on one event. */
    interface Operation {
        Mono<?> begin(Context context, Object event) throws Exception;
    }

    /** What the queue of those that have ended grows by. */
    private static final int PIECE = 256;

    private static final Mono<?> DONE = Mono.empty();
    private static final AtomicReferenceFieldUpdater<Slot, Subscription> SUBSCRIPTION =
            AtomicReferenceFieldUpdater.newUpdater(Slot.class, Subscription.class, "subscription");

    private final Lane lane;
    private final FailurePolicy failures;
    private final StageMeter meter;
    private final Operation operation;
    private final int concurrency;
    private final @Nullable Step next;

    private final boolean ordered;

    /** Events under way, in order of arrival: a linked list through the slots, since there are many. */
    private @Nullable Slot oldest;

    private @Nullable Slot youngest;
    private int slots;

    /** Of an unordered stage: those that are done and wait for the next step. */
    private final Deque<Slot> done = new ArrayDeque<>();

    /**
     * Those whose publishers ended on other threads, and that the lane has not taken up yet; no more than are under way. In arrays,
     * since a link for each is one more place that the lane's processor does not have in its cache.
     */
    private final Queue<Slot> ended = new MpscUnboundedArrayQueue<>(PIECE);

    private final Runnable takeEnded = this::takeEnded;

    /** Whether the lane has a message to take them up. */
    private volatile boolean told;

    private int untilTimed = SyncStep.TIMED;

    private ConcurrentStep(
            Lane lane,
            FailurePolicy failures,
            StageMeter meter,
            Operation operation,
            int concurrency,
            boolean ordered,
            @Nullable Step next) {
        this.lane = lane;
        this.failures = failures;
        this.meter = meter;
        this.operation = operation;
        this.concurrency = concurrency;
        this.ordered = ordered;
        this.next = next;
    }

    @SuppressWarnings("unchecked") // Pipeline.build has checked what can be known of the types
    static ConcurrentStep of(
            AsyncProcessor<?, ?> processor, Lane lane, FailurePolicy failures, StageMeter meter, Step next) {
        return new ConcurrentStep(
                lane,
                failures,
                meter,
                ((AsyncProcessor<Object, ?>) processor)::process,
                processor.config().getInt("concurrency"),
                processor.config().getBoolean("ordered"),
                next);
    }

    @SuppressWarnings("unchecked") // as above
    static ConcurrentStep of(Sink<?> sink, Lane lane, FailurePolicy failures, StageMeter meter) {
        int concurrency = sink.config().getInt("concurrency");
        return new ConcurrentStep(lane, failures, meter, ((Sink<Object>) sink)::process, concurrency, false, null);
    }

    @Override
    boolean ready() {
        return slots < concurrency;
    }

    @Override
    void accept(Context context, Object event) {
        meter.in++;
        Mono<?> work;
        try {
            work = begin(context, event);
        } catch (Throwable t) {
            work = Mono.error(t);
        }
        if (work == DONE && next == null) {
            meter.out++;
            context.settle(Settlement.DELIVERED);
            return;
        }
        Slot slot = new Slot(context, event);
        add(slot);
        slot.begin(work);
    }

    private Mono<?> begin(Context context, Object event) throws Exception {
        if (--untilTimed > 0) {
            return operation.begin(context, event);
        }
        untilTimed = SyncStep.TIMED;
        long start = System.nanoTime();
        Mono<?> work = operation.begin(context, event);
        meter.time(start, System.nanoTime());
        return work;
    }

    @Override
    boolean flow() {
        boolean moved = false;
        Slot slot;
        while ((slot = firstDone()) != null && (slot.result == null || next == null || next.ready())) {
            remove(slot);
            slot.finish();
            moved = true;
        }
        return moved;
    }

    /**
     * Has a slot taken up on the lane: one message for all that end before the lane comes to it. Any thread. Nothing is written to the slot,
     * since the lane's processor has it in its cache.
     */
    private void ended(Slot slot) {
        ended.offer(slot); // which is before the look, for all threads
        if (!told) {
            told = true;
            lane.execute(takeEnded);
        }
    }

    private void takeEnded() {
        told = false;
        try {
            Slot slot;
            while ((slot = ended.poll()) != null) {
                slot.takeUp();
            }
        } catch (Throwable t) {
            lane.execute(takeEnded); // for those behind it
            throw t;
        }
    }

    private @Nullable Slot firstDone() {
        if (!ordered) {
            return done.peek();
        }
        Slot first = oldest;
        return first != null && first.state == Slot.State.DONE ? first : null;
    }

    private void add(Slot slot) {
        Slot before = youngest;
        slot.older = before;
        if (before == null) {
            oldest = slot;
        } else {
            before.younger = slot;
        }
        youngest = slot;
        slots++;
    }

    private void remove(Slot slot) {
        if (!ordered && next != null) {
            done.remove();
        }
        Slot before = slot.older;
        Slot after = slot.younger;
        if (before == null) {
            oldest = after;
        } else {
            before.younger = after;
        }
        if (after == null) {
            youngest = before;
        } else {
            after.older = before;
        }
        slot.older = null; // one that lives on must not keep others alive
        slot.younger = null;
        slots--;
    }

    @Override
    boolean busy() {
        for (Slot slot = oldest; slot != null; slot = slot.younger) {
            if (slot.state == Slot.State.RUNNING || (slot.state == Slot.State.FAILED && slot.isRetrying())) {
                return true;
            }
        }
        return false;
    }

    @Override
    void cut() {
        Slot slot = oldest;
        while (slot != null) {
            Slot following = slot.younger;
            slot.cancel();
            slot = following;
        }
    }

    /** One event under way. Its publisher signals on any thread; what it did is taken up on the lane. */
    private final class Slot implements CoreSubscriber<Object>, Failure.Holder {

        private enum State {
            RUNNING,
            DONE,
            FAILED
        }

        private final Context context;
        private final Object event;
        private State state = State.RUNNING;
        private @Nullable Failure failure;
        /** Whether it has been settled by the error policy. */
        private boolean released;

        // Written by the publisher, read on the lane after the message that says it has ended.
        private @Nullable Object result;
        private @Nullable Throwable error;

        private volatile @Nullable Subscription subscription;

        private @Nullable Slot older;
        private @Nullable Slot younger;

        Slot(Context context, Object event) {
            this.context = context;
            this.event = event;
        }

        void begin(Mono<?> work) {
            work.subscribe(this);
        }

        @Override
        public void onSubscribe(Subscription s) {
            SUBSCRIPTION.lazySet(this, s); // read when the lane gives up, and a fence for each event is dear
            s.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(Object value) {
            result = value;
        }

        @Override
        public void onError(Throwable t) {
            error = t;
            ended();
        }

        @Override
        public void onComplete() {
            ended();
        }

        private void ended() {
            if (lane.isCurrent()) {
                takeUp();
                lane.signal();
            } else {
                ConcurrentStep.this.ended(this);
            }
        }

        void takeUp() {
            if (state != State.RUNNING) {
                return; // the publisher ends twice
            }
            Throwable cause = error;
            if (cause == null) {
                failure = null;
                done();
                return;
            }
            meter.error++;
            state = State.FAILED;
            error = null;
            result = null;
            Failure failed = Failure.of(failure, this, meter, context, event, cause);
            failure = failed;
            failures.failed(failed);
        }

        private void done() {
            if (state == State.DONE) {
                return;
            }
            state = State.DONE;
            if (next == null) {
                remove(this);
                finish();
            } else if (!ordered) {
                done.add(this);
            }
        }

        void finish() {
            if (released) {
                return;
            }
            Object value = result;
            if (next == null) {
                meter.out++;
                context.settle(Settlement.DELIVERED);
            } else if (value == null) {
                meter.drop++;
                context.settle(Settlement.DROPPED);
            } else {
                meter.out++;
                next.accept(context, value);
            }
        }

        @Override
        public void retry(Failure failed) {
            state = State.RUNNING;
            meter.in++;
            try {
                begin(operation.begin(context, event));
            } catch (Throwable t) {
                onError(t);
            }
        }

        @Override
        public void release(Failure failed, Settlement how) {
            released = true;
            context.settle(how);
            done();
        }

        boolean isRetrying() {
            return failure != null && failure.retrying;
        }

        void cancel() {
            Subscription s = subscription;
            if (s != null) {
                s.cancel();
            }
        }
    }
}
