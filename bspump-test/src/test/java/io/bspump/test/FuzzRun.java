package io.bspump.test;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.ErrorDecision;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.Settlement;
import io.bspump.test.FuzzPlan.End;
import io.bspump.test.FuzzPlan.Kind;
import io.bspump.test.FuzzPlan.SourceSpec;
import io.bspump.test.FuzzPlan.StageSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import reactor.test.scheduler.VirtualTimeScheduler;

/** One random pipeline, run in virtual time and compared with the model. */
final class FuzzRun {

    /** Steps without a call of a stage, far longer together than any delay of a plan. */
    private static final int MAX_IDLE = 300;

    private static final int MAX_CALLS = 300_000;
    private static final int MAX_VIOLATIONS = 5;

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final FuzzPlan plan;
    private final FuzzModel model;
    private final SplittableRandom random;
    private final List<String> violations = new ArrayList<>();
    private final Map<FuzzEvent, FuzzModel.Prediction> predictions = new HashMap<>();
    private final Set<String> delivered = new HashSet<>();
    private final TestApplication app;
    private final Line line;

    FuzzRun(long seed) {
        plan = new FuzzPlan(seed);
        model = new FuzzModel(plan);
        random = new SplittableRandom(~seed);
        app = new TesterSetup().keepSources().keepSinks().application(time, time, output -> {});
        line = new Line(app);
    }

    private final class Line extends Pipeline {
        private final List<FuzzSource> sources = new ArrayList<>();
        private final FuzzStages stages;

        Line(Application app) {
            super(app, "Fuzz", plan.config);
            stages = new FuzzStages(plan, app, this, time);
            Consumer<String> violated = FuzzRun.this::violated;
            long limit = Math.max(1, plan.maxInFlight / plan.sources.size());
            for (SourceSpec spec : plan.sources) {
                sources.add(new FuzzSource(spec, app, this, time, limit, FuzzRun.this::watch, violated));
            }
            build(sources, stages.all(plan.stages));
            if (plan.hasLetters()) {
                deadLetter(stages.all(plan.letterStages));
            }
        }

        @Override
        protected ErrorDecision handleError(Throwable error, Context context, Object event) {
            if (error instanceof FuzzStages.Planned planned) {
                if (event != planned.event && !planned.stage.endsWith(StageSpec.END)) {
                    violated("handleError got " + event + " for " + planned.event);
                }
                return plan.decision(planned.stage, planned.event);
            }
            violated("handleError got " + error);
            return ErrorDecision.STOP;
        }
    }

    private void violated(String what) {
        if (violations.size() < MAX_VIOLATIONS) {
            violations.add(what);
        }
    }

    private FuzzModel.Prediction prediction(FuzzEvent event) {
        return predictions.computeIfAbsent(event, model::predict);
    }

    /** At the moment an event settles, everything that this says must already be so. */
    private void watch(FuzzEvent event, Settlement how) {
        FuzzModel.Prediction expected = prediction(event);
        boolean mayFail = plan.end != End.FINISH && expected.mayStop();
        if (how == Settlement.FAILED ? !mayFail : how != expected.settlement()) {
            violated(event + " settled as " + how + ", expected " + expected.settlement());
        } else if (how != Settlement.FAILED) {
            collectDeliveries();
            for (String delivery : expected.deliveries()) {
                if (!delivered.contains(delivery)) {
                    violated(event + " settled as " + how + " before " + delivery);
                    return;
                }
            }
        }
    }

    private final Map<String, Integer> collected = new HashMap<>();

    private void collectDeliveries() {
        line.stages.delivered.forEach((sink, events) -> {
            int from = collected.getOrDefault(sink, 0);
            for (FuzzEvent event : events.subList(from, events.size())) {
                for (FuzzEvent origin : event.origins()) {
                    // Of a choice's sinks each may send a dead letter of the event.
                    if (!delivered.add(sink + "<" + origin) && !sink.equals("D")) {
                        violated(origin + " delivered twice at " + sink);
                    }
                }
            }
            collected.put(sink, events.size());
        });
    }

    /** Runs it; returns what was wrong, with the plan, or an empty text. */
    String run() {
        line.pubSub()
                .subscribe("bspump.pipeline.error!", message -> line.error().ifPresent(error -> {
                    if (!(error.error() instanceof FuzzStages.Planned)
                            && !"planned failure of the source"
                                    .equals(error.error().getMessage())) {
                        violated("crashed: " + error);
                    }
                }));
        app.startAll();
        try {
            drive();
            checkEnd();
            checkQuiet();
        } catch (RuntimeException | AssertionError e) {
            violated("threw " + e);
        }
        return violations.isEmpty() ? "" : plan + "\n  * " + String.join("\n  * ", violations);
    }

    private void drive() {
        int idle = 0;
        for (int step = 0; idle < MAX_IDLE && line.stages.calls < MAX_CALLS && !isOver(); step++) {
            int before = line.stages.calls;
            if (step == plan.endStep && plan.end != End.FINISH) {
                app.stopAll();
            }
            if (step == plan.endStep + 3 && plan.end == End.CUT) {
                app.cutAll();
            }
            if (line.state() == PipelineState.ERROR ? random.nextInt(3) > 0 : random.nextInt(30) == 0) {
                line.resume();
            }
            time.advanceTimeBy(Duration.ofMillis(random.nextInt(10) == 0 ? 3000 : random.nextInt(40)));
            idle = before == line.stages.calls ? idle + 1 : 0;
        }
        if (!isOver()) {
            violated((idle < MAX_IDLE ? "never ends, in " : "stuck in ") + line.state() + " with " + line.unsettled()
                    + " unsettled, error " + line.error());
        }
    }

    private boolean isOver() {
        return line.state() == PipelineState.FINISHED || line.state() == PipelineState.STOPPED;
    }

    private void checkEnd() {
        if (!isOver()) {
            return;
        }
        boolean finished = line.state() == PipelineState.FINISHED;
        if (plan.end == End.FINISH && !finished) {
            violated("ended as " + line.state());
        }
        collectDeliveries();
        Set<String> expected = new HashSet<>();
        boolean mayLeave = plan.end == End.CUT
                || (!finished
                        && plan.sources.stream()
                                .anyMatch(source -> !source.failures().isEmpty()));
        for (FuzzSource source : line.sources) {
            for (int i = 0; i < source.emitted; i++) {
                FuzzModel.Prediction one = prediction(FuzzEvent.of(number(source), i));
                expected.addAll(one.deliveries());
                mayLeave |= one.mayStop() && !finished;
            }
        }
        for (FuzzSource source : line.sources) {
            if (!mayLeave && source.settled.size() < source.emitted) {
                violated(source.id() + ": " + source.settled.size() + " of " + source.emitted + " settled");
            }
            if (finished && source.emitted < plan.sources.get(number(source)).events()) {
                violated(source.id() + " emitted only " + source.emitted);
            }
            if (source.stops != 1) {
                violated(source.id() + " was stopped " + source.stops + " times");
            }
        }
        Set<String> beyond = new HashSet<>(delivered);
        beyond.removeIf(delivery -> expected.contains(delivery) || delivery.startsWith("D<"));
        if (!beyond.isEmpty()) {
            violated("delivered and not expected: " + beyond);
        }
        if (finished && line.unsettled() != 0) {
            violated("finished with " + line.unsettled() + " unsettled");
        }
        checkOrder();
    }

    private static int number(FuzzSource source) {
        return Integer.parseInt(source.id().substring(1));
    }

    private void checkOrder() {
        if (!plan.stages.stream().allMatch(StageSpec::isOrdered)) {
            return;
        }
        StageSpec last = plan.stages.get(plan.stages.size() - 1);
        List<StageSpec> sinks = last.kind() == Kind.CHOICE ? last.sinks() : List.of(last);
        for (StageSpec sink : sinks) {
            List<FuzzEvent> events = line.stages.delivered.getOrDefault(sink.id(), List.of());
            boolean rejects = sink.kind() == Kind.BATCH
                    && events.stream().anyMatch(event -> plan.fate(sink, event).failures() > 0);
            if (sink.isOrdered() && !rejects) {
                checkOrder(sink, events);
            }
        }
    }

    private void checkOrder(StageSpec sink, List<FuzzEvent> events) {
        Map<Integer, FuzzEvent> last = new HashMap<>();
        for (FuzzEvent event : events) {
            FuzzEvent before = last.put(event.source(), event);
            if (before != null && before.compareTo(event) >= 0) {
                violated(event + " reached " + sink.id() + " after " + before);
                return;
            }
        }
    }

    /** When it has ended, it has. */
    private void checkQuiet() {
        int calls = line.stages.calls;
        int settled =
                line.sources.stream().mapToInt(source -> source.settled.size()).sum();
        line.resume();
        time.advanceTimeBy(Duration.ofHours(1));
        if (isOver() && calls != line.stages.calls) {
            violated("called its stages after its end");
        }
        if (isOver()
                && settled
                        != line.sources.stream()
                                .mapToInt(source -> source.settled.size())
                                .sum()) {
            violated("settled events after its end");
        }
    }
}
