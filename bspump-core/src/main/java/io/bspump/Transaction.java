package io.bspump;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The way of one batch into a {@link TransactionalSink}: it is written until it is committed. Events that the sink names go
 * the error policy's way first, and the batch comes again with what is left of them. Confined to the step.lane.
 */
final class Transaction {

    private final TransactionStep step;
    private final Mono<List<Position>> taken;
    private final Consumer<List<Position>> done;
    private final Whole whole = new Whole();

    private Batch<Object> batch;
    /** What the batch consists of; made when the sink has named the first event. */
    private @Nullable List<Item> items;
    /** How many named events nobody has decided on yet. */
    private int undecided;

    private @Nullable List<Position> positions;
    private @Nullable LaneCall<?> running;
    private boolean over;

    /** Who hears how transactions end. */
    interface Listener {
        /** One has been committed. */
        void committed();

        /** The pipeline must begin again from the stored positions. */
        void rewind(RewindException why);
    }

    Transaction(TransactionStep step, Batch<Object> batch, Mono<List<Position>> taken, Consumer<List<Position>> done) {
        this.step = step;
        this.batch = batch;
        this.taken = taken;
        this.done = done;
    }

    void begin() {
        List<Position> known = positions;
        if (known == null) {
            running = LaneCall.begin(step.lane, taken, this::taken);
        } else {
            write(known);
        }
    }

    private void taken(@Nullable List<Position> result, @Nullable Throwable error) {
        if (error != null) {
            failed(error);
        } else {
            List<Position> made = result == null ? List.of() : result;
            positions = made;
            write(made);
        }
    }

    private void write(List<Position> known) {
        if (batch.isEmpty() && known.isEmpty()) {
            committed(known);
            return;
        }
        batch.reset();
        batch.positions(known);
        step.meter.in += batch.size();
        long started = System.nanoTime();
        Mono<Void> work;
        try {
            work = step.sink.write(batch);
        } catch (Throwable t) {
            work = Mono.error(t);
        }
        running = LaneCall.<Void>begin(step.lane, work, (nothing, error) -> {
            step.meter.time(started, System.nanoTime());
            written(known, error);
        });
    }

    private void written(List<Position> known, @Nullable Throwable error) {
        running = null;
        if (error != null) {
            failed(error);
        } else if (batch.hasFailures()) {
            reject();
        } else {
            committed(known);
        }
    }

    private void committed(List<Position> known) {
        over = true;
        step.meter.out += batch.size();
        step.listener.committed();
        done.accept(known);
    }

    private void failed(Throwable error) {
        running = null;
        step.meter.error += batch.size();
        if (error instanceof RewindException why) {
            step.listener.rewind(why);
            return;
        }
        Failure failure = whole.failure(error);
        if (step.failures.retried(failure)) {
            return;
        }
        if (batch.size() == 1) {
            Item alone = items().get(0);
            Failure own = alone.failed(error);
            own.attempt = failure.attempt;
            undecided = 1;
            step.failures.decide(own);
        } else {
            step.failures.hold(failure);
        }
    }

    private List<Item> items() {
        List<Item> known = items;
        if (known == null) {
            known = new ArrayList<>(batch.size());
            for (int i = 0; i < batch.size(); i++) {
                known.add(new Item(batch.context(i), batch.get(i), step.size(batch.get(i))));
            }
            items = known;
        }
        return known;
    }

    /** Hands those that the sink has named to the error policy. */
    private void reject() {
        List<Item> named = new ArrayList<>();
        List<Failure> toDecide = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            Throwable error = batch.failure(i);
            if (error != null) {
                named.add(items().get(i));
                toDecide.add(items().get(i).failed(error));
            }
        }
        step.meter.error += named.size();
        undecided = named.size();
        toDecide.forEach(step.failures::failed);
    }

    /** Goes on when it is clear of all of them what becomes of them. */
    private void decided() {
        undecided--;
        if (undecided > 0 || over) {
            return;
        }
        List<Item> left = items();
        left.removeIf(item -> item.out);
        Batch<Object> rest = new Batch<>();
        left.forEach(item -> rest.add(item.context, item.event, item.size));
        batch = rest;
        begin();
    }

    boolean isBusy() {
        if (running != null || whole.isRetrying()) {
            return true;
        }
        List<Item> known = items;
        if (known != null) {
            for (Item item : known) {
                if (item.failure != null && item.failure.retrying) {
                    return true;
                }
            }
        }
        return false;
    }

    void cancel() {
        over = true;
        if (running != null) {
            running.cancel();
        }
    }

    /** The batch as something that failed. */
    private final class Whole implements Failure.Holder {

        private @Nullable Failure failure;

        Failure failure(Throwable error) {
            Context context = batch.isEmpty() ? new Context() : batch.context(0);
            Object event = batch.size() == 1 ? batch.get(0) : batch;
            Failure now = Failure.of(failure, this, step.meter, context, event, error);
            failure = now;
            return now;
        }

        boolean isRetrying() {
            return failure != null && failure.retrying;
        }

        @Override
        public void retry(Failure retried) {
            begin();
        }

        @Override
        public void release(Failure released, Settlement how) {
            over = true; // the pipeline stops: its positions stay where they are
        }
    }

    /** One event of the batch. */
    private final class Item implements Failure.Holder {

        private final Context context;
        private final Object event;
        private final long size;
        private @Nullable Failure failure;
        private boolean out;

        Item(Context context, Object event, long size) {
            this.context = context;
            this.event = event;
            this.size = size;
        }

        Failure failed(Throwable error) {
            Failure now = Failure.of(failure, this, step.meter, context, event, error);
            failure = now;
            return now;
        }

        @Override
        public void retry(Failure retried) {
            decided();
        }

        @Override
        public void release(Failure released, Settlement how) {
            out = true;
            over |= how == Settlement.FAILED;
            decided();
        }
    }
}
