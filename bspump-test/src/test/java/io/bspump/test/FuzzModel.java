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
        return predict(0, event, event);
    }

    /**
     * @param event what decides the fate
     * @param named what is delivered: the same, or a member of the aggregate
     */
    private Prediction predict(int at, FuzzEvent event, FuzzEvent named) {
        StageSpec stage = plan.stages.get(at);
        Fate fate = plan.fate(stage, event);
        ErrorDecision decided = decision(stage, event, fate);
        boolean passes = passes(decided);
        Prediction end = failing(stage, fate, decided);
        return switch (stage.kind()) {
            case GENERATOR -> end.and(made(at, event, named, fate, passes));
            case AGGREGATOR -> passes ? end.and(gathered(at, event, named)) : end;
            case CHOICE -> passes ? end.and(taken(stage, event, named)) : end;
            case SINK, BATCH -> passes ? end.and(delivered(stage, named)) : end;
            default -> passes && !fate.drops() ? end.and(predict(at + 1, event, named)) : end;
        };
    }

    private ErrorDecision decision(StageSpec stage, FuzzEvent event, Fate fate) {
        return givesUp(stage, fate) ? plan.decision(stage.id(), event) : ErrorDecision.RETRY;
    }

    private static boolean passes(ErrorDecision decided) {
        return decided == ErrorDecision.RETRY || decided == ErrorDecision.STOP;
    }

    /** What becomes of an event at a stage, as far as its failures there decide it. */
    private Prediction failing(StageSpec stage, Fate fate, ErrorDecision decided) {
        if (passes(decided)) {
            return Prediction.of(Settlement.DROPPED, givesUp(stage, fate) && decided == ErrorDecision.STOP);
        }
        boolean skipped = decided == ErrorDecision.SKIP;
        // A dead letter may itself stop the pipeline.
        return Prediction.of(skipped ? Settlement.SKIPPED : Settlement.DEAD_LETTERED, !skipped);
    }

    /** An event of a batch may find the retries used up by its neighbours. */
    private boolean givesUp(StageSpec stage, Fate fate) {
        return fate.failures() > (stage.kind() == Kind.BATCH ? 0 : plan.retries);
    }

    private Prediction made(int at, FuzzEvent event, FuzzEvent named, Fate fate, boolean passes) {
        Prediction all = Prediction.of(Settlement.DROPPED, false);
        int failing = passes ? fate.failures() : plan.retries + 1;
        int before = fate.throwsAtOnce() ? 0 : fate.childrenBefore();
        for (int attempt = 0; attempt < failing; attempt++) {
            for (int i = 0; i < before; i++) {
                all = all.and(predict(at + 1, event.child(attempt, i), named.child(attempt, i)));
            }
        }
        for (int i = 0; passes && i < fate.children(); i++) {
            all = all.and(predict(at + 1, event.child(failing, i), named.child(failing, i)));
        }
        return all;
    }

    /** All groups of a key have one fate, so it does not matter which events are together in one. */
    private Prediction gathered(int at, FuzzEvent event, FuzzEvent named) {
        StageSpec stage = plan.stages.get(at);
        FuzzEvent group = FuzzEvent.group(plan.group(stage, event));
        Fate fate = plan.fate(stage.end(), group);
        ErrorDecision decided = decision(stage.end(), group, fate);
        Prediction end = failing(stage.end(), fate, decided);
        return passes(decided) && !fate.drops() ? end.and(predict(at + 1, group, named)) : end;
    }

    private Prediction taken(StageSpec choice, FuzzEvent event, FuzzEvent named) {
        Prediction all = Prediction.of(Settlement.DROPPED, false);
        for (int i = 0; i < choice.sinks().size(); i++) {
            if (plan.takes(choice, i, event)) {
                all = all.and(sunk(choice.sinks().get(i), event, named));
            }
        }
        return all;
    }

    private Prediction sunk(StageSpec sink, FuzzEvent event, FuzzEvent named) {
        return switch (decision(sink, event, plan.fate(sink, event))) {
            case RETRY -> delivered(sink, named);
            case STOP -> delivered(sink, named).and(Prediction.of(Settlement.DROPPED, true));
            case SKIP -> Prediction.of(Settlement.SKIPPED, false);
            case DEAD_LETTER -> Prediction.of(Settlement.DEAD_LETTERED, true);
        };
    }

    private static Prediction delivered(StageSpec sink, FuzzEvent named) {
        return new Prediction(Settlement.DELIVERED, Set.of(sink.id() + "<" + named), false);
    }
}
