package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.TestPump.RecordingSink;
import io.bspump.TestPump.ScriptedSource;
import io.bspump.routing.InternalSource;
import io.bspump.routing.RouterProcessor;
import io.bspump.routing.RouterSink;
import io.bspump.routing.TeeProcessor;
import io.bspump.routing.TeeSource;
import io.bspump.sink.NullSink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Pipelines that feed others: what settles, waits, fails and ends with what, in virtual time. */
class RoutingTest {

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final Application app = new Application(time, time) {};

    /** A pipeline from a scripted source. */
    private final class Feeder extends Pipeline {
        final ScriptedSource source = new ScriptedSource(RoutingTest.this.app, this);

        Feeder(String id, Map<String, ?> config, Function<Pipeline, Stage<?, ?>[]> stages) {
            super(RoutingTest.this.app, id, config);
            build(source, stages.apply(this));
        }

        Feeder push(Object... events) {
            for (Object event : events) {
                source.push(event);
            }
            return this;
        }
    }

    /** A pipeline from an internal source to a recording sink. */
    private final class Target extends Pipeline {
        final RecordingSink sink = new RecordingSink(RoutingTest.this.app, this);
        final List<Context> contexts = new ArrayList<>();

        Target(String id, Map<String, ?> config) {
            super(RoutingTest.this.app, id, config);
            build(
                    new InternalSource<>(RoutingTest.this.app, this),
                    new Processor<Object, Object>(RoutingTest.this.app, this, "Look", Map.of()) {
                        @Override
                        protected @Nullable Object process(Context context, Object event) {
                            contexts.add(context);
                            context.put("seen", id);
                            return event.equals("nothing") ? null : event;
                        }
                    },
                    sink);
        }
    }

    private Target target(String id) {
        return target(id, Map.of());
    }

    private Target target(String id, Map<String, ?> config) {
        return started(new Target(id, config));
    }

    private <P extends Pipeline> P started(P pipeline) {
        app.pumpService().addPipeline(pipeline);
        pipeline.start().subscribe();
        return pipeline;
    }

    private Feeder feeder(Map<String, ?> config, Function<Pipeline, Stage<?, ?>[]> stages) {
        return started(new Feeder("A", config, stages));
    }

    private Feeder routing(Map<String, ?> config, Map<String, ?> routing) {
        return feeder(
                config, line -> TestPump.stages(new RouterSink<>(app, line, "Router", with(routing, "default", "B"))));
    }

    private static Map<String, Object> with(Map<String, ?> config, String key, Object value) {
        Map<String, Object> all = new HashMap<>(config);
        all.put(key, value);
        return all;
    }

    private Feeder teeing(Map<String, ?> tee) {
        return feeder(
                Map.of(), line -> TestPump.stages(new TeeProcessor<>(app, line, "Tee", tee), new NullSink(app, line)));
    }

    @Test
    void settlesWhenTheTargetHasDelivered() {
        Target b = target("B");
        b.sink.holds = true;
        Feeder a = routing(Map.of(), Map.of()).push(1, 2);
        assertThat(b.sink.events).containsExactly(1);
        assertThat(a.source.settled).isEmpty();
        assertThat(a.unsettled()).isEqualTo(2);
        b.sink.confirm();
        assertThat(a.source.settled).containsExactly("1:DELIVERED");
        b.sink.confirm();
        assertThat(a.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED");
    }

    @Test
    void finishesWhenTheTargetHasDelivered() {
        Target b = target("B");
        b.sink.holds = true;
        Feeder a = routing(Map.of(), Map.of()).push(1);
        a.source.complete();
        assertThat(a.state()).isEqualTo(PipelineState.RUNNING);
        b.sink.confirm();
        assertThat(a.state()).isEqualTo(PipelineState.FINISHED);
    }

    @Test
    void waitsForATargetThatHasNotStarted() {
        Target b = app.pumpService().addPipeline(new Target("B", Map.of()));
        Feeder a = routing(Map.of(), Map.of("on_target_error", "error")).push(1, 2, 3);
        assertThat(a.source.settled).isEmpty();
        b.start().subscribe();
        assertThat(a.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED", "3:DELIVERED");
        assertThat(b.sink.events).containsExactly(1, 2, 3);
    }

    @Test
    void whatIsDroppedSkippedOrBuriedThereHasEndedWell() {
        target("Letters");
        Target b = target("B", Map.of("on_error", "skip", "dead_letter", "Letters"));
        b.sink.failing = event -> event.equals("bad") ? new IllegalStateException("bad") : null;
        Feeder a = routing(Map.of(), Map.of()).push("nothing", "bad", "good");
        // The sink's own end counts, too: it has handed the event over.
        assertThat(a.source.settled).containsExactly("nothing:DELIVERED", "bad:SKIPPED", "good:DELIVERED");
    }

    @Test
    void theContextTravelsAsACopy() {
        Target b = target("B");
        List<Context> own = new ArrayList<>();
        Feeder a = feeder(
                Map.of(),
                line -> TestPump.stages(
                        new Processor<Object, Object>(app, line, "Put", Map.of()) {
                            @Override
                            protected Object process(Context context, Object event) {
                                own.add(context.put("key", "value"));
                                return event;
                            }
                        },
                        new RouterSink<>(app, line, "Router", Map.of("default", "B"))));
        a.push(1);
        assertThat(b.contexts.get(0).asMap()).isEqualTo(Map.of("key", "value", "seen", "B"));
        assertThat(own.get(0).asMap()).isEqualTo(Map.of("key", "value"));
    }

    @Test
    void aTeeSettlesWhenItsOwnPathAndAllCopiesHave() {
        Target b = target("B");
        Target c = target("C");
        b.sink.holds = true;
        c.sink.holds = true;
        Feeder a = teeing(Map.of("targets", "B, C.*InternalSource")).push(1);
        assertThat(b.sink.events).containsExactly(1);
        assertThat(c.sink.events).containsExactly(1);
        c.sink.confirm();
        assertThat(a.source.settled).isEmpty();
        b.sink.confirm();
        assertThat(a.source.settled).containsExactly("1:DELIVERED");
    }

    @Test
    void theCopiesOfATeeAreItsTargetsOwn() {
        Target b = target("B");
        Target c = target("C");
        Feeder a = teeing(Map.of("targets", "B")).push(Map.of("list", List.of(1)));
        Object copy = b.sink.events.get(0);
        assertThat(copy).isEqualTo(Map.of("list", List.of(1)));
        ((Map<?, ?>) copy).clear();
        ((TeeProcessor<?>) a.stages().get(0)).bind("C");
        Object[] array = {new byte[] {1}, null};
        a.push((Object) array);
        assertThat(c.sink.events.get(0)).isEqualTo(array).isNotSameAs(array).isNotSameAs(b.sink.events.get(1));
    }

    @Test
    void aSlowTargetSlowsItsFeederEvenBehindAGenerator() {
        Target b = target("B", Map.of("max_in_flight", 5));
        b.sink.holds = true;
        List<Object> made = new ArrayList<>();
        Feeder a = feeder(
                Map.of("max_in_flight", 10),
                line -> TestPump.stages(
                        new Generator<Object, Object>(app, line, "Many", Map.of()) {
                            @Override
                            protected Flux<Object> generate(Context context, Object event) {
                                return Flux.range(0, 100_000).cast(Object.class).doOnNext(made::add);
                            }
                        },
                        new RouterSink<>(app, line, "Router", Map.of("default", "B"))));
        a.push("start");
        assertThat(made).hasSizeLessThan(10 + 2 * 256);
        for (int i = 0; i < 1000; i++) {
            b.sink.confirm();
        }
        assertThat(made).hasSizeLessThan(1010 + 2 * 256);
        assertThat(b.sink.events).hasSize(1001);
    }

    @Test
    void aFeederIsAskedForNoMoreThanItsOwnLimit() {
        Target b = target("B");
        b.sink.holds = true;
        Feeder a = routing(Map.of("max_in_flight", 4), Map.of());
        a.push(IntStream.range(0, 100).boxed().toArray());
        assertThat(a.unsettled()).isEqualTo(4);
        assertThat(a.source.queue).hasSize(96);
        b.sink.holds = false;
        b.sink.confirm();
        assertThat(a.source.settled).hasSize(100);
        assertThat(b.sink.events).isEqualTo(IntStream.range(0, 100).boxed().toList());
    }

    @Test
    void waitsForATargetInErrorAndNamesIt() {
        Target b = target("B");
        Target c = target("C");
        b.sink.failing = event -> new IllegalStateException("full");
        Feeder a = feeder(
                Map.of(),
                line -> TestPump.stages(new RouterSink<Object>(
                        app, line, List.of(), (context, event) -> event, "Router", Map.of("routes", "1: B, 2: C"))));
        a.push(1, 2);
        assertThat(b.state()).isEqualTo(PipelineState.ERROR);
        assertThat(a.state()).isEqualTo(PipelineState.RUNNING);
        assertThat(a.waitingFor()).hasValue("pipeline 'B', which is in error");
        assertThat(c.sink.events).containsExactly(2);
        assertThat(a.source.settled).isEmpty();
        b.sink.failing = event -> null;
        b.resume();
        assertThat(a.waitingFor()).isEmpty();
        assertThat(a.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED");
    }

    @Test
    void namesATargetOfItsTarget() {
        Target c = target("C");
        c.sink.failing = event -> new IllegalStateException("full");
        Pipeline b = started(new Pipeline(app, "B") {
            {
                build(
                        new InternalSource<>(app(), this),
                        new RouterSink<>(app(), this, "Router", Map.of("default", "C")));
            }
        });
        Feeder a = routing(Map.of(), Map.of()).push(1);
        assertThat(b.waitingFor()).hasValue("pipeline 'C', which is in error");
        assertThat(a.waitingFor()).hasValue("pipeline 'B', which waits for pipeline 'C', which is in error");
        c.sink.failing = event -> null;
        c.resume();
        assertThat(a.source.settled).containsExactly("1:DELIVERED");
        assertThat(a.waitingFor()).isEmpty();
    }

    @Test
    void failsWithItsTargetWhenItIsToldTo() {
        Target b = target("B", Map.of("max_in_flight", 1));
        b.sink.failing = event -> new IllegalStateException("full");
        Feeder a = routing(Map.of("on_error", "skip"), Map.of("on_target_error", "error"))
                .push(1, 2, 3);
        // The target had begun with the first one, so that one is its own; the others were taken back.
        assertThat(b.state()).isEqualTo(PipelineState.ERROR);
        b.sink.failing = event -> null;
        b.resume();
        assertThat(b.sink.events).containsExactly(1);
        assertThat(a.source.settled).containsExactly("1:DELIVERED", "2:SKIPPED", "3:SKIPPED");
    }

    @Test
    void showsTheTargetsErrorAsItsOwnAndGoesOnFromThere() {
        Target b = target("B");
        b.sink.failing = event -> new IllegalStateException("full");
        Feeder a = routing(Map.of(), Map.of("on_target_error", "error")).push(1);
        a.push(2);
        assertThat(a.state()).isEqualTo(PipelineState.ERROR);
        assertThat(a.error().orElseThrow())
                .hasToString(
                        "Router: io.bspump.TargetException: no event can be sent to pipeline 'B', which is in error");
        b.sink.failing = event -> null;
        b.resume();
        a.resume();
        assertThat(a.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED");
        assertThat(b.sink.events).containsExactly(1, 2);
    }

    @Test
    void triesATargetAgainBeforeItFails() {
        Target b = target("B", Map.of("max_in_flight", 1));
        b.sink.failing = event -> new IllegalStateException("full");
        Feeder a = routing(
                        Map.of("on_error", "skip", "retry_attempts", 1, "retry_delay", "5s"),
                        Map.of("on_target_error", "error"))
                .push(1, 2);
        b.sink.failing = event -> null;
        b.resume();
        assertThat(b.sink.events).containsExactly(1);
        time.advanceTimeBy(Duration.ofSeconds(5));
        assertThat(b.sink.events).containsExactly(1, 2);
        assertThat(a.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED");
    }

    @Test
    void waitsForATargetThatWasReplaced() {
        Target b = target("B");
        app.pumpService().startPipelines();
        b.sink.holds = true;
        Feeder a = routing(Map.of(), Map.of()).push(1, 2, 3);
        app.pumpService().removePipeline("B").subscribe();
        b.sink.confirm(); // what is under way there drains
        b.sink.confirm();
        b.sink.confirm();
        assertThat(b.state()).isEqualTo(PipelineState.STOPPED);
        a.push(4);
        assertThat(a.waitingFor()).hasValue("pipeline 'B', which does not run");
        assertThat(a.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED", "3:DELIVERED");
        Target next = app.pumpService().addPipeline(new Target("B", Map.of()));
        assertThat(next.sink.events).containsExactly(4);
        assertThat(a.source.settled).hasSize(4);
        assertThat(a.waitingFor()).isEmpty();
    }

    @Test
    void sendsAgainWhatATargetHadNotSettledWhenItStopped() {
        Target b = target("B");
        b.sink.holds = true;
        Feeder a = routing(Map.of(), Map.of()).push(1, 2);
        b.stop().subscribe();
        b.cut();
        assertThat(b.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(a.source.settled).isEmpty();
        app.pumpService().removePipeline("B").subscribe();
        Target next = target("B");
        assertThat(next.sink.events).containsExactly(1, 2);
        assertThat(a.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED");
    }

    @Test
    void sendsAgainWhatFailedForGoodThere() {
        Target b = target("B");
        b.sink.failing = event -> new IllegalStateException("full");
        Feeder a = routing(Map.of(), Map.of()).push(1);
        app.pumpService().removePipeline("B").subscribe();
        assertThat(b.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(a.source.settled).isEmpty();
        assertThat(target("B").sink.events).containsExactly(1);
        assertThat(a.source.settled).containsExactly("1:DELIVERED");
    }

    @Test
    void aStoppedTargetIsAnErrorWhenItIsToldTo() {
        Target b = target("B");
        b.sink.holds = true;
        Feeder a = routing(Map.of(), Map.of("on_target_error", "error")).push(1);
        b.stop().subscribe();
        b.cut();
        assertThat(a.error().orElseThrow())
                .hasToString(
                        "Router: io.bspump.TargetException: no event can be sent to pipeline 'B', which does not run");
    }

    @Test
    void eachTargetOfATeeIsTriedOnItsOwn() {
        Target b = target("B");
        Target c = target("C");
        c.sink.holds = true;
        Feeder a = teeing(Map.of("targets", "B, C")).push(1);
        c.stop().subscribe();
        c.cut();
        app.pumpService().removePipeline("C").subscribe();
        Target next = target("C");
        assertThat(b.sink.events).containsExactly(1);
        assertThat(next.sink.events).containsExactly(1);
        assertThat(a.source.settled).containsExactly("1:DELIVERED");
    }

    @Test
    void unbindingDropsWhatWaitsAndLeavesWhatIsUnderWay() {
        Target b = target("B");
        Target c = target("C");
        b.sink.holds = true;
        Feeder a = teeing(Map.of("targets", "B, C")).push(1);
        c.stop().subscribe();
        a.push(2);
        assertThat(a.source.settled).isEmpty();
        TeeProcessor<?> tee = (TeeProcessor<?>) a.stages().get(0);
        tee.unbind("C");
        tee.unbind("B");
        assertThat(tee.targets()).isEmpty();
        a.push(3);
        assertThat(a.source.settled).isEmpty();
        b.sink.confirm();
        b.sink.confirm();
        assertThat(a.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED", "3:DELIVERED");
        assertThat(b.sink.events).containsExactly(1, 2);
        tee.bind("B");
        a.push(4);
        assertThat(b.sink.events).containsExactly(1, 2, 4);
    }

    /** Gets what passes the tee of A. */
    private final class Listening extends Pipeline {
        final RecordingSink sink = new RecordingSink(RoutingTest.this.app, this);

        Listening(String id) {
            super(RoutingTest.this.app, id);
            build(new TeeSource<>(RoutingTest.this.app, this).bind("A.Tee"), sink);
        }
    }

    @Test
    void aTeeSourceIsBoundWhileItsPipelineIsRegistered() {
        app.pumpService().startPipelines();
        Listening listening = app.pumpService().addPipeline(new Listening("L"));
        Feeder a = teeing(Map.of()).push(1);
        assertThat(listening.sink.events).containsExactly(1);
        app.pumpService().removePipeline("L").subscribe();
        a.push(2);
        Listening again = app.pumpService().addPipeline(new Listening("L"));
        a.push(3);
        assertThat(again.sink.events).containsExactly(3);
        assertThat(a.source.settled).hasSize(3);
    }

    @Test
    void refusesCircles() {
        Feeder a = new Feeder(
                "A",
                Map.of(),
                line -> TestPump.stages(
                        new TeeProcessor<>(app, line, "Tee", Map.of("targets", "B")), new NullSink(app, line)));
        app.pumpService().addPipeline(a);
        app.pumpService().addPipeline(new Target("B", Map.of("dead_letter", "C")));
        assertThatThrownBy(() -> app.pumpService()
                        .addPipeline(new Feeder(
                                "C",
                                Map.of(),
                                line -> TestPump.stages(
                                        new RouterSink<>(app, line, List.of("Elsewhere", "A.*ScriptedSource"))))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[pipeline:C] must not feed itself: C -> A -> B -> C");
        app.pumpService().addPipeline(new Listening("C"));
        TeeProcessor<?> tee = (TeeProcessor<?>) a.stages().get(0);
        assertThatThrownBy(() -> tee.bind("A.*ScriptedSource")).hasMessage("[pipeline:A] must not feed itself: A -> A");
        assertThat(tee.targets()).containsExactly("B", "C.*TeeSource");
    }

    @Test
    void refusesACircleThroughATeeSource() {
        app.pumpService()
                .addPipeline(new Feeder(
                        "L",
                        Map.of(),
                        line -> TestPump.stages(
                                new TeeProcessor<>(app, line, "Tee", Map.of()), new NullSink(app, line))));
        assertThatThrownBy(() -> app.pumpService().addPipeline(new Pipeline(app, "A") {
                    {
                        build(
                                new TeeSource<>(app(), this).bind("L.Tee"),
                                new RouterSink<>(app(), this, "Router", Map.of("default", "L")));
                    }
                }))
                .hasMessage("[pipeline:A] must not feed itself: A -> L -> A");
    }

    @Test
    void namesAllTargetsThatDoNotExist() {
        app.pumpService().addPipeline(new Target("B", Map.of()));
        Feeder a = new Feeder(
                "A",
                Map.of(),
                line -> TestPump.stages(
                        new TeeProcessor<>(app, line, "Tee", Map.of("targets", "B, Bee, B.Look")),
                        new NullSink(app, line)));
        Listening l = new Listening("L");
        assertThat(a.problems())
                .map(Object::toString)
                .containsExactly(
                        "[pipeline:A:Tee] feeds 'Bee', but no other pipeline has such a source, known are B.*InternalSource",
                        "[pipeline:A:Tee] feeds 'B.Look', but no other pipeline has such a source,"
                                + " known are B.*InternalSource");
        assertThat(l.problems())
                .map(Object::toString)
                .containsExactly("[pipeline:L:TeeSource] is bound to 'A.Tee', but there is no such tee");
    }

    @Test
    void refusesATargetThatIsNotDeclared() {
        target("B");
        Feeder a = feeder(
                Map.of(),
                line -> TestPump.stages(
                        new RouterProcessor<Object>(app, line, List.of("B")) {
                            @Override
                            protected @Nullable Object process(Context context, Object event) {
                                route(context, event, "C");
                                return null;
                            }
                        },
                        new NullSink(app, line)));
        a.push(1);
        assertThat(a.error().orElseThrow().error())
                .hasMessage("'C' is not a target of A.RouterProcessor, these are: B");
    }

    @Test
    void aSubclassRoutesAsItLikesAndGoesOn() {
        Target b = target("B");
        Target c = target("C");
        Feeder a = feeder(
                Map.of(),
                line -> TestPump.stages(
                        new RouterProcessor<Integer>(app, line, List.of("B", "C")) {
                            @Override
                            protected @Nullable Integer process(Context context, Integer event) {
                                route(context, event, event % 2 == 0 ? "B" : "C");
                                route(context, -event, "B");
                                return event > 2 ? null : event;
                            }
                        },
                        new NullSink(app, line)));
        a.push(1, 2, 3);
        assertThat(b.sink.events).containsExactly(-1, 2, -2, -3);
        assertThat(c.sink.events).containsExactly(1, 3);
        assertThat(a.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED", "3:DELIVERED");
    }

    @Test
    void drainsAFeederBeforeItsTargetStops() {
        app.pumpService().startPipelines();
        Target b = app.pumpService().addPipeline(new Target("B", Map.of("max_in_flight", 1)));
        b.sink.holds = true;
        Feeder a = app.pumpService()
                .addPipeline(new Feeder(
                        "A",
                        Map.of(),
                        line -> TestPump.stages(new RouterSink<>(app, line, "Router", Map.of("default", "B")))));
        a.push(1, 2, 3);
        boolean[] stopped = {false};
        app.pumpService().stop().subscribe(nothing -> {}, e -> {}, () -> stopped[0] = true);
        assertThat(a.state()).isEqualTo(PipelineState.STOPPING);
        assertThat(b.state()).isEqualTo(PipelineState.RUNNING);
        b.sink.confirm();
        b.sink.confirm();
        b.sink.confirm();
        assertThat(a.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED", "3:DELIVERED");
        assertThat(stopped[0]).isTrue();
        assertThat(b.state()).isEqualTo(PipelineState.STOPPED);
    }

    @Test
    void theDrainTimeoutIsForAllPipelinesTogether() {
        app.pumpService().startPipelines();
        Target b = app.pumpService().addPipeline(new Target("B", Map.of()));
        b.sink.holds = true;
        Feeder a = app.pumpService()
                .addPipeline(new Feeder(
                        "A",
                        Map.of(),
                        line -> TestPump.stages(new RouterSink<>(app, line, "Router", Map.of("default", "B")))));
        a.push(1);
        app.pumpService().stop().subscribe();
        time.advanceTimeBy(Duration.ofSeconds(31));
        assertThat(a.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(b.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(a.source.settled).isEmpty();
    }

    @Test
    void stopsAtOnceWhenItWaitsInVain() {
        Target b = target("B");
        b.sink.failing = event -> new IllegalStateException("full");
        Feeder a = routing(Map.of(), Map.of()).push(1, 2);
        a.stop().subscribe();
        assertThat(a.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(a.unsettled()).isEqualTo(2);
        b.sink.failing = event -> null;
        b.resume();
        assertThat(a.source.settled).isEmpty();
        // The second one was taken back: it comes again at the next start.
        assertThat(b.sink.events).containsExactly(1);
    }

    @Test
    void aCutTakesBackWhatTheTargetHasNotBegunWith() {
        Target b = target("B", Map.of("max_in_flight", 1));
        b.sink.holds = true;
        Feeder a = routing(Map.of(), Map.of()).push(1, 2, 3);
        a.stop().subscribe();
        a.cut();
        assertThat(a.state()).isEqualTo(PipelineState.STOPPED);
        b.sink.confirm();
        assertThat(b.sink.events).containsExactly(1);
        assertThat(b.unsettled()).isZero();
        assertThat(a.source.settled).isEmpty();
    }

    @Test
    void anEventIsHeldOnlyByAStageThatHasIt() {
        assertThatThrownBy(() -> new Context().hold()).hasMessage("an event can be held only while a stage has it");
    }

    @Test
    void theErrorOfATargetThatTakesNoEventsIsTheFeedersOwn() {
        Pipeline b = started(new Feeder("B", Map.of(), line -> TestPump.stages(new NullSink(app, line))));
        Feeder a = routing(Map.of(), Map.of()).push(1);
        assertThat(b.state()).isEqualTo(PipelineState.RUNNING);
        assertThat(a.error().orElseThrow().error().getCause())
                .hasMessage("B.*ScriptedSource takes no events from other pipelines");
    }

    @Test
    void deadLettersWaitForTheirPipeline() {
        Target b = target("B");
        b.sink.failing = event -> new IllegalStateException("full");
        Feeder a = feeder(Map.of("on_error", "dead_letter", "dead_letter", "B"), line -> {
            RecordingSink sink = new RecordingSink(app, line);
            sink.failing = event -> new IllegalStateException("bad");
            return TestPump.stages(sink);
        });
        a.push(1);
        assertThat(a.waitingFor()).hasValue("pipeline 'B', which is in error");
        b.sink.failing = event -> null;
        b.resume();
        assertThat(a.source.settled).containsExactly("1:DEAD_LETTERED");
    }

    @Test
    void codeHearsHowWhatItPutEnded() {
        Target b = target("B");
        b.sink.holds = true;
        List<String> ends = new ArrayList<>();
        Mono<Settlement> put = b.sources().get(0).put(new Context().put("key", 1), "event");
        put.subscribe(how -> ends.add("" + how), e -> ends.add(e.getMessage()));
        b.sources().get(0).put(new Context(), "other").subscribe(how -> {}, e -> ends.add(e.getMessage()));
        assertThat(ends).isEmpty();
        b.sink.confirm();
        assertThat(ends).containsExactly("DELIVERED");
        b.stop().subscribe();
        b.cut();
        assertThat(ends).containsExactly("DELIVERED", "B.*InternalSource was stopped before the event had settled");
        b.sources().get(0).put(new Context(), "late").subscribe(how -> {}, e -> ends.add(e.getMessage()));
        assertThat(ends).hasSize(3);
    }
}
