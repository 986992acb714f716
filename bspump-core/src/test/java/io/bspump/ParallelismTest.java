package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.TestPump.RecordingSink;
import io.bspump.TestPump.ScriptedSource;
import io.bspump.file.FileLineSource;
import io.bspump.file.FileSink;
import io.bspump.routing.InternalSource;
import io.bspump.routing.TeeProcessor;
import io.bspump.routing.TeeSource;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Pipelines of several lanes, seen as one, in virtual time. */
class ParallelismTest {

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final Application app = new Application(time, time) {};
    private final List<Shared> lanes = new ArrayList<>();

    /** One of a group of sources that share the work. */
    private static final class GroupSource extends ScriptedSource {
        GroupSource(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Optional<String> obstacleToLanes(int lanes) {
            return Optional.empty();
        }
    }

    private final class Shared extends Pipeline {
        final GroupSource source = new GroupSource(ParallelismTest.this.app, this);
        final RecordingSink sink;
        boolean broken;

        Shared(Application app, String id, Map<String, ?> config) {
            super(app, id, config);
            sink = new RecordingSink(app, this, "Sink", Map.of("concurrency", 100));
            build(
                    source,
                    new Processor<Object, Object>(app, this, "Work", Map.of()) {
                        @Override
                        protected @Nullable Object process(Context context, Object event) {
                            if (broken) {
                                throw new IllegalArgumentException("cannot do " + event);
                            }
                            return event;
                        }
                    },
                    new TeeProcessor<>(app, this, "Tee", Map.of()),
                    sink);
            lanes.add(this);
        }
    }

    private Pipeline shared(int parallelism, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("parallelism", parallelism);
        return app.pumpService().addPipeline("P", (a, id) -> new Shared(a, id, config));
    }

    private Pipeline running(int parallelism) {
        Pipeline pipeline = shared(parallelism, Map.of());
        pipeline.start().subscribe();
        return pipeline;
    }

    private static List<Object> seen(Shared lane) {
        return lane.sink.events;
    }

    @Test
    void othersSeeOnePipeline() {
        Pipeline pipeline = running(3);

        assertThat(lanes).hasSize(3).first().isSameAs(pipeline);
        assertThat(app.pumpService().pipelines()).containsExactly(pipeline);
        assertThat(lanes).extracting(Pipeline::lane).containsExactly(0, 1, 2);
        assertThat(pipeline.parallelism()).isEqualTo(3);
        assertThat(pipeline.state()).isEqualTo(PipelineState.RUNNING);
        lanes.get(0).source.push("a");
        lanes.get(1).source.push("b");
        lanes.get(1).source.push(1);
        lanes.get(2).source.push("c");
        assertThat(lanes)
                .extracting(ParallelismTest::seen)
                .containsExactly(List.of("a"), List.of("b", 1), List.of("c"));
        assertThat(lanes.get(1).source.settled).containsExactly("b:DELIVERED", "1:DELIVERED");
    }

    @Test
    void isNotReadyBeforeAllLanesAre() {
        Pipeline pipeline = shared(2, Map.of());

        assertThat(pipeline.state()).isEqualTo(PipelineState.CREATED);
        lanes.get(0).runtime().start().subscribe();
        assertThat(pipeline.laneStates()).containsExactly(PipelineState.RUNNING, PipelineState.CREATED);
        assertThat(pipeline.state()).isEqualTo(PipelineState.CREATED);
        lanes.get(1).runtime().start().subscribe();
        assertThat(pipeline.state()).isEqualTo(PipelineState.RUNNING);
    }

    @Test
    void anErrorInOneLaneStopsAllUntilTheyAreResumed() {
        Pipeline pipeline = running(3);
        lanes.get(1).sink.holds = true;
        lanes.get(1).source.push("in flight");
        lanes.get(2).broken = true;
        lanes.get(2).source.push("bad");
        lanes.get(0).source.push("a");
        lanes.get(1).source.push("b");
        lanes.get(2).source.push("c");

        assertThat(pipeline.state()).isEqualTo(PipelineState.ERROR);
        assertThat(pipeline.isError()).isTrue();
        assertThat(pipeline.laneStates())
                .containsExactly(PipelineState.RUNNING, PipelineState.RUNNING, PipelineState.ERROR);
        assertThat(pipeline.error()).hasValueSatisfying(error -> assertThat(error)
                .hasToString("Work: java.lang.IllegalArgumentException: cannot do bad"));
        assertThat(seen(lanes.get(0))).isEmpty();
        assertThat(seen(lanes.get(1))).containsExactly("in flight");
        lanes.get(1).sink.confirm();
        assertThat(lanes.get(1).source.settled).containsExactly("in flight:DELIVERED");

        lanes.get(1).sink.holds = false;
        lanes.get(2).broken = false;
        pipeline.resume();

        assertThat(pipeline.state()).isEqualTo(PipelineState.RUNNING);
        assertThat(pipeline.error()).isEmpty();
        assertThat(seen(lanes.get(0))).containsExactly("a");
        assertThat(seen(lanes.get(1))).containsExactly("in flight", "b");
        assertThat(seen(lanes.get(2))).containsExactly("bad", "c");
        assertThat(pipeline.unsettled()).isZero();
    }

    @Test
    void twoLanesInErrorResumeTogether() {
        Pipeline pipeline = running(3);
        lanes.get(0).sink.holds = true;
        lanes.get(0).source.push("late");
        lanes.get(1).broken = true;
        lanes.get(1).source.push("first");
        lanes.get(0).sink.reject(new IllegalStateException("lost"));
        lanes.get(2).source.push("waits");

        assertThat(pipeline.laneStates())
                .containsExactly(PipelineState.ERROR, PipelineState.ERROR, PipelineState.RUNNING);
        assertThat(pipeline.error().orElseThrow()).hasToString("Sink: java.lang.IllegalStateException: lost");
        lanes.get(0).sink.holds = false;
        pipeline.resume(); // the second one fails again, so that all stay held

        assertThat(pipeline.laneStates())
                .containsExactly(PipelineState.RUNNING, PipelineState.ERROR, PipelineState.RUNNING);
        assertThat(seen(lanes.get(2))).isEmpty();
        lanes.get(1).broken = false;
        pipeline.resume();
        assertThat(seen(lanes.get(2))).containsExactly("waits");
        assertThat(pipeline.state()).isEqualTo(PipelineState.RUNNING);
    }

    @Test
    void stopsInAllLanesAlthoughOneIsInError() {
        Pipeline pipeline = running(2);
        lanes.get(0).broken = true;
        lanes.get(0).source.push("bad");
        lanes.get(1).source.push("good");
        assertThat(seen(lanes.get(1))).isEmpty();

        pipeline.stop().subscribe();

        assertThat(pipeline.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(lanes).allSatisfy(lane -> assertThat(lane.source.stopped).isTrue());
        assertThat(seen(lanes.get(1))).containsExactly("good");
        assertThat(pipeline.unsettled()).isEqualTo(1);
    }

    @Test
    void finishesWhenTheLastLaneHas() {
        Pipeline pipeline = running(2);
        List<String> ended = new ArrayList<>();
        pipeline.finished().subscribe(nothing -> {}, e -> {}, () -> ended.add("finished"));
        lanes.get(0).source.complete();

        assertThat(pipeline.laneStates()).containsExactly(PipelineState.FINISHED, PipelineState.RUNNING);
        assertThat(pipeline.state()).isEqualTo(PipelineState.RUNNING);
        assertThat(ended).isEmpty();
        lanes.get(1).source.complete();
        assertThat(pipeline.state()).isEqualTo(PipelineState.FINISHED);
        assertThat(ended).containsExactly("finished");
    }

    @Test
    void laneWithADefectHoldsTheOthers() {
        Pipeline pipeline = shared(2, Map.of());
        lanes.get(1).sink.holds = true;
        pipeline.start().subscribe();
        lanes.get(1).runtime().crashed(new IllegalStateException("defect"));
        lanes.get(0).source.push("waits");

        assertThat(pipeline.isError()).isTrue();
        assertThat(seen(lanes.get(0))).isEmpty();
        pipeline.resume();
        assertThat(seen(lanes.get(0))).containsExactly("waits");
    }

    @Test
    void theBudgetInFlightIsThatOfAllTogether() {
        Pipeline pipeline = shared(4, Map.of("max_in_flight", 12));
        lanes.forEach(lane -> lane.sink.holds = true);
        pipeline.start().subscribe();
        for (Shared lane : lanes) {
            IntStream.range(0, 10).forEach(lane.source::push);
        }

        assertThat(lanes).allSatisfy(lane -> assertThat(seen(lane)).containsExactly(0, 1, 2));
        assertThat(pipeline.unsettled()).isEqualTo(12);
        lanes.get(3).sink.confirm();
        assertThat(seen(lanes.get(3))).hasSize(4);
        assertThat(seen(lanes.get(0))).hasSize(3);
    }

    @Test
    void metersCountAllLanesAndThereIsOneOfEach() {
        Pipeline pipeline = running(3);
        lanes.get(0).source.push("a");
        lanes.get(0).source.push("b");
        lanes.get(2).source.push("c");
        lanes.get(1).sink.holds = true;
        lanes.get(1).source.push("d");

        assertThat(meter("bspump.pipeline.event.in")).isEqualTo(4);
        assertThat(meter("bspump.pipeline.event.out")).isEqualTo(3);
        assertThat(app.meterRegistry().get("bspump.pipeline.unsettled").gauge().value())
                .isEqualTo(1);
        assertThat(app.meterRegistry()
                        .get("bspump.pipeline.processor.event.in")
                        .tag("processor", "Work")
                        .functionCounter()
                        .count())
                .isEqualTo(4);
        lanes.get(1).sink.confirm();
        lanes.get(0).source.complete();
        lanes.get(2).source.push("e");
        assertThat(meter("bspump.pipeline.event.out")).isEqualTo(5);
        assertThat(app.meterRegistry().getMeters())
                .extracting(Meter::getId)
                .doesNotHaveDuplicates()
                .allSatisfy(id -> assertThat(id.getTag("lane")).isNull());

        app.pumpService().removePipeline("P").subscribe();
        assertThat(pipeline.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(app.meterRegistry().getMeters())
                .extracting(each -> each.getId().getName())
                .noneMatch(name -> name.startsWith("bspump.pipeline"));
    }

    private double meter(String name) {
        Collection<FunctionCounter> all = app.meterRegistry().get(name).functionCounters();
        assertThat(all).hasSize(1);
        return all.iterator().next().count();
    }

    @Test
    void messagesSayWhichLaneTheyComeFrom() {
        Pipeline pipeline = shared(2, Map.of());
        List<Object> heard = new ArrayList<>();
        pipeline.pubSub().subscribe("bspump.pipeline.ready!", message -> {
            assertThat(message.values().get("pipeline")).isSameAs(pipeline);
            heard.add(Objects.requireNonNull(message.values().get("lane")));
        });
        pipeline.start().subscribe();

        assertThat(heard).containsExactly(0, 1);
    }

    @Test
    void allLanesFeedThePipelineThatIsBoundToTheirTee() {
        Pipeline pipeline = shared(3, Map.of());
        RecordingSink[] sink = new RecordingSink[1];
        Pipeline bound = new Pipeline(app, "Bound") {
            {
                sink[0] = new RecordingSink(ParallelismTest.this.app, this, "Sink", Map.of("concurrency", 100));
                build(new TeeSource<>(ParallelismTest.this.app, this).bind("P.Tee"), sink[0]);
            }
        };
        app.pumpService().addPipeline(bound);
        bound.start().subscribe();
        pipeline.start().subscribe();
        sink[0].holds = true;
        lanes.get(0).source.push("a");
        lanes.get(2).source.push("c");

        assertThat(sink[0].events).containsExactly("a", "c");
        assertThat(pipeline.unsettled()).isEqualTo(2);
        sink[0].confirm();
        sink[0].confirm();
        assertThat(pipeline.unsettled()).isZero();
        assertThat(lanes.get(2).source.settled).containsExactly("c:DELIVERED");
        app.pumpService().removePipeline("Bound").subscribe();
        lanes.get(1).source.push("b");
        assertThat(lanes.get(1).source.settled).containsExactly("b:DELIVERED");
    }

    private List<String> refused(BiFunction<Pipeline, Application, Object[]> parts) {
        Pipeline pipeline = app.pumpService()
                .addPipeline("P", (a, id) -> new Pipeline(a, id, Map.of("parallelism", 4)) {
                    {
                        Object[] made = parts.apply(this, a);
                        build((Source<?>) made[0], (Stage<?, ?>) made[1]);
                    }
                });
        return problems(pipeline);
    }

    private static List<String> problems(Pipeline pipeline) {
        return pipeline.problems().stream()
                .map(problem -> problem.toString().replace(" (given in code)", ""))
                .toList();
    }

    @Test
    void sourceThatDoesNotShareItsWorkIsRefused() {
        assertThat(refused((p, a) -> new Object[] {new IteratorSource<>(a, p, List.of()), new NullSink(a, p)}))
                .containsExactly("[pipeline:P] parallelism = 4 is not possible:"
                        + " IteratorSource would read everything 4 times");
    }

    @Test
    void fileIsReadOnce() {
        assertThat(refused((p, a) ->
                        new Object[] {new FileLineSource(a, p, null, Map.of("path", "x")), new NullSink(a, p)}))
                .containsExactly("[pipeline:P] parallelism = 4 is not possible:"
                        + " FileLineSource would read everything 4 times");
    }

    @Test
    void pipelineThatOthersFeedAndFileThatIsWrittenAreRefusedTogether() {
        assertThat(refused((p, a) ->
                        new Object[] {new InternalSource<>(a, p), new FileSink(a, p, null, Map.of("path", "out.log"))}))
                .containsExactly(
                        "[pipeline:P] parallelism = 4 is not possible:"
                                + " InternalSource is fed by others, who know one of it and not 4",
                        "[pipeline:P] parallelism = 4 is not possible:"
                                + " FileSink would write to 'out.log' 4 times at once");
    }

    @Test
    void instanceThatNobodyCanMakeAgainIsRefused() {
        Shared captured = new Shared(app, "P", Map.of("parallelism", 2));
        app.pumpService().addPipeline(captured);

        assertThat(problems(captured))
                .containsExactly("[pipeline:P] parallelism = 2 is not possible: it was added as an instance that"
                        + " cannot be made again; add it with a factory");
        assertThat(captured.laneStates()).hasSize(1);
    }

    @Test
    void factoryThatMakesSomethingElseEachTimeIsRefused() {
        Pipeline pipeline = app.pumpService()
                .addPipeline("P", (a, id) -> new Pipeline(a, id, Map.of("parallelism", 2)) {
                    {
                        build(new GroupSource(a, this), new NullSink(a, this, "Sink" + lanes.size(), Map.of()));
                        lanes.add(new Shared(a, "Other", Map.of()));
                    }
                });

        assertThat(problems(pipeline))
                .containsExactly(
                        "[pipeline:P] parallelism = 2 is not possible: it has other parts each time it is made");
    }
}
