package io.bspump;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** Gathers events into batches for a {@link BatchSink} and writes up to so many of them at a time. */
final class BatchStep extends Step {

    private final Lane lane;
    private final FailurePolicy failures;
    private final StageMeter meter;
    private final BatchSink<Object> sink;
    private final int batchSize;
    private final long batchBytes;
    private final Duration linger;
    private final int maxWrites;

    private final List<Write> writes = new ArrayList<>();
    private Batch<Object> open = new Batch<>();
    private @Nullable Disposable timer;
    private long written;
    /** Whether the open batch waits for nothing but its turn to be written. */
    private boolean closed;

    @SuppressWarnings("unchecked") // Pipeline.build has checked what can be known of the types
    BatchStep(BatchSink<?> sink, Lane lane, FailurePolicy failures, StageMeter meter) {
        this.lane = lane;
        this.failures = failures;
        this.meter = meter;
        this.sink = (BatchSink<Object>) sink;
        this.batchSize = sink.config().getInt("batch_size");
        this.batchBytes = sink.config().getSize("batch_bytes");
        this.linger = sink.config().getDuration("linger");
        this.maxWrites = sink.config().getInt("max_concurrent_batches");
    }

    @Override
    boolean ready() {
        return !closed || writes.size() < maxWrites;
    }

    @Override
    void accept(Context context, Object event) {
        if (closed) {
            write();
        }
        open.add(context, event, size(event));
        if (open.size() >= batchSize || open.bytes() >= batchBytes) {
            closed = true;
            flow();
        } else if (open.size() == 1) {
            startLinger();
        }
    }

    private long size(Object event) {
        try {
            return sink.size(event);
        } catch (RuntimeException e) {
            return 0; // an event of a wrong kind; writing it fails, and there it is dealt with
        }
    }

    private void startLinger() {
        if (linger.isZero()) {
            closed = true;
            flow();
            return;
        }
        long started = written;
        timer = lane.schedule(() -> closed |= started == written, linger);
    }

    @Override
    boolean flow() {
        if (!closed || writes.size() >= maxWrites) {
            return false;
        }
        write();
        return true;
    }

    private void write() {
        if (timer != null) {
            timer.dispose();
            timer = null;
        }
        Write write = new Write(open);
        open = new Batch<>();
        written++;
        closed = false;
        writes.add(write);
        write.next();
    }

    @Override
    void flush() {
        closed |= open.size() > 0;
    }

    @Override
    boolean busy() {
        if (open.size() > 0 && writes.size() < maxWrites) {
            return true;
        }
        for (Write write : writes) {
            if (write.isBusy()) {
                return true;
            }
        }
        return false;
    }

    @Override
    void cut() {
        for (Write write : writes) {
            write.cancel();
        }
    }

    /**
     * The way of one batch until all its events have settled. When writing it fails for good it is cut in halves, until
     * the events that cannot be written stand alone; only those go the error policy's way.
     */
    private final class Write {

        /** What is left to write, in order. */
        private final Deque<Part> parts = new ArrayDeque<>();

        /** Events that failed alone, in the policy's hands. */
        private final List<Failure> alone = new ArrayList<>();

        private @Nullable Attempt running;
        private int unsettled;

        Write(Batch<Object> batch) {
            parts.add(new Part(batch));
            unsettled = batch.size();
        }

        /** Writes the next part, unless one is under way or waits for its retry; ends when nothing is left. */
        void next() {
            Part part = parts.peek();
            if (running != null || (part != null && part.waiting)) {
                return;
            }
            if (part != null) {
                part.batch.reset();
                meter.in += part.batch.size();
                running = new Attempt(part);
                running.begin();
            } else if (unsettled == 0) {
                writes.remove(this);
            }
        }

        void ended(Part part, @Nullable Throwable error) {
            running = null;
            if (error == null) {
                parts.remove();
                succeeded(part);
            } else {
                meter.error += part.batch.size();
                failed(part, error);
            }
            next();
        }

        private void succeeded(Part part) {
            Batch<Object> batch = part.batch;
            for (int i = 0; i < batch.size(); i++) {
                Throwable error = batch.failure(i);
                if (error == null) {
                    meter.out++;
                    settle(batch.context(i), Settlement.DELIVERED);
                } else {
                    meter.error++;
                    // One that was alone before keeps count of its retries.
                    Part rejected = batch.size() == 1 ? part : new Part(part(batch, i, i + 1));
                    Failure failure = rejected.failed(error);
                    alone.add(failure);
                    failures.failed(failure);
                }
            }
        }

        private void failed(Part part, Throwable error) {
            Failure failure = part.failed(error);
            part.waiting = true;
            if (failures.retried(failure)) {
                return;
            }
            parts.remove();
            int size = part.batch.size();
            if (size > 1) {
                parts.addFirst(new Part(part(part.batch, size / 2, size), failure.attempt));
                parts.addFirst(new Part(part(part.batch, 0, size / 2), failure.attempt));
            } else {
                alone.add(failure);
                failures.decide(failure);
            }
        }

        private void settle(Context context, Settlement how) {
            unsettled--;
            context.settle(how);
        }

        boolean isBusy() {
            if (!parts.isEmpty()) {
                return true;
            }
            for (Failure failure : alone) {
                if (failure.retrying) {
                    return true;
                }
            }
            return false;
        }

        void cancel() {
            if (running != null) {
                running.cancel();
            }
        }

        /** Some consecutive events of the batch, written by one call of the sink. */
        private final class Part implements Failure.Holder {

            private final Batch<Object> batch;
            private final int attempts;
            private @Nullable Failure failure;
            private boolean waiting;

            Part(Batch<Object> batch) {
                this(batch, 0);
            }

            /** Creates a part of one that has used up so many retries. */
            Part(Batch<Object> batch, int attempts) {
                this.batch = batch;
                this.attempts = attempts;
            }

            Failure failed(Throwable error) {
                if (failure == null) {
                    Object failing = batch.size() == 1 ? batch.get(0) : batch;
                    failure = new Failure(this, meter, batch.context(0), failing, error);
                    failure.attempt = attempts;
                }
                failure.error = error;
                return failure;
            }

            @Override
            public void retry(Failure retried) {
                waiting = false;
                if (alone.remove(retried)) {
                    parts.add(this);
                }
                next();
            }

            @Override
            public void release(Failure released, Settlement how) {
                alone.remove(released);
                settle(released.context, how);
                next();
            }
        }

        /** One call of the sink. */
        private final class Attempt implements CoreSubscriber<Void>, Runnable {

            private final Part part;
            private final long started = System.nanoTime();
            private @Nullable Throwable error;
            private volatile @Nullable Subscription subscription;

            Attempt(Part part) {
                this.part = part;
            }

            void begin() {
                Mono<Void> work;
                try {
                    work = sink.process(part.batch);
                } catch (Throwable t) {
                    work = Mono.error(t);
                }
                work.subscribe(this);
            }

            @Override
            public void onSubscribe(Subscription s) {
                subscription = s;
                s.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(Void nothing) {}

            @Override
            public void onError(Throwable t) {
                error = t;
                lane.execute(this);
            }

            @Override
            public void onComplete() {
                lane.execute(this);
            }

            @Override
            public void run() {
                meter.time(started, System.nanoTime());
                ended(part, error);
            }

            void cancel() {
                Subscription s = subscription;
                if (s != null) {
                    s.cancel();
                }
            }
        }
    }

    private Batch<Object> part(Batch<Object> batch, int from, int to) {
        Batch<Object> part = new Batch<>();
        for (int i = from; i < to; i++) {
            part.add(batch.context(i), batch.get(i), size(batch.get(i)));
        }
        return part;
    }
}
