package io.bspump;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Gathers events into batches for a {@link TransactionalSink} and writes them, one after the other, together with the positions
 * of the sources. An event settles when it enters the batch, so the positions are behind it when the batch is written. A batch
 * is written only when the positions are behind all of the events that anything in it was made of; until then nothing new is
 * taken in.
 */
final class TransactionStep extends Step {

    final Lane lane;
    final FailurePolicy failures;
    final StageMeter meter;
    private final Stage<?, ?> stage;
    final TransactionalSink<Object> sink;
    private final List<Source<?>> sources;
    private final LongSupplier confirmed;
    final Transaction.Listener listener;
    private final BatchLimits limits;

    private Batch<Object> open = new Batch<>();
    /** What the open batch has something of, and the position is not behind yet, in the order in which it came. */
    private final Deque<Emission<?>> ahead = new ArrayDeque<>();

    private final List<Emission<?>> origins = new ArrayList<>();
    private @Nullable Disposable timer;
    private long begun;
    /** Whether the open batch waits for nothing but its turn to be written. */
    private boolean closed;

    private @Nullable Transaction writing;
    /** How many events had been confirmed to the sources when the last batch was written, and when the last one was committed. */
    private long covered;

    private long committed;

    /**
     * @param sources of the pipeline, all of them {@link Replayable}
     * @param confirmed how many events have been confirmed to them
     */
    @SuppressWarnings("unchecked") // Pipeline.build has checked what can be known of the types
    TransactionStep(
            Stage<?, ?> sink,
            List<Source<?>> sources,
            LongSupplier confirmed,
            Lane lane,
            FailurePolicy failures,
            StageMeter meter,
            Transaction.Listener listener) {
        this.stage = sink;
        this.sink = (TransactionalSink<Object>) sink;
        this.sources = sources;
        this.confirmed = confirmed;
        this.lane = lane;
        this.failures = failures;
        this.meter = meter;
        this.listener = listener;
        this.limits = this.sink.limits();
    }

    @Override
    boolean ready() {
        return !closed || writing == null || !isClean();
    }

    @Override
    void accept(Context context, Object event) {
        if (closed && isClean()) {
            write();
        }
        open.add(context, event, size(event));
        origins.clear();
        context.addOrigins(origins);
        context.settle(Settlement.DELIVERED);
        for (Emission<?> origin : origins) {
            if (!origin.confirmed && ahead.peekLast() != origin) {
                ahead.add(origin);
            }
        }
        closed |= open.size() >= limits.events() || open.bytes() >= limits.bytes();
    }

    @SuppressWarnings("unchecked") // as above
    long size(Object event) {
        try {
            return stage instanceof BatchSink<?> batching
                    ? ((BatchSink<Object>) batching).size(event)
                    : BatchSink.sizeOf(event);
        } catch (RuntimeException e) {
            return 0; // an event of a wrong kind; writing it fails, and there it is dealt with
        }
    }

    /** Whether the positions are behind everything that the open batch has something of. */
    private boolean isClean() {
        Emission<?> first;
        while ((first = ahead.peek()) != null && first.confirmed) {
            ahead.remove();
        }
        return first == null;
    }

    /** Whether nothing new may be taken in before what was taken in before has come to its end. */
    boolean isGating() {
        return closed && !isClean();
    }

    /** Whether there is something to be written: events, or positions that have moved. */
    private boolean hasWork() {
        return open.size() > 0 || confirmed.getAsLong() != covered;
    }

    /** How many events are confirmed to their sources, and not yet committed. */
    long uncommitted() {
        return confirmed.getAsLong() - committed;
    }

    @Override
    boolean flow() {
        if (timer == null && !closed && hasWork()) {
            startLinger();
        }
        if (!closed || writing != null || !isClean()) {
            return false;
        }
        write();
        return true;
    }

    private void startLinger() {
        if (limits.linger().isZero()) {
            closed = true;
            return;
        }
        long started = begun;
        timer = lane.schedule(() -> closed |= started == begun, limits.linger());
    }

    private void write() {
        stopTimer();
        Batch<Object> batch = open;
        open = new Batch<>();
        begun++;
        closed = false;
        covered = confirmed.getAsLong();
        long covers = covered;
        Transaction transaction = new Transaction(this, batch, positions(), done -> committed(done, covers));
        writing = transaction;
        transaction.begin();
    }

    private void stopTimer() {
        if (timer != null) {
            timer.dispose();
            timer = null;
        }
    }

    /** Takes down all positions as they are now. */
    private Mono<List<Position>> positions() {
        List<Mono<List<Position>>> taken = new ArrayList<>();
        for (Source<?> source : sources) {
            taken.add(((Replayable) source).positions());
        }
        return taken.size() == 1
                ? taken.get(0)
                : Flux.concat(taken).flatMapIterable(each -> each).collectList();
    }

    private void committed(List<Position> positions, long covers) {
        writing = null;
        committed = covers;
        for (Source<?> source : sources) {
            List<Position> own =
                    positions.stream().filter(each -> each.source() == source).toList();
            if (!own.isEmpty()) {
                ((Replayable) source).committed(own);
            }
        }
    }

    @Override
    void flush() {
        closed |= hasWork();
    }

    @Override
    boolean busy() {
        return writing == null ? hasWork() && isClean() : writing.isBusy();
    }

    @Override
    void cut() {
        stopTimer();
        if (writing != null) {
            writing.cancel();
        }
    }
}
