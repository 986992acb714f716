package io.bspump;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The steps that a list of stages becomes at run time, first to last. */
final class Chain {

    private final Lane lane;
    private final FailurePolicy failures;
    private final Map<Component, StageMeter> meters;
    private final long maxInFlight;
    private final List<Step> steps = new ArrayList<>();

    /** Makes the step of the sink where positions are written together with events, null elsewhere. */
    private final @Nullable BiFunction<Stage<?, ?>, StageMeter, Step> transactions;

    Chain(
            Lane lane,
            FailurePolicy failures,
            Map<Component, StageMeter> meters,
            long maxInFlight,
            @Nullable BiFunction<Stage<?, ?>, StageMeter, Step> transactions) {
        this.transactions = transactions;
        this.lane = lane;
        this.failures = failures;
        this.meters = meters;
        this.maxInFlight = maxInFlight;
    }

    /** Makes the steps of the stages and returns the first. */
    Step assemble(List<Stage<?, ?>> stages) {
        int last = stages.size() - 1;
        Step next = sink(stages.get(last));
        int i = last - 1;
        while (i >= 0) {
            Stage<?, ?> stage = stages.get(i);
            if (stage instanceof Processor<?, ?>) {
                int from = i;
                while (from > 0 && stages.get(from - 1) instanceof Processor<?, ?>) {
                    from--;
                }
                List<Stage<?, ?>> run = stages.subList(from, i + 1);
                next = routed(run, add(synchronous(run, next)));
                i = from - 1;
            } else {
                next = routed(List.of(stage), add(asynchronous(stage, next)));
                i--;
            }
        }
        return next;
    }

    List<Step> steps() {
        return steps;
    }

    private Step synchronous(List<Stage<?, ?>> stages, Step next) {
        List<Processor<?, ?>> processors = new ArrayList<>();
        List<StageMeter> counted = new ArrayList<>();
        for (Stage<?, ?> stage : stages) {
            processors.add((Processor<?, ?>) stage);
            counted.add(meter(stage));
        }
        return new SyncStep(failures, processors, counted, next);
    }

    private Step asynchronous(Stage<?, ?> stage, Step next) {
        if (stage instanceof AsyncProcessor<?, ?> processor) {
            return ConcurrentStep.of(processor, lane, failures, meter(stage), next);
        }
        if (stage instanceof Aggregator<?, ?> aggregator) {
            return new AggregateStep(aggregator, lane, failures, meter(stage), next);
        }
        return new GeneratorStep((Generator<?, ?>) stage, lane, failures, meter(stage), next, transactions != null);
    }

    private Step sink(Stage<?, ?> stage) {
        if (transactions != null) {
            return add(transactions.apply(stage, meter(stage)));
        }
        if (stage instanceof BatchSink<?> sink) {
            return add(new BatchStep(sink, lane, failures, meter(stage)));
        }
        if (stage instanceof ConditionalSinks<?> choice) {
            List<Step> sinks = new ArrayList<>();
            for (Stage<?, ?> each : choice.sinks()) {
                sinks.add(sink(each));
            }
            List<Predicate<Object>> conditions = choice.conditions();
            return add(new ChoiceStep(failures, meter(stage), conditions, sinks));
        }
        return routed(List.of(stage), add(ConcurrentStep.of((Sink<?>) stage, lane, failures, meter(stage))));
    }

    /** Puts a step before those stages that send events to other pipelines. */
    private Step routed(List<Stage<?, ?>> stages, Step next) {
        Step first = next;
        for (Stage<?, ?> stage : stages) {
            Routes routes = stage.ways;
            if (routes != null) {
                RoutingStep step = new RoutingStep(lane, failures, meter(stage), routes, maxInFlight, first);
                routes.open(step);
                first = add(step);
            }
        }
        return first;
    }

    private StageMeter meter(Component component) {
        return meters.computeIfAbsent(component, key -> new StageMeter(key.id()));
    }

    private Step add(Step step) {
        steps.add(0, step);
        return step;
    }
}
