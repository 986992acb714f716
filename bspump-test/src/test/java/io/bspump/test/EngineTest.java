package io.bspump.test;

import static io.bspump.Settlement.DEAD_LETTERED;
import static io.bspump.Settlement.DELIVERED;
import static io.bspump.Settlement.DROPPED;
import static io.bspump.Settlement.FAILED;
import static io.bspump.Settlement.SKIPPED;
import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.AsyncProcessor;
import io.bspump.Batch;
import io.bspump.BatchSink;
import io.bspump.ConditionalSinks;
import io.bspump.Context;
import io.bspump.Generator;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.Processor;
import io.bspump.Settlement;
import io.bspump.Stage;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;

/** The engine as the kit shows it: hand-made cases of what {@link EngineFuzzTest} finds by chance. */
class EngineTest {

    private static final class Line extends Pipeline {
        Line(Application app, Map<String, ?> config, BiFunction<Application, Line, Stage<?, ?>[]> stages) {
            super(app, "Line", config);
            build(new IteratorSource<>(app, this, List.of()), stages.apply(app, this));
        }

        Line withLettersOf(Application app) {
            deadLetter(new NullSink(app, this, "Letters", Map.of()));
            return this;
        }
    }

    private static PipelineTester tester(Map<String, ?> config, BiFunction<Application, Line, Stage<?, ?>[]> stages) {
        return PipelineTester.of(app -> new Line(app, config, stages));
    }

    private static Stage<?, ?>[] stages(Stage<?, ?>... stages) {
        return stages;
    }

    private static Generator<Object, Object> split(
            Application app, Pipeline line, Function<Object, Flux<Object>> outputs) {
        return new Generator<>(app, line, "Split", Map.of()) {
            @Override
            protected Flux<Object> generate(Context context, Object event) {
                return outputs.apply(event);
            }
        };
    }

    private static Processor<Object, Object> fail(Application app, Pipeline line, Object bad) {
        return new Processor<>(app, line, "Fail", Map.of()) {
            @Override
            protected Object process(Context context, Object event) {
                if (event.equals(bad)) {
                    throw new IllegalArgumentException(bad + " is bad");
                }
                return event;
            }
        };
    }

    private static Flux<Object> letters(Object word) {
        return Flux.fromStream(word.toString().chars().mapToObj(c -> String.valueOf((char) c)));
    }

    @ParameterizedTest
    @CsvSource({"stop, ", "skip, SKIPPED", "dead_letter, DEAD_LETTERED"})
    void theInputOfAGeneratorEndsLikeItsWeightiestOutput(String onError, Settlement expected) {
        try (PipelineTester tester = PipelineTester.of(app -> new Line(
                        app,
                        Map.of("on_error", onError),
                        (a, line) ->
                                stages(split(a, line, EngineTest::letters), fail(a, line, "b"), new NullSink(a, line)))
                .withLettersOf(app))) {
            tester.pushAll("abc", "");
            assertThat(tester.settlements().get(0)).isEqualTo(expected);
            if (expected != null) {
                assertThat(tester.settlements()).containsExactly(expected, DROPPED);
                tester.assertOutputs("a", "c");
            }
        }
    }

    @Test
    void aStopDoesNotWaitForAGeneratorWhoseLastOutputIsHeld() {
        try (PipelineTester tester = tester(
                Map.of(),
                (app, line) ->
                        stages(split(app, line, EngineTest::letters), fail(app, line, "c"), new NullSink(app, line)))) {
            tester.push("abc");
            assertThat(tester.state()).isEqualTo(PipelineState.ERROR);
            tester.stop();
            assertThat(tester.state()).isEqualTo(PipelineState.STOPPED);
            assertThat(tester.settlements()).containsExactly(FAILED);
        }
    }

    @Test
    void aGeneratorThatNeverEndsIsStoppedByACut() {
        Sinks.Many<Object> endless = Sinks.many().unicast().onBackpressureBuffer();
        try (PipelineTester tester = tester(
                Map.of(),
                (app, line) -> stages(split(app, line, event -> endless.asFlux()), new NullSink(app, line)))) {
            tester.push("x");
            endless.tryEmitNext("y").orThrow();
            tester.assertOutputs("y");
            tester.stop();
            assertThat(tester.state()).isEqualTo(PipelineState.STOPPING);
            tester.cut();
            assertThat(tester.state()).isEqualTo(PipelineState.STOPPED);
            assertThat(endless.currentSubscriberCount()).isZero();
            assertThat(tester.settlements()).containsExactly((Settlement) null);
        }
    }

    /** Answers with the event and then ends twice. */
    private record EndsTwice(Object event, boolean elsewhere) implements Publisher<Object> {

        @Override
        public void subscribe(Subscriber<? super Object> subscriber) {
            subscriber.onSubscribe(Operators.emptySubscription());
            Runnable ends = () -> {
                subscriber.onNext(event);
                subscriber.onComplete();
                subscriber.onComplete();
            };
            if (elsewhere) {
                CompletableFuture.runAsync(ends).join();
            } else {
                ends.run();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void aPublisherThatEndsTwiceIsHeardOnce(boolean elsewhere, boolean ordered) {
        try (PipelineTester tester = tester(
                Map.of(),
                (app, line) -> stages(
                        new AsyncProcessor<Object, Object>(app, line, "Twice", Map.of("ordered", ordered)) {
                            @Override
                            protected Mono<Object> process(Context context, Object event) {
                                return Mono.fromDirect(new EndsTwice(event, elsewhere));
                            }
                        },
                        new NullSink(app, line)))) {
            tester.pushAll("a", "b", "c");
            tester.assertOutputs("a", "b", "c");
            assertThat(tester.settlements()).containsExactly(DELIVERED, DELIVERED, DELIVERED);
            assertThat(tester.state()).isEqualTo(PipelineState.RUNNING);
        }
    }

    /** Keeps what it is given and rejects some of it. */
    private static final class Picky extends BatchSink<Object> {
        private final List<List<Object>> batches;

        Picky(Application app, Pipeline line, Map<String, ?> config, List<List<Object>> batches) {
            super(app, line, "Picky", config);
            this.batches = batches;
        }

        @Override
        protected Mono<Void> process(Batch<Object> batch) {
            batches.add(List.copyOf(batch));
            int bad = batch.indexOf("bad");
            if (bad >= 0) {
                batch.fail(bad, new IllegalArgumentException("bad"));
            }
            return Mono.empty();
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "3"})
    void aRejectedEventOfABatchIsTriedAsOftenAsTheConfigurationSays(int retries) {
        List<List<Object>> batches = new ArrayList<>();
        TesterSetup setup = PipelineTester.setup()
                .keepSinks()
                .configuration("pipeline:Line", Map.of("retry_attempts", retries, "on_error", "skip"));
        try (PipelineTester tester = setup.test(app ->
                new Line(app, Map.of(), (a, line) -> stages(new Picky(a, line, Map.of("batch_size", 3), batches))))) {
            tester.pushAll("x", "bad", "y");
            tester.advance(Duration.ofHours(1));
            assertThat(tester.settlements()).containsExactly(DELIVERED, SKIPPED, DELIVERED);
            assertThat(batches).hasSize(1 + retries).startsWith(List.of("x", "bad", "y"));
            assertThat(batches.subList(1, batches.size())).allMatch(batch -> batch.equals(List.of("bad")));
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "10", "1000"})
    void noMoreThanMaxInFlightAreEverUnsettled(int limit) {
        List<Long> unsettled = new ArrayList<>();
        List<Pipeline> built = new ArrayList<>();
        TesterSetup setup = PipelineTester.setup().configuration("pipeline:Line", Map.of("max_in_flight", limit));
        try (PipelineTester tester = setup.test(app -> {
            Line line = new Line(
                    app,
                    Map.of(),
                    (a, l) -> stages(
                            new AsyncProcessor<Object, Object>(a, l, "Wait", Map.of("concurrency", 100_000)) {
                                @Override
                                protected Mono<Object> process(Context context, Object event) {
                                    unsettled.add(built.get(0).unsettled());
                                    return Mono.just(event);
                                }
                            },
                            split(a, l, event -> Flux.just(event, event)),
                            new NullSink(a, l)));
            built.add(line);
            return line;
        })) {
            tester.hold();
            IntStream.range(0, 2500).forEach(tester::push);
            assertThat(tester.waiting()).isEqualTo(2500 - limit);
            assertThat(tester.pipeline().unsettled()).isEqualTo(limit);
            for (int i = 0; i < 2 * 2500; i++) {
                tester.confirm();
                assertThat(tester.pipeline().unsettled()).isLessThanOrEqualTo(limit);
            }
            assertThat(unsettled).allMatch(n -> n <= limit);
            assertThat(tester.waiting()).isZero();
            tester.assertAllDelivered();
        }
    }

    @Test
    void anEventForSeveralSinksIsDeliveredWhenTheLastHasConfirmed() {
        try (PipelineTester tester = tester(
                Map.of("on_error", "skip"),
                (app, line) -> stages(new ConditionalSinks<Object>(app, line)
                        .when(event -> true, new NullSink(app, line, "A", Map.of()))
                        .when(event -> true, new NullSink(app, line, "B", Map.of()))))) {
            tester.hold("B");
            Pushed first = tester.push(1);
            assertThat(first.settlement()).isNull();
            tester.confirm("B");
            assertThat(first.settlement()).isEqualTo(DELIVERED);
            tester.failNext("A", new IllegalStateException("full"));
            Pushed second = tester.push(2);
            assertThat(second.settlement()).isNull();
            tester.release();
            assertThat(second.settlement()).isEqualTo(SKIPPED);
        }
    }

    @Test
    void aRetryOfAnAsynchronousStageLetsNothingOvertake() {
        List<Object> tried = new ArrayList<>();
        try (PipelineTester tester = tester(
                Map.of("retry_attempts", 5, "retry_delay", "1s", "retry_multiplier", 1),
                (app, line) -> stages(
                        new AsyncProcessor<Object, Object>(app, line, "Flaky", Map.of()) {
                            @Override
                            protected Mono<Object> process(Context context, Object event) {
                                tried.add(event);
                                return event.equals(1) && tried.size() < 6
                                        ? Mono.error(new IllegalStateException("not yet"))
                                        : Mono.just(event);
                            }
                        },
                        new NullSink(app, line)))) {
            tester.pushAll(1, 2, 3);
            tester.assertOutputs();
            tester.advance(Duration.ofSeconds(2));
            tester.assertOutputs();
            tester.advance(Duration.ofSeconds(1));
            tester.assertOutputs(1, 2, 3);
            assertThat(tried).containsExactly(1, 2, 3, 1, 1, 1);
        }
    }

    @Test
    void aDeadLetterHoldsItsEventUntilItIsDelivered() {
        try (PipelineTester tester = PipelineTester.of(app -> new Line(
                        app,
                        Map.of("on_error", "dead_letter"),
                        (a, line) -> stages(fail(a, line, 2), new NullSink(a, line)))
                .withLettersOf(app))) {
            tester.failNext("Letters", new IllegalStateException("letter box full"));
            tester.pushAll(1, 2, 3);
            assertThat(tester.settlements()).containsExactly(DELIVERED, null, null);
            assertThat(tester.errors())
                    .singleElement()
                    .hasToString("Letters: java.lang.IllegalStateException: letter box full");
            tester.resume();
            assertThat(tester.settlements()).containsExactly(DELIVERED, DEAD_LETTERED, DELIVERED);
        }
    }
}
