package io.bspump;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run of consecutive processors, one call after the other with nothing in between. When one fails, its event is parked
 * where it failed and nothing overtakes it until it is clear what becomes of it.
 */
final class SyncStep extends Step implements Failure.Holder {

    /** One event in so many is timed, so that clocks cost nothing. */
    static final int TIMED = 1024;

    private final FailurePolicy failures;
    private final Processor<Object, Object>[] processors;
    private final StageMeter[] meters;
    private final Step next;
    private int untilTimed = TIMED;

    private @Nullable Failure parked;
    private int parkedAt;
    /** Whether the parked event is to be tried again once the next step is ready. */
    private boolean due;
    /** The parked event while it is tried again. */
    private @Nullable Failure retried;

    @SuppressWarnings("unchecked") // Pipeline.build has checked what can be known of the types
    SyncStep(FailurePolicy failures, List<Processor<?, ?>> processors, List<StageMeter> meters, Step next) {
        this.failures = failures;
        this.processors = (Processor<Object, Object>[]) processors.toArray(new Processor<?, ?>[0]);
        this.meters = meters.toArray(new StageMeter[0]);
        this.next = next;
    }

    @Override
    boolean ready() {
        return parked == null && next.ready();
    }

    @Override
    void accept(Context context, Object event) {
        boolean timed = --untilTimed == 0;
        if (timed) {
            untilTimed = TIMED;
        }
        run(context, event, 0, timed);
    }

    private void run(Context context, Object event, int from, boolean timed) {
        Object current = event;
        int i = from;
        try {
            for (; i < processors.length; i++) {
                StageMeter meter = meters[i];
                meter.in++;
                Object result = timed
                        ? processTimed(processors[i], meter, context, current)
                        : processors[i].process(context, current);
                if (result == null) {
                    meter.drop++;
                    break;
                }
                meter.out++;
                current = result;
            }
        } catch (Throwable t) {
            park(context, current, i, t);
            return;
        }
        if (i < processors.length) {
            context.settle(Settlement.DROPPED);
        } else {
            next.accept(context, current);
        }
    }

    private static @Nullable Object processTimed(
            Processor<Object, Object> processor, StageMeter meter, Context context, Object event) throws Exception {
        long start = System.nanoTime();
        Object result = processor.process(context, event);
        meter.time(start, System.nanoTime());
        return result;
    }

    private void park(Context context, Object event, int at, Throwable error) {
        meters[at].error++;
        Failure same = retried != null && parkedAt == at ? retried : null;
        parked = Failure.of(same, this, meters[at], context, event, error);
        parkedAt = at;
        failures.failed(parked);
    }

    @Override
    public void retry(Failure failure) {
        due = true;
    }

    @Override
    public void release(Failure failure, Settlement how) {
        parked = null;
        failure.context.settle(how);
    }

    @Override
    public boolean letGo(Failure failure) {
        parked = null;
        return true;
    }

    @Override
    boolean flow() {
        Failure failure = parked;
        if (!due || failure == null || !next.ready()) {
            return false;
        }
        due = false;
        parked = null;
        retried = failure;
        run(failure.context, failure.event, parkedAt, false);
        retried = null;
        return true;
    }

    @Override
    boolean busy() {
        return parked != null && parked.retrying;
    }
}
