package io.bspump;

import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.util.concurrent.Queues;

/** Runs a {@link Generator}, one event at a time: its outputs are asked for as the next step takes them. */
final class GeneratorStep extends Step {

    private static final int WINDOW = 256;

    private final Lane lane;
    private final FailurePolicy failures;
    private final StageMeter meter;
    private final Generator<Object, ?> generator;
    private final Step next;

    /** Whether an event that is tried again must not hand on twice what it has handed on already. */
    private final boolean exact;

    private @Nullable Making making;

    @SuppressWarnings("unchecked") // Pipeline.build has checked what can be known of the types
    GeneratorStep(
            Generator<?, ?> generator, Lane lane, FailurePolicy failures, StageMeter meter, Step next, boolean exact) {
        this.exact = exact;
        this.lane = lane;
        this.failures = failures;
        this.meter = meter;
        this.generator = (Generator<Object, ?>) generator;
        this.next = next;
    }

    @Override
    boolean ready() {
        return making == null;
    }

    @Override
    void accept(Context context, Object event) {
        making = new Making(context, event);
        making.begin();
    }

    @Override
    boolean flow() {
        Making current = making;
        return current != null && current.flow();
    }

    @Override
    boolean busy() {
        Making current = making;
        return current != null && current.isBusy();
    }

    @Override
    void cut() {
        if (making != null) {
            making.cancel();
        }
    }

    /** One event of which others are being made. */
    private final class Making implements Failure.Holder {

        private final Context context;
        private final Object event;
        private final Branch branch;
        private Outputs outputs = new Outputs();
        private @Nullable Failure failure;
        private boolean failed;

        /** How many outputs have been handed on, and how many of those to come are known from an earlier try. */
        private long handedOn;

        private long known;

        Making(Context context, Object event) {
            this.context = context;
            this.event = event;
            this.branch = new Branch(context);
        }

        void begin() {
            meter.in++;
            outputs = new Outputs();
            known = exact ? handedOn : 0;
            Publisher<?> made;
            try {
                long start = System.nanoTime();
                made = generator.generate(context, event);
                meter.time(start, System.nanoTime());
            } catch (Throwable t) {
                outputs.onError(t);
                return;
            }
            made.subscribe(outputs);
        }

        boolean flow() {
            if (failed) {
                return false;
            }
            boolean moved = false;
            while (next.ready()) {
                Object output = outputs.poll();
                if (output == null) {
                    break;
                }
                moved = true;
                handOn(output);
            }
            return end() || moved;
        }

        private void handOn(Object output) {
            if (known > 0) {
                known--;
                return;
            }
            handedOn++;
            meter.out++;
            next.accept(branch.child(), output);
        }

        /** Ends when the publisher has ended and nothing it made is left. */
        private boolean end() {
            if (!outputs.ended || !outputs.queue.isEmpty()) {
                return false;
            }
            Throwable error = outputs.error;
            if (error == null) {
                making = null;
                branch.complete();
            } else {
                meter.error++;
                failed = true;
                Failure now = Failure.of(failure, this, meter, context, event, error);
                failure = now;
                failures.failed(now);
            }
            return true;
        }

        boolean isBusy() {
            if (failed) {
                return failure != null && failure.retrying;
            }
            return next.ready() || outputs.queue.isEmpty();
        }

        @Override
        public void retry(Failure retried) {
            failed = false;
            begin();
        }

        @Override
        public void release(Failure released, Settlement how) {
            making = null;
            branch.settle(how);
        }

        void cancel() {
            Subscription s = outputs.subscription;
            if (s != null) {
                s.cancel();
            }
        }
    }

    /** What the publisher has made and the next step has not yet taken, at most {@link #WINDOW}. */
    private final class Outputs implements CoreSubscriber<Object> {

        private final Queue<Object> queue = Queues.get(WINDOW).get();
        private volatile boolean ended;
        private volatile @Nullable Throwable error;
        private volatile @Nullable Subscription subscription;
        private int taken;

        @Override
        public void onSubscribe(Subscription s) {
            subscription = s;
            s.request(WINDOW);
        }

        @Nullable
        Object poll() {
            Object output = queue.poll();
            Subscription s = subscription;
            if (output != null && s != null && ++taken == WINDOW / 2) {
                taken = 0;
                s.request(WINDOW / 2);
            }
            return output;
        }

        @Override
        public void onNext(Object output) {
            if (!queue.offer(output)) {
                onError(Exceptions.failWithOverflow("a generator emitted more than it was asked for"));
                return;
            }
            lane.signal();
        }

        @Override
        public void onError(Throwable t) {
            error = t;
            ended = true;
            lane.signal();
        }

        @Override
        public void onComplete() {
            ended = true;
            lane.signal();
        }
    }
}
