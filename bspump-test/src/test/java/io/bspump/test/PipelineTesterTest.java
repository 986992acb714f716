package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.Application;
import io.bspump.Batch;
import io.bspump.BatchSink;
import io.bspump.BlockingProcessor;
import io.bspump.ConditionalSinks;
import io.bspump.Context;
import io.bspump.Emission;
import io.bspump.Generator;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.Processor;
import io.bspump.Settlement;
import io.bspump.Sink;
import io.bspump.Source;
import io.bspump.Stage;
import io.bspump.config.ConfigException;
import io.bspump.routing.InternalSource;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import io.bspump.trigger.PeriodicTrigger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

class PipelineTesterTest {

    /** A source that needs a server: reading from it here would be a mistake. */
    static final class ServerSource extends Source<Integer> {
        ServerSource(Application app, Pipeline pipeline, String id) {
            super(app, pipeline, id, Map.of());
        }

        @Override
        protected Flux<Emission<Integer>> events() {
            throw new AssertionError("read from a server");
        }
    }

    static final class ServerSink extends Sink<Integer> {
        ServerSink(Application app, Pipeline pipeline, String id) {
            super(app, pipeline, id, Map.of());
        }

        @Override
        protected Mono<Void> process(Context context, Integer event) {
            throw new AssertionError("wrote to a server");
        }
    }

    static final class ServerBatchSink extends BatchSink<Integer> {
        ServerBatchSink(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Mono<Void> process(Batch<Integer> batch) {
            throw new AssertionError("wrote to a server");
        }
    }

    /** Doubles; drops negative numbers; cannot take 13. */
    static final class Twice extends Processor<Integer, Integer> {
        Twice(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Integer process(Context context, Integer event) {
            if (event == 13) {
                throw new IllegalArgumentException("13 is unlucky");
            }
            context.put("seen", event);
            return event < 0 ? null : event * 2;
        }
    }

    static final class Line extends Pipeline {
        Line(Application app, String id, Map<String, ?> config, Function<Line, Stage<?, ?>[]> stages) {
            super(app, id, config);
            build(new ServerSource(app, this, "ServerSource"), stages.apply(this));
        }

        void letters(Stage<?, ?>... stages) {
            deadLetter(stages);
        }
    }

    private static PipelineTester twice(Map<String, ?> config) {
        return PipelineTester.of(app -> new Line(app, "Line", config, line ->
                new Stage<?, ?>[] {new Twice(app, line), new ServerSink(app, line, "Out")}));
    }

    @Test
    void whatIsPushedHasComeOutOnReturn() {
        try (PipelineTester tester = twice(Map.of())) {
            assertThat(tester.state()).isEqualTo(PipelineState.RUNNING);
            tester.push(1, Map.of("key", "k"));
            tester.pushAll(2, 3);
            tester.assertOutputs(2, 4, 6);
            tester.assertAllDelivered();
            assertThat(tester.outputs().get(0)).isEqualTo(new Output("Line.Out", 2, Map.of("key", "k", "seen", 1)));
            assertThat(tester.outputs("Out"))
                    .isEqualTo(tester.outputs("Line.Out"))
                    .hasSize(3);
        }
    }

    @Test
    void aPipelineThatDeliversExactlyOnceCanBeTried() {
        try (PipelineTester tester = twice(Map.of("delivery", "exactly_once"))) {
            tester.push(1);
            tester.assertOutputs(2);
            tester.assertAllDelivered();
        }
    }

    @Test
    void showsDropsAndSettlements() {
        try (PipelineTester tester = twice(Map.of())) {
            Pushed dropped = tester.push(-1);
            tester.push(1);
            assertThat(dropped.settlement()).isEqualTo(Settlement.DROPPED);
            assertThat(tester.drops()).containsExactly(-1);
            assertThat(tester.settlements()).containsExactly(Settlement.DROPPED, Settlement.DELIVERED);
        }
    }

    @Test
    void showsErrorsAndResumes() {
        try (PipelineTester tester = twice(Map.of())) {
            tester.pushAll(1, 13, 2);
            assertThat(tester.state()).isEqualTo(PipelineState.ERROR);
            assertThat(tester.errors()).singleElement().satisfies(error -> {
                assertThat(error.stage()).isEqualTo("Twice");
                assertThat(error.error()).hasMessage("13 is unlucky");
            });
            assertThat(tester.settlements()).containsExactly(Settlement.DELIVERED, null, null);
            tester.resume();
            assertThat(tester.errors()).hasSize(2);
        }
    }

    @Test
    void timePassesOnlyWhenToldTo() {
        try (PipelineTester tester = twice(Map.of("retry_attempts", 1, "retry_delay", "60s"))) {
            tester.failNext(new IllegalStateException("full"));
            tester.push(1);
            tester.advance(Duration.ofSeconds(59));
            assertThat(tester.events()).isEmpty();
            tester.advance(Duration.ofSeconds(1));
            tester.assertOutputs(2);
        }
    }

    @Test
    void holdsUntilToldToConfirm() {
        try (PipelineTester tester = twice(Map.of("max_in_flight", 2))) {
            tester.hold();
            tester.pushAll(1, 2, 3, 4);
            assertThat(tester.held()).extracting(Output::event).containsExactly(2);
            assertThat(tester.outputs()).isEmpty();
            assertThat(tester.waiting()).isEqualTo(2);
            tester.confirm();
            tester.assertOutputs(2);
            assertThat(tester.settlements()).containsExactly(Settlement.DELIVERED, null, null, null);
            tester.reject(new IllegalStateException("lost"));
            assertThat(tester.state()).isEqualTo(PipelineState.ERROR);
            tester.resume();
            tester.release();
            tester.assertOutputs(2, 4, 6, 8);
            tester.assertAllDelivered();
            assertThatThrownBy(tester::confirm)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("there is nothing to confirm, no event is held\n[pipeline:Line] RUNNING");
        }
    }

    @Test
    void stopWaitsForWhatIsHeldAndCutDoesNot() {
        try (PipelineTester tester = twice(Map.of())) {
            tester.hold();
            tester.push(1);
            tester.stop();
            assertThat(tester.state()).isEqualTo(PipelineState.STOPPING);
            tester.confirm();
            assertThat(tester.state()).isEqualTo(PipelineState.STOPPED);
            tester.assertOutputs(2);
        }
        try (PipelineTester tester = twice(Map.of())) {
            tester.hold();
            tester.push(1);
            tester.stop();
            tester.cut();
            assertThat(tester.state()).isEqualTo(PipelineState.STOPPED);
            assertThat(tester.settlements()).containsExactly((Settlement) null);
        }
    }

    @Test
    void finishesWhenTheSourceIsComplete() {
        try (PipelineTester tester = twice(Map.of())) {
            tester.push(1);
            tester.complete();
            assertThat(tester.state()).isEqualTo(PipelineState.FINISHED);
            tester.assertOutputs(2);
        }
    }

    @Test
    void failsTheSource() {
        try (PipelineTester tester = twice(Map.of())) {
            tester.push(1);
            tester.failSource(new IllegalStateException("link down"));
            assertThat(tester.errors())
                    .singleElement()
                    .hasToString("ServerSource: " + "java.lang.IllegalStateException: link down");
            tester.push(2);
            tester.assertOutputs(2);
            tester.resume();
            tester.assertOutputs(2, 4);
        }
    }

    @Test
    void recordsBatchSinksAndConditionalSinksByTheirIds() {
        try (PipelineTester tester =
                PipelineTester.of(app -> new Line(app, "Line", Map.of(), line -> new Stage<?, ?>[] {
                    new ConditionalSinks<Integer>(app, line)
                            .when(n -> n > 10, new ServerBatchSink(app, line))
                            .when(n -> n % 2 == 0, new ServerSink(app, line, "Even"))
                            .otherwise(new ServerSink(app, line, "Rest"))
                }))) {
            tester.pushAll(1, 2, 12);
            assertThat(tester.outputs("ServerBatchSink"))
                    .extracting(Output::event)
                    .containsExactly(12);
            assertThat(tester.outputs("Even")).extracting(Output::event).containsExactly(2, 12);
            assertThat(tester.outputs("Rest")).extracting(Output::event).containsExactly(1);
            assertThatThrownBy(tester::hold)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("say which sink, the tester has replaced 3: "
                            + "[Line.ServerBatchSink, Line.Even, Line.Rest]");
            assertThatThrownBy(() -> tester.outputs("Nope"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("'Nope' must be the id or the address of one sink of "
                            + "[Line.ServerBatchSink, Line.Even, Line.Rest]");
            tester.failNext("Even", new IllegalStateException("no"));
            tester.push(14);
            assertThat(tester.errors()).singleElement().satisfies(e -> assertThat(e.stage())
                    .isEqualTo("Even"));
        }
    }

    @Test
    void pushesToOneOfSeveralSources() {
        class Two extends Pipeline {
            Two(Application app) {
                super(app, "Two");
                build(
                        List.of(new ServerSource(app, this, "A"), new ServerSource(app, this, "B")),
                        new Twice(app, this),
                        new ServerSink(app, this, "Out"));
            }
        }
        try (PipelineTester tester = PipelineTester.of(Two::new)) {
            tester.pushTo("A", 1, Map.of());
            tester.pushTo("Two.*B", 2, Map.of());
            tester.assertOutputs(2, 4);
            assertThatThrownBy(() -> tester.push(3))
                    .hasMessage("say which source, the tester has replaced 2: [Two.*A, Two.*B]");
        }
    }

    @Test
    void showsDeadLetters() {
        try (PipelineTester tester = PipelineTester.of(app -> {
            Line line = new Line(app, "Line", Map.of("on_error", "dead_letter"), built ->
                    new Stage<?, ?>[] {new Twice(app, built), new ServerSink(app, built, "Out")});
            line.letters(new NullSink(app, line, "Letters", Map.of()));
            return line;
        })) {
            tester.pushAll(13, 1);
            assertThat(tester.deadLetters()).singleElement().satisfies(letter -> {
                assertThat(letter.event()).isEqualTo(13);
                assertThat(letter.stage()).isEqualTo("Twice");
            });
            tester.assertOutputs(2);
            assertThat(tester.settlements()).containsExactly(Settlement.DEAD_LETTERED, Settlement.DELIVERED);
        }
    }

    @Test
    void runsFurtherPipelines() {
        class Letters extends Pipeline {
            Letters(Application app) {
                super(app, "Letters");
                build(new InternalSource<>(app, this), new NullSink(app, this));
            }
        }
        try (PipelineTester tester = PipelineTester.of(app -> {
            app.pumpService().addPipeline(new Letters(app));
            return new Line(app, "Line", Map.of("on_error", "dead_letter", "dead_letter", "Letters"), line ->
                    new Stage<?, ?>[] {new Twice(app, line), new ServerSink(app, line, "Out")});
        })) {
            tester.hold("Letters.NullSink");
            tester.pushAll(13);
            assertThat(tester.settlements()).containsExactly((Settlement) null);
            tester.release();
            assertThat(tester.settlements()).containsExactly(Settlement.DEAD_LETTERED);
            assertThat(tester.deadLetters()).hasSize(1);
        }
    }

    @Test
    void blockingCodeRunsOnTheCallingThread() {
        Thread test = Thread.currentThread();
        class Slow extends BlockingProcessor<Integer, Integer> {
            Slow(Application app, Pipeline pipeline) {
                super(app, pipeline);
            }

            @Override
            protected Integer processBlocking(Context context, Integer event) {
                assertThat(Thread.currentThread()).isSameAs(test);
                return -event;
            }
        }
        try (PipelineTester tester = PipelineTester.of(app -> new Line(app, "Line", Map.of(), line ->
                new Stage<?, ?>[] {new Slow(app, line), new ServerSink(app, line, "Out")}))) {
            tester.pushAll(1, 2);
            tester.assertOutputs(-1, -2);
        }
    }

    @Test
    void generatorsSettleWithTheirOutputs() {
        class Split extends Generator<Integer, Integer> {
            Split(Application app, Pipeline pipeline) {
                super(app, pipeline);
            }

            @Override
            protected Flux<Integer> generate(Context context, Integer event) {
                return Flux.range(0, event);
            }
        }
        try (PipelineTester tester = PipelineTester.of(app -> new Line(app, "Line", Map.of(), line ->
                new Stage<?, ?>[] {new Split(app, line), new ServerSink(app, line, "Out")}))) {
            tester.hold();
            tester.pushAll(3, 0);
            tester.confirm();
            tester.confirm();
            assertThat(tester.settlements()).containsExactly(null, Settlement.DROPPED);
            tester.confirm();
            assertThat(tester.settlements()).containsExactly(Settlement.DELIVERED, Settlement.DROPPED);
        }
    }

    @Test
    void keepsRealSourcesAndSinks() {
        List<Object> written = new ArrayList<>();
        class Collecting extends Sink<Integer> {
            Collecting(Application app, Pipeline pipeline) {
                super(app, pipeline);
            }

            @Override
            protected Mono<Void> process(Context context, Integer event) {
                written.add(event);
                return Mono.empty();
            }
        }
        class Real extends Pipeline {
            Real(Application app) {
                super(app, "Real");
                build(
                        new IteratorSource<>(app, this, () -> List.of(1, 2).iterator())
                                .on(new PeriodicTrigger(app, Duration.ofHours(1))),
                        new Twice(app, this),
                        new Collecting(app, this));
            }
        }
        try (PipelineTester tester =
                PipelineTester.setup().keepSources().keepSinks().test(Real::new)) {
            int before = written.size();
            tester.advance(Duration.ofHours(1));
            assertThat(written).hasSize(before + 2).endsWith(2, 4);
            assertThat(tester.outputs()).isEmpty();
        }
    }

    private static Line plain(Application app) {
        return new Line(app, "Line", Map.of(), line ->
                new Stage<?, ?>[] {new Twice(app, line), new ServerSink(app, line, "Out")});
    }

    @Test
    void readsAConfiguration() {
        TesterSetup setup = PipelineTester.setup()
                .configuration(
                        """
                        [pipeline:Line]
                        on_error = skip
                        [pipeline:Line:Out]
                        concurrency = 3
                        [pipeline:Other]
                        max_in_flight = 1
                        """);
        try (PipelineTester tester = setup.test(PipelineTesterTest::plain)) {
            tester.hold();
            tester.pushAll(1, 13, 2, 3, 4);
            assertThat(tester.settlements()).contains(Settlement.SKIPPED);
            assertThat(tester.held()).hasSize(3);
        }
    }

    @Test
    void takesValuesOfASectionAboveTheText() {
        TesterSetup setup = PipelineTester.setup()
                .configuration("[pipeline:Line]\non_error = dead_letter\n")
                .configuration("pipeline:Line", Map.of("on_error", "skip", "max_in_flight", 7));
        try (PipelineTester tester = setup.test(PipelineTesterTest::plain)) {
            tester.push(13);
            assertThat(tester.settlements()).containsExactly(Settlement.SKIPPED);
        }
    }

    @Test
    void refusesAWrongConfiguration() {
        TesterSetup setup = PipelineTester.setup()
                .configuration("pipeline:Line", Map.of("max_in_flight", "many", "retry_attempts", -1));
        assertThatThrownBy(() -> setup.test(PipelineTesterTest::plain))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("[pipeline:Line] max_in_flight must be")
                .hasMessageContaining("was 'many'")
                .hasMessageContaining("[pipeline:Line] retry_attempts must be");
    }

    @Test
    void failuresTellEverything() {
        try (PipelineTester tester = twice(Map.of())) {
            tester.pushAll(1, 13, 5);
            assertThatThrownBy(() -> tester.assertOutputs(2, 26))
                    .isInstanceOf(AssertionError.class)
                    .hasMessage(
                            """
                            expected outputs [2, 26] but got [2]
                            [pipeline:Line] ERROR, Twice: java.lang.IllegalArgumentException: 13 is unlucky
                              pushed:
                                1 at Line.*ServerSource: DELIVERED
                                13 at Line.*ServerSource: unsettled
                                5 at Line.*ServerSource: unsettled
                              outputs:
                                2 {seen=1} at Line.Out""");
            assertThatThrownBy(tester::assertAllDelivered)
                    .hasMessageStartingWith("expected all events to be delivered or dropped\n[pipeline:Line] ERROR");
        }
    }

    @Test
    void manyTestersLiveSideBySideAndTouchNothingGlobal() {
        List<PipelineTester> testers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            testers.add(twice(Map.of("retry_attempts", 1, "retry_delay", "1s")));
        }
        assertThat(VirtualTimeScheduler.isFactoryEnabled()).isFalse();
        assertThat(Schedulers.parallel()).isNotInstanceOf(VirtualTimeScheduler.class);
        testers.forEach(tester -> tester.failNext(new IllegalStateException("once")));
        testers.forEach(tester -> tester.push(testers.indexOf(tester)));
        testers.get(0).advance(Duration.ofSeconds(1));
        assertThat(testers.stream().filter(tester -> !tester.events().isEmpty()))
                .containsExactly(testers.get(0));
        testers.forEach(PipelineTester::close);
        testers.forEach(PipelineTester::close);
        assertThat(testers).allSatisfy(tester -> assertThat(tester.state()).isEqualTo(PipelineState.STOPPED));
    }

    @Test
    void refusesAPipelineThatIsNotBuilt() {
        class Empty extends Pipeline {
            Empty(Application app) {
                super(app, "Empty");
            }
        }
        assertThatThrownBy(() -> PipelineTester.of(Empty::new))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[pipeline:Empty] must be built, with the application that the factory is given");
    }
}
