package io.bspump;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Shows a pipeline's counters in the meter registry. The lane counts in plain fields; the registry reads them when it is
 * asked, so counting costs no more than an addition.
 */
final class PipelineMeters {

    private final MeterRegistry registry;
    private final PipelineLanes lanes;
    private final List<Meter> meters = new ArrayList<>();

    /** Shows those of all lanes as one. */
    PipelineMeters(Pipeline pipeline, MeterRegistry registry) {
        this.registry = registry;
        this.lanes = pipeline.lanes();
        Tags tags = Tags.of("pipeline", pipeline.id());
        List<Component> stages = new ArrayList<>();
        pipeline.stages().forEach(stage -> Pipeline.addWithSinks(stages, stage));

        count(tags, "bspump.pipeline.event.in", "Events that the sources emitted", sum(pipeline.sources(), m -> m.in));
        count(tags, "bspump.pipeline.event.out", "Events that the sinks confirmed", sum(sinks(stages), m -> m.out));
        count(tags, "bspump.pipeline.event.drop", "Events that a stage dropped", sum(stages, m -> m.drop));
        count(
                tags,
                "bspump.pipeline.warning",
                "Failures after which the pipeline went on",
                all -> counted(all, r -> r.warnings));
        count(tags, "bspump.pipeline.error", "Failures that stopped the pipeline", all -> counted(all, r -> r.errors));
        count(
                tags,
                "bspump.pipeline.rewind",
                "How often the pipeline began again from stored positions",
                all -> counted(all, PipelineRuntime::rewindCount));
        count(
                tags,
                "bspump.pipeline.dutycycle.ready",
                "Seconds in which the pipeline was ready",
                PipelineLanes::readySeconds);
        meters.add(Gauge.builder("bspump.pipeline.unsettled", lanes, PipelineLanes::unsettled)
                .description("Events that have not settled")
                .tags(tags)
                .register(registry));
        for (Component component : pipeline.components()) {
            stage(tags.and("processor", component.id()), component);
        }
    }

    private void stage(Tags tags, Component component) {
        List<Component> one = List.of(component);
        String name = "bspump.pipeline.processor.event.";
        count(tags, name + "in", "Events that went into the stage, each try counted", sum(one, m -> m.in));
        count(tags, name + "out", "Events that came out of the stage", sum(one, m -> m.out));
        count(tags, name + "drop", "Events that the stage dropped", sum(one, m -> m.drop));
        count(tags, name + "error", "Events that failed in the stage, each try counted", sum(one, m -> m.error));
        if (component instanceof Aggregator<?, ?> aggregator) {
            aggregate(tags, aggregator);
        }
        if (component.pipeline().runtime().meter(component) != null) {
            ToDoubleFunction<PipelineLanes> timed = sum(one, m -> m.timed);
            meters.add(FunctionTimer.builder(
                            "bspump.pipeline.profiler",
                            lanes,
                            all -> (long) timed.applyAsDouble(all),
                            sum(one, m -> m.timedNanos),
                            TimeUnit.NANOSECONDS)
                    .description("Time in the stage, of a sample of the events")
                    .tags(tags)
                    .register(registry));
        }
    }

    private void aggregate(Tags tags, Aggregator<?, ?> aggregator) {
        String name = "bspump.pipeline.aggregate.";
        List<Aggregator<?, ?>> all = new ArrayList<>();
        lanes.alike(aggregator).forEach(each -> all.add((Aggregator<?, ?>) each));
        count(tags, name + "early", "Groups closed early for want of room in flight", r -> all.stream()
                .mapToDouble(Aggregator::early)
                .sum());
        count(tags, name + "late", "Events that came when their group had been closed", r -> all.stream()
                .mapToDouble(Aggregator::late)
                .sum());
        meters.add(Gauge.builder(name + "open", lanes, r -> all.stream()
                        .mapToDouble(Aggregator::open)
                        .sum())
                .description("Groups that are open")
                .tags(tags)
                .register(registry));
    }

    private static List<Component> sinks(List<Component> stages) {
        return stages.stream()
                .filter(c -> c instanceof Sink<?> || c instanceof BatchSink<?>)
                .toList();
    }

    private static double counted(PipelineLanes lanes, ToLongFunction<PipelineRuntime> value) {
        return lanes.all().stream().map(Pipeline::runtime).mapToLong(value).sum();
    }

    private ToDoubleFunction<PipelineLanes> sum(
            List<? extends Component> components, ToLongFunction<StageMeter> value) {
        List<Component> all = components.stream()
                .flatMap(component -> lanes.alike(component).stream())
                .toList();
        return lanes -> {
            long sum = 0;
            for (Component component : all) {
                StageMeter meter = component.pipeline().runtime().meter(component);
                sum += meter == null ? 0 : value.applyAsLong(meter);
            }
            return sum;
        };
    }

    private void count(Tags tags, String name, String description, ToDoubleFunction<PipelineLanes> value) {
        meters.add(FunctionCounter.builder(name, lanes, value)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    void remove() {
        meters.forEach(registry::remove);
    }
}
