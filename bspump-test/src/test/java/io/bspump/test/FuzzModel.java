package io.bspump.test;

import io.bspump.ErrorDecision;
import io.bspump.Settlement;
import io.bspump.test.FuzzPlan.Fate;
import io.bspump.test.FuzzPlan.Kind;
import io.bspump.test.FuzzPlan.StageSpec;
import java.util.HashSet;
import java.util.Set;

/** What must become of an event of a random pipeline that is given the time, reckoned without any engine. */
final class FuzzModel {

    private final FuzzPlan plan;

    FuzzModel(FuzzPlan plan) {
        this.plan = plan;
    }

    /**
     * How an event ends, and what reaches a sink because of it.
     *
     * @param deliveries as {@code sink<event}
     * @param mayStop whether it may stop the pipeline on its way
     */
    record Prediction(Settlement settlement, Set<String> deliveries, boolean mayStop) {

        static Prediction of(Settlement settlement, boolean mayStop) {
            return new Prediction(settlement, Set.of(), mayStop);
        }

        Prediction and(Prediction other) {
            Set<String> all = new HashSet<>(deliveries);
            all.addAll(other.deliveries);
            Settlement heavier = settlement.compareTo(other.settlement) >= 0 ? settlement : other.settlement;
            return new Prediction(heavier, all, mayStop || other.mayStop);
        }
    }

    Prediction predict(FuzzEvent event) {
        return predict(0, event);
    }

    private Prediction predict(int at, FuzzEvent event) {
        StageSpec stage = plan.stages.get(at);
        Fate fate = plan.fate(stage, event);
        boolean gaveUp = givesUp(stage, fate);
        ErrorDecision decided = gaveUp ? plan.decision(stage.id(), event) : ErrorDecision.RETRY;
        Prediction end = Prediction.of(Settlement.DROPPED, gaveUp && decided == ErrorDecision.STOP);
        boolean passes = decided == ErrorDecision.RETRY || decided == ErrorDecision.STOP;
        if (!passes) {
            boolean skipped = decided == ErrorDecision.SKIP;
            // A dead letter may itself stop the pipeline.
            end = Prediction.of(skipped ? Settlement.SKIPPED : Settlement.DEAD_LETTERED, !skipped);
        }
        return switch (stage.kind()) {
            case GENERATOR -> end.and(made(at, event, fate, passes));
            case CHOICE -> passes ? end.and(taken(stage, event)) : end;
            case SINK, BATCH -> passes ? end.and(delivered(stage, event)) : end;
            default -> passes && !fate.drops() ? end.and(predict(at + 1, event)) : end;
        };
    }

    /** An event of a batch may find the retries used up by its neighbours. */
    private boolean givesUp(StageSpec stage, Fate fate) {
        return fate.failures() > (stage.kind() == Kind.BATCH ? 0 : plan.retries);
    }

    private Prediction made(int at, FuzzEvent event, Fate fate, boolean passes) {
        Prediction all = Prediction.of(Settlement.DROPPED, false);
        int failing = passes ? fate.failures() : plan.retries + 1;
        int before = fate.throwsAtOnce() ? 0 : fate.childrenBefore();
        for (int attempt = 0; attempt < failing; attempt++) {
            for (int i = 0; i < before; i++) {
                all = all.and(predict(at + 1, event.child(attempt, i)));
            }
        }
        for (int i = 0; passes && i < fate.children(); i++) {
            all = all.and(predict(at + 1, event.child(failing, i)));
        }
        return all;
    }

    private Prediction taken(StageSpec choice, FuzzEvent event) {
        Prediction all = Prediction.of(Settlement.DROPPED, false);
        for (int i = 0; i < choice.sinks().size(); i++) {
            if (plan.takes(choice, i, event)) {
                all = all.and(sunk(choice.sinks().get(i), event));
            }
        }
        return all;
    }

    private Prediction sunk(StageSpec sink, FuzzEvent event) {
        boolean gaveUp = givesUp(sink, plan.fate(sink, event));
        ErrorDecision decided = gaveUp ? plan.decision(sink.id(), event) : ErrorDecision.RETRY;
        return switch (decided) {
            case RETRY -> delivered(sink, event);
            case STOP -> delivered(sink, event).and(Prediction.of(Settlement.DROPPED, true));
            case SKIP -> Prediction.of(Settlement.SKIPPED, false);
            case DEAD_LETTER -> Prediction.of(Settlement.DEAD_LETTERED, true);
        };
    }

    private static Prediction delivered(StageSpec sink, FuzzEvent event) {
        return new Prediction(Settlement.DELIVERED, Set.of(sink.id() + "<" + event), false);
    }
}
