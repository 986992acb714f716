package io.bspump;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Hands each event to every sink whose condition holds; the event settles when all of them have settled it. */
final class ChoiceStep extends Step implements Failure.Holder {

    private final FailurePolicy failures;
    private final StageMeter meter;
    private final List<Predicate<Object>> conditions;
    private final List<Step> sinks;
    private final List<Step> takers = new ArrayList<>();

    private @Nullable Failure parked;
    private boolean due;

    ChoiceStep(FailurePolicy failures, StageMeter meter, List<Predicate<Object>> conditions, List<Step> sinks) {
        this.failures = failures;
        this.meter = meter;
        this.conditions = conditions;
        this.sinks = sinks;
    }

    @Override
    boolean ready() {
        return parked == null && sinksReady();
    }

    private boolean sinksReady() {
        for (Step sink : sinks) {
            if (!sink.ready()) {
                return false;
            }
        }
        return true;
    }

    @Override
    void accept(Context context, Object event) {
        run(context, event, null);
    }

    private void run(Context context, Object event, @Nullable Failure earlier) {
        meter.in++;
        try {
            takers.clear();
            for (int i = 0; i < conditions.size(); i++) {
                if (conditions.get(i).test(event)) {
                    takers.add(sinks.get(i));
                }
            }
            if (takers.isEmpty() && sinks.size() > conditions.size()) {
                takers.add(sinks.get(conditions.size()));
            }
            if (takers.isEmpty()) {
                throw new IllegalStateException("no sink takes the event: none of the conditions holds");
            }
        } catch (Throwable t) {
            meter.error++;
            parked = Failure.of(earlier, this, meter, context, event, t);
            failures.failed(parked);
            return;
        }
        meter.out++;
        deliver(context, event);
    }

    private void deliver(Context context, Object event) {
        if (takers.size() == 1) {
            takers.get(0).accept(context, event);
            return;
        }
        Branch branch = new Branch(context);
        for (Step sink : takers) {
            sink.accept(branch.child(), event);
        }
        branch.complete();
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
    boolean flow() {
        Failure failure = parked;
        if (!due || failure == null || !sinksReady()) {
            return false;
        }
        due = false;
        parked = null;
        run(failure.context, failure.event, failure);
        return true;
    }

    @Override
    boolean busy() {
        return parked != null && parked.retrying;
    }
}
