package io.bspump;

import static io.bspump.TestPump.async;
import static io.bspump.TestPump.generator;
import static io.bspump.TestPump.stages;
import static io.bspump.TestPump.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.TestPump.Line;
import io.bspump.TestPump.RecordingBatchSink;
import io.bspump.TestPump.RecordingSink;
import io.bspump.routing.InternalSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

class PipelineTest {

    private final AtomicReference<RecordingSink> sink = new AtomicReference<>();
    private final AtomicReference<RecordingBatchSink> batchSink = new AtomicReference<>();

    private RecordingSink sink(Line line) {
        return sink(line, Map.of());
    }

    private RecordingSink sink(Line line, Map<String, ?> config) {
        sink.set(new RecordingSink(line.app(), line, "Sink", config));
        return sink.get();
    }

    private RecordingBatchSink batchSink(Line line, Map<String, ?> config) {
        batchSink.set(new RecordingBatchSink(line.app(), line, config));
        return batchSink.get();
    }

    // Settlement

    @Test
    void deliversAndDropsInOrder() {
        TestPump pump = new TestPump(
                        Map.of(), line -> stages(sync(line, "Odd", e -> (Integer) e % 2 == 1 ? e : null), sink(line)))
                .start()
                .push(1, 2, 3);

        assertThat(sink.get().events).containsExactly(1, 3);
        assertThat(pump.line.source.settled).containsExactly("1:DELIVERED", "2:DROPPED", "3:DELIVERED");
        assertThat(pump.line.state()).isEqualTo(PipelineState.RUNNING);
        assertThat(pump.line.unsettled()).isZero();
    }

    @Test
    void isWokenForTheLastOfSeveralEvents() {
        TestPump pump = new TestPump(Map.of(), line -> stages(sink(line))).start();
        pump.line.source.followed = true;
        pump.push(1, 2);
        assertThat(sink.get().events).isEmpty();

        pump.line.source.followed = false;
        pump.push(3);
        assertThat(sink.get().events).containsExactly(1, 2, 3);
    }

    @Test
    void isWokenForTheLastEventThatItAskedFor() {
        TestPump pump = new TestPump(Map.of("max_in_flight", 2), line -> stages(sink(line))).start();
        pump.line.source.followed = true;
        pump.push(1, 2, 3, 4, 5);
        assertThat(sink.get().events).containsExactly(1, 2, 3, 4);
    }

    @Test
    void aStopTakesAllThatHasCome() {
        TestPump pump = new TestPump(Map.of(), line -> stages(sink(line))).start();
        pump.line.source.followed = true;
        pump.push(1, 2);
        pump.line.stop().block();
        assertThat(pump.line.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(pump.line.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED");
    }

    @Test
    void refusesMoreEventsThanItHasAskedFor() {
        TestPump pump = new TestPump(Map.of("max_in_flight", 2), line -> stages(sink(line))).start();
        sink.get().holds = true;
        pump.line.source.overflow(1, 2, 3);
        assertThat(pump.line.source.cancelled).isTrue();
        sink.get().holds = false;
        sink.get().open.get(0).success();
        assertThat(pump.line.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED");
        assertThat(pump.line.error().orElseThrow().error())
                .hasMessage("[pipeline:Line:ScriptedSource] emitted more than it was asked for");
    }

    @Test
    void makesAnEventThatIsEmittedWithout() {
        TestPump pump = new TestPump(Map.of(), line -> stages(sink(line))).start();
        pump.line.source.later = pushed -> "made of " + pushed;
        pump.push(1, 2);
        assertThat(sink.get().events).containsExactly("made of 1", "made of 2");
    }

    @Test
    void stopsConsumingAtAnEventThatCannotBeMade() {
        TestPump pump = new TestPump(Map.of(), line -> stages(sink(line))).start();
        pump.line.source.later = pushed -> {
            throw new IllegalStateException("cannot make " + pushed);
        };
        pump.push(1);
        assertThat(pump.line.error().orElseThrow().error()).hasMessage("cannot make 1");
    }

    @Test
    void confirmsOnlyTheContiguousPrefix() {
        TestPump pump = new TestPump(Map.of(), line -> stages(sink(line, Map.of("concurrency", 3)))).start();
        sink.get().holds = true;
        pump.push(1, 2, 3);

        sink.get().open.get(2).success();
        sink.get().open.get(1).success();
        assertThat(pump.line.source.settled).isEmpty();
        sink.get().open.get(0).success();
        assertThat(pump.line.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED", "3:DELIVERED");
    }

    @Test
    void settlesTheInputOfAGeneratorWhenAllOutputsHaveSettled() {
        TestPump pump = new TestPump(
                        Map.of(),
                        line -> stages(
                                generator(line, "Copies", e -> Flux.range(0, (Integer) e)
                                        .map(i -> e + "-" + i)),
                                sink(line, Map.of("concurrency", 10))))
                .start();
        sink.get().holds = true;
        pump.push(2, 0, 1);

        assertThat(sink.get().events).containsExactly("2-0", "2-1", "1-0");
        sink.get().confirm();
        assertThat(pump.line.source.settled).isEmpty();
        sink.get().confirm();
        assertThat(pump.line.source.settled).containsExactly("2:DELIVERED", "0:DROPPED");
        sink.get().confirm();
        assertThat(pump.line.source.settled).containsExactly("2:DELIVERED", "0:DROPPED", "1:DELIVERED");
    }

    @Test
    void asksAGeneratorForNoMoreThanItCanHold() {
        AtomicInteger made = new AtomicInteger();
        TestPump pump = new TestPump(
                        Map.of(),
                        line -> stages(
                                generator(line, "Many", e -> Flux.range(0, 1_000_000)
                                        .<Object>map(i -> {
                                            made.incrementAndGet();
                                            return i;
                                        })),
                                sink(line)))
                .start();
        sink.get().holds = true;
        pump.push("all");
        assertThat(made.get()).isLessThanOrEqualTo(257);
        assertThat(pump.line.unsettled()).isEqualTo(1);
    }

    @Test
    void keepsTheOrderOfAsynchronousResults() {
        Map<Object, MonoSink<Object>> open = new HashMap<>();
        TestPump pump = new TestPump(
                        Map.of(),
                        line -> stages(
                                async(line, "Later", Map.of("concurrency", 3), e -> Mono.create(s -> open.put(e, s))),
                                sink(line)))
                .start()
                .push("a", "b", "c", "d");

        assertThat(open).containsOnlyKeys("a", "b", "c");
        open.get("c").success("C");
        open.get("b").success();
        assertThat(sink.get().events).isEmpty();
        open.get("a").success("A");
        assertThat(sink.get().events).containsExactly("A", "C");
        open.get("d").success("D");
        assertThat(pump.line.source.settled).containsExactly("a:DELIVERED", "b:DROPPED", "c:DELIVERED", "d:DELIVERED");
    }

    @Test
    void letsUnorderedResultsOvertake() {
        Map<Object, MonoSink<Object>> open = new HashMap<>();
        new TestPump(
                        Map.of(),
                        line -> stages(
                                async(line, "Later", Map.of("ordered", "no"), e -> Mono.create(s -> open.put(e, s))),
                                sink(line)))
                .start()
                .push("a", "b");
        open.get("b").success("B");
        open.get("a").success("A");
        assertThat(sink.get().events).containsExactly("B", "A");
    }

    @Test
    void deliversToEverySinkWhoseConditionHolds() {
        List<RecordingSink> sinks = new ArrayList<>();
        TestPump pump = new TestPump(Map.of("on_error", "skip"), line -> {
                    for (String id : List.of("Small", "Even", "Other")) {
                        sinks.add(new RecordingSink(line.app(), line, id, Map.of()));
                    }
                    return stages(new ConditionalSinks<Integer>(line.app(), line)
                            .when(e -> e < 10, sinks.get(0))
                            .when(e -> e % 2 == 0, sinks.get(1))
                            .otherwise(sinks.get(2)));
                })
                .start();
        sinks.get(1).holds = true;
        pump.push(1, 2, 11);

        assertThat(sinks.get(0).events).containsExactly(1, 2);
        assertThat(sinks.get(1).events).containsExactly(2);
        assertThat(pump.line.source.settled).containsExactly("1:DELIVERED");
        sinks.get(1).confirm();
        assertThat(sinks.get(2).events).containsExactly(11);
        assertThat(pump.line.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED", "11:DELIVERED");
        assertThat(pump.line.locate("Even")).containsSame(sinks.get(1));
        assertThat(count(pump, "bspump.pipeline.processor.event.out", "Small")).isEqualTo(2);
    }

    @Test
    void failsAnEventThatNoSinkTakes() {
        TestPump pump = new TestPump(
                        Map.of(),
                        line -> stages(new ConditionalSinks<Integer>(line.app(), line).when(e -> e < 10, sink(line))))
                .start()
                .push(11);
        assertThat(pump.line.error().orElseThrow().error())
                .hasMessage("no sink takes the event: none of the conditions holds");
    }

    // Demand

    @Test
    void holdsNoMoreThanMaxInFlight() {
        TestPump pump = new TestPump(Map.of("max_in_flight", 5), line -> stages(sink(line))).start();
        sink.get().holds = true;
        IntStream.range(0, 20).forEach(pump::push);
        assertThat(pump.line.source.requested).isEqualTo(5);
        assertThat(pump.line.unsettled()).isEqualTo(5);
        for (int i = 0; i < 20; i++) {
            sink.get().confirm();
            assertThat(pump.line.unsettled()).isLessThanOrEqualTo(5);
        }
        assertThat(pump.line.source.settled).hasSize(20);
    }

    @Test
    void countsEventsThatWaitBehindAnUnsettledOne() {
        Map<Object, MonoSink<Object>> open = new HashMap<>();
        TestPump pump = new TestPump(
                        Map.of("max_in_flight", 4),
                        line -> stages(
                                async(line, "Later", Map.of("ordered", "no"), e -> Mono.create(s -> open.put(e, s))),
                                sink(line)))
                .start();
        IntStream.range(0, 20).forEach(pump::push);
        for (int i = 1; i < 4; i++) {
            open.get(i).success(i);
        }
        assertThat(pump.line.source.requested)
                .describedAs("positions 1 to 3 wait for 0 and are remembered")
                .isEqualTo(4);
    }

    // Batches

    @Test
    void closesABatchBySizeOrLinger() {
        TestPump pump = new TestPump(
                        Map.of(), line -> stages(batchSink(line, Map.of("batch_size", 3, "linger", "200ms"))))
                .start()
                .push(1, 2, 3, 4);
        assertThat(batchSink.get().batches).containsExactly(List.of(1, 2, 3));
        pump.advance(Duration.ofMillis(199));
        assertThat(batchSink.get().batches).hasSize(1);
        pump.advance(Duration.ofMillis(1));
        assertThat(batchSink.get().batches).containsExactly(List.of(1, 2, 3), List.of(4));
        assertThat(pump.line.source.settled).hasSize(4);
    }

    @Test
    void closesABatchByBytes() {
        new TestPump(Map.of(), line -> stages(batchSink(line, Map.of("batch_bytes", "10"))))
                .start()
                .push("12345", "6789", "0", "1");
        assertThat(batchSink.get().batches).containsExactly(List.of("12345", "6789", "0"));
    }

    @Test
    void boundsConcurrentBatchesAndWhatWaitsForThem() {
        TestPump pump = new TestPump(
                        Map.of("max_in_flight", 100),
                        line -> stages(batchSink(line, Map.of("batch_size", 2, "max_concurrent_batches", 2))))
                .start();
        batchSink.get().holds = true;
        IntStream.range(0, 20).forEach(pump::push);
        assertThat(batchSink.get().batches).containsExactly(List.of(0, 1), List.of(2, 3));
        batchSink.get().open.get(1).success();
        assertThat(batchSink.get().batches).hasSize(3);
        assertThat(pump.line.source.settled).isEmpty();
        batchSink.get().open.get(0).success();
        assertThat(pump.line.source.settled).hasSize(4);
    }

    @Test
    void cutsAFailingBatchInHalvesUntilTheBadEventsStandAlone() {
        TestPump pump = new TestPump(
                        Map.of("on_error", "skip"), line -> stages(batchSink(line, Map.of("batch_size", 8))))
                .start();
        batchSink.get().failing =
                batch -> batch.contains(3) || batch.contains(6) ? new IllegalStateException("bad") : null;
        pump.push(0, 1, 2, 3, 4, 5, 6, 7);
        assertThat(batchSink.get().batches.stream().flatMap(List::stream)).containsExactly(0, 1, 2, 4, 5, 7);
        assertThat(pump.line.source.settled)
                .containsExactly(
                        "0:DELIVERED",
                        "1:DELIVERED",
                        "2:DELIVERED",
                        "3:SKIPPED",
                        "4:DELIVERED",
                        "5:DELIVERED",
                        "6:SKIPPED",
                        "7:DELIVERED");
    }

    @Test
    void retriesABatchAsAWhole() {
        AtomicInteger failures = new AtomicInteger(2);
        TestPump pump = new TestPump(
                        Map.of("retry_attempts", 2, "retry_delay", "1s"),
                        line -> stages(batchSink(line, Map.of("batch_size", 2))))
                .start();
        batchSink.get().failing = batch -> failures.getAndDecrement() > 0 ? new IllegalStateException("down") : null;
        pump.push(1, 2);
        pump.advance(Duration.ofSeconds(1));
        assertThat(batchSink.get().batches).isEmpty();
        pump.advance(Duration.ofSeconds(2));
        assertThat(batchSink.get().batches).containsExactly(List.of(1, 2));
        assertThat(pump.line.source.settled).hasSize(2);
    }

    @Test
    void sendsOnlyTheReportedEventsOfABatchTheErrorWay() {
        TestPump pump = new TestPump(
                        Map.of("on_error", "skip"), line -> stages(batchSink(line, Map.of("batch_size", 3))))
                .start();
        batchSink.get().failing = batch -> {
            batch.fail(1, new IllegalStateException("rejected"));
            return null;
        };
        pump.push("a", "b", "c");
        assertThat(pump.line.source.settled).containsExactly("a:DELIVERED", "b:SKIPPED", "c:DELIVERED");
    }

    // Errors

    @Test
    void stopsAtAnErrorAndResumesFromTheFailedEvent() {
        AtomicInteger failures = new AtomicInteger(1);
        TestPump pump = new TestPump(
                        Map.of(),
                        line -> stages(
                                sync(line, "Bad", e -> {
                                    if (e.equals(2) && failures.getAndDecrement() > 0) {
                                        throw new IllegalArgumentException("two is bad");
                                    }
                                    return e;
                                }),
                                sink(line)))
                .start()
                .push(1, 2, 3);

        assertThat(pump.line.state()).isEqualTo(PipelineState.ERROR);
        PipelineError error = pump.line.error().orElseThrow();
        assertThat(error.stage()).isEqualTo("Bad");
        assertThat(error.error()).hasMessage("two is bad");
        assertThat(pump.line.source.settled).containsExactly("1:DELIVERED");

        pump.line.resume();
        assertThat(pump.line.state()).isEqualTo(PipelineState.RUNNING);
        assertThat(pump.line.error()).isEmpty();
        assertThat(sink.get().events).containsExactly(1, 2, 3);
        assertThat(pump.line.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED", "3:DELIVERED");
    }

    @Test
    void settlesTheHeldEventAsFailedWhenStoppedAndMovesNoPosition() {
        TestPump pump = new TestPump(Map.of(), line -> stages(sync(line, "Bad", PipelineTest::failing), sink(line)))
                .start()
                .push(1, 2);
        AtomicInteger stopped = new AtomicInteger();
        pump.line.stop().subscribe(v -> {}, e -> {}, stopped::incrementAndGet);
        assertThat(stopped).hasValue(1);
        assertThat(pump.line.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(pump.line.source.settled).isEmpty();
        assertThat(pump.line.source.stopped).isTrue();
        assertThat(pump.line.unsettled()).isEqualTo(2);
    }

    private static Object failing(Object event) {
        throw new IllegalArgumentException("cannot do " + event);
    }

    @Test
    void retriesWithGrowingDelaysWhileNothingOvertakes() {
        AtomicInteger tries = new AtomicInteger();
        TestPump pump = new TestPump(
                        Map.of("retry_attempts", 3, "retry_delay", "1s", "retry_max_delay", "3s"),
                        line -> stages(
                                sync(line, "Bad", e -> {
                                    if (e.equals(1) && tries.incrementAndGet() < 4) {
                                        throw new IllegalStateException("not yet");
                                    }
                                    return e;
                                }),
                                sink(line)))
                .start()
                .push(1, 2);
        List<Integer> seen = new ArrayList<>();
        for (int second = 0; second <= 6; second++) {
            seen.add(tries.get());
            pump.advance(Duration.ofSeconds(1));
        }
        assertThat(seen).containsExactly(1, 2, 2, 3, 3, 3, 4);
        assertThat(sink.get().events).containsExactly(1, 2);
    }

    @Test
    void skipsAndGoesOn() {
        TestPump pump = new TestPump(
                        Map.of("stop_on_errors", "no"),
                        line -> stages(sync(line, "Bad", e -> e.equals(2) ? failing(e) : e), sink(line)))
                .start()
                .push(1, 2, 3);
        assertThat(pump.line.source.settled).containsExactly("1:DELIVERED", "2:SKIPPED", "3:DELIVERED");
        assertThat(count(pump, "bspump.pipeline.warning", null)).isEqualTo(1);
        assertThat(count(pump, "bspump.pipeline.error", null)).isZero();
    }

    @Test
    void letsHandleErrorDecideForTheEventThatReallyFailed() {
        Map<Object, MonoSink<Object>> open = new HashMap<>();
        List<Object> asked = new ArrayList<>();
        TestPump pump = new TestPump(
                Map.of(),
                line -> stages(async(line, "Later", Map.of(), e -> Mono.create(s -> open.put(e, s))), sink(line)));
        pump.line.decision = (error, event) -> {
            asked.add(event + ":" + error.getMessage());
            return ErrorDecision.SKIP;
        };
        pump.start().push("a", "b", "c");
        open.get("b").error(new IllegalStateException("b failed"));
        open.get("c").success("C");
        open.get("a").error(new IllegalStateException("a failed"));
        assertThat(asked).containsExactly("b:b failed", "a:a failed");
        assertThat(pump.line.source.settled).containsExactly("a:SKIPPED", "b:SKIPPED", "c:DELIVERED");
    }

    @Test
    void stopsWhenHandleErrorItselfFails() {
        TestPump pump = new TestPump(
                Map.of("on_error", "skip"), line -> stages(sync(line, "Bad", PipelineTest::failing), sink(line)));
        pump.line.decision = (error, event) -> {
            throw new IllegalStateException("the handler is broken");
        };
        pump.start().push(1);
        assertThat(pump.line.isError()).isTrue();
        assertThat(pump.line.error().orElseThrow().error().getSuppressed())
                .singleElement()
                .satisfies(s -> assertThat(s).hasMessage("the handler is broken"));
    }

    @Test
    void settlesADeadLetterWhenItIsDelivered() {
        AtomicReference<RecordingSink> letters = new AtomicReference<>();
        TestPump pump = new TestPump(Map.of("on_error", "dead_letter"), line -> {
                    letters.set(new RecordingSink(line.app(), line, "Letters", Map.of()));
                    line.letters(letters.get());
                    return stages(sync(line, "Bad", e -> e.equals(1) ? failing(e) : e), sink(line));
                })
                .start();
        letters.get().holds = true;
        pump.push(1, 2);
        DeadLetter letter = (DeadLetter) letters.get().events.get(0);
        assertThat(letter.stage()).isEqualTo("Bad");
        assertThat(letter.event()).isEqualTo(1);
        assertThat(letter.attempts()).isEqualTo(1);
        assertThat(letter.toMap()).containsEntry("message", "cannot do 1").containsEntry("pipeline", "Line");
        assertThat(pump.line.source.settled).isEmpty();
        letters.get().confirm();
        assertThat(pump.line.source.settled).containsExactly("1:DEAD_LETTERED", "2:DELIVERED");
    }

    @Test
    void holdsAnEventWhoseDeadLetterCannotBeDelivered() {
        AtomicReference<RecordingSink> letters = new AtomicReference<>();
        TestPump pump = new TestPump(Map.of("on_error", "dead_letter"), line -> {
                    letters.set(new RecordingSink(line.app(), line, "Letters", Map.of()));
                    line.letters(letters.get());
                    return stages(sync(line, "Bad", PipelineTest::failing), sink(line));
                })
                .start();
        letters.get().failing = event -> new IllegalStateException("no room for letters");
        pump.push(1);
        assertThat(pump.line.error().orElseThrow())
                .hasToString("Letters: java.lang.IllegalStateException: no room for letters");
        letters.get().failing = event -> null;
        pump.line.resume();
        assertThat(pump.line.source.settled).containsExactly("1:DEAD_LETTERED");
        assertThat(letters.get().events).hasSize(1);
    }

    @Test
    void sendsDeadLettersToAnotherPipeline() {
        TestPump pump = new TestPump(
                Map.of("dead_letter", "Graveyard", "on_error", "dead_letter"),
                line -> stages(sync(line, "Bad", e -> e.equals(1) ? failing(e) : e), sink(line)));
        List<Object> buried = new ArrayList<>();
        Pipeline graveyard = new Pipeline(pump.app, "Graveyard") {
            {
                build(new InternalSource<DeadLetter>(pump.app, this), new Sink<DeadLetter>(pump.app, this) {
                    @Override
                    protected Mono<Void> process(Context context, DeadLetter event) {
                        buried.add(event.event());
                        return Mono.empty();
                    }
                });
            }
        };
        pump.app.pumpService().addPipeline(graveyard);
        pump.start().push(1, 2);
        assertThat(pump.line.source.settled).isEmpty();
        graveyard.start().subscribe();
        assertThat(buried).containsExactly(1);
        assertThat(pump.line.source.settled).containsExactly("1:DEAD_LETTERED", "2:DELIVERED");
    }

    @Test
    void holdsTheEventWhenThereIsNoDeadLetterTarget() {
        TestPump pump = new TestPump(
                        Map.of("on_error", "dead_letter"),
                        line -> stages(sync(line, "Bad", PipelineTest::failing), sink(line)))
                .start()
                .push(1);
        assertThat(pump.line.error().orElseThrow().error().getSuppressed()[0])
                .hasMessage("the pipeline has no dead-letter target");
    }

    // Sources

    @Test
    void reopensAFailedSourceWhenEverythingItEmittedHasSettled() {
        TestPump pump =
                new TestPump(Map.of("retry_attempts", 1, "retry_delay", "1s"), line -> stages(sink(line))).start();
        sink.get().holds = true;
        pump.push(1);
        pump.line.source.fail(new IllegalStateException("link lost"));
        pump.advance(Duration.ofSeconds(5));
        assertThat(pump.line.source.subscriptions).isEqualTo(1);
        sink.get().confirm();
        pump.advance(Duration.ofSeconds(1));
        assertThat(pump.line.source.subscriptions).isEqualTo(2);
        pump.push(2);
        sink.get().confirm();
        assertThat(pump.line.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED");
    }

    @Test
    void isInErrorWhenTheSourceFailsForGood() {
        TestPump pump = new TestPump(Map.of("on_error", "skip"), line -> stages(sink(line))).start();
        pump.line.source.fail(new IllegalStateException("link lost"));
        assertThat(pump.line.error().orElseThrow())
                .hasToString("ScriptedSource: java.lang.IllegalStateException: link lost");
        pump.line.resume();
        assertThat(pump.line.source.subscriptions).isEqualTo(2);
        assertThat(pump.line.state()).isEqualTo(PipelineState.RUNNING);
    }

    @Test
    void finishesWhenTheSourceHasEndedAndEverythingHasSettled() {
        TestPump pump = new TestPump(Map.of(), line -> stages(batchSink(line, Map.of("linger", "1h"))))
                .start()
                .push(1);
        assertThat(batchSink.get().batches).isEmpty();
        pump.line.source.complete();
        assertThat(batchSink.get().batches).containsExactly(List.of(1));
        assertThat(pump.line.state()).isEqualTo(PipelineState.FINISHED);
        assertThat(pump.line.source.stopped).isTrue();
    }

    // Stopping

    @Test
    void stopDrainsWhatIsInFlight() {
        TestPump pump = new TestPump(Map.of(), line -> stages(batchSink(line, Map.of("linger", "1h")))).start();
        batchSink.get().holds = true;
        pump.push(1, 2);
        AtomicInteger stopped = new AtomicInteger();
        pump.line.stop().subscribe(v -> {}, e -> {}, stopped::incrementAndGet);
        assertThat(pump.line.source.cancelled).isTrue();
        assertThat(pump.line.state()).isEqualTo(PipelineState.STOPPING);
        assertThat(batchSink.get().batches).containsExactly(List.of(1, 2));
        assertThat(stopped).hasValue(0);
        batchSink.get().open.get(0).success();
        assertThat(stopped).hasValue(1);
        assertThat(pump.line.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED");
        assertThat(pump.line.state()).isEqualTo(PipelineState.STOPPED);
    }

    @Test
    void cutEndsTheDrainAndLeavesTheRestUnsettled() {
        AtomicInteger cancelled = new AtomicInteger();
        TestPump pump = new TestPump(
                        Map.of(),
                        line -> stages(
                                async(line, "Never", Map.of(), e -> Mono.never()
                                        .doOnCancel(cancelled::incrementAndGet)),
                                sink(line)))
                .start()
                .push(1, 2);
        pump.line.stop().subscribe();
        pump.advance(Duration.ofHours(1));
        assertThat(pump.line.state()).isEqualTo(PipelineState.STOPPING);
        pump.line.cut();
        assertThat(pump.line.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(cancelled).hasValue(2);
        assertThat(pump.line.unsettled()).isEqualTo(2);
        assertThat(pump.line.source.settled).isEmpty();
    }

    @Test
    void stopBeforeStartAndDuringStartWork() {
        TestPump never = new TestPump(Map.of(), line -> stages(sink(line)));
        never.line.stop().subscribe();
        assertThat(never.line.state()).isEqualTo(PipelineState.STOPPED);
        never.start();
        assertThat(never.line.source.subscriptions).isZero();

        TestPump during = new TestPump(
                        Map.of(),
                        line -> stages(new Sink<>(line.app(), line, "Slow", Map.of()) {
                            @Override
                            protected Mono<Void> start() {
                                return Mono.never();
                            }

                            @Override
                            protected Mono<Void> process(Context context, Object event) {
                                return Mono.empty();
                            }
                        }))
                .start();
        assertThat(during.line.state()).isEqualTo(PipelineState.STARTING);
        during.line.stop().subscribe();
        assertThat(during.line.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(during.line.source.subscriptions).isZero();
    }

    @Test
    void startsAgainWhenResumedAfterAFailedStart() {
        AtomicInteger starts = new AtomicInteger();
        TestPump pump = new TestPump(
                        Map.of(),
                        line -> stages(new Sink<>(line.app(), line, "Door", Map.of()) {
                            @Override
                            protected Mono<Void> start() {
                                return starts.incrementAndGet() == 1
                                        ? Mono.error(new IllegalStateException("closed"))
                                        : Mono.empty();
                            }

                            @Override
                            protected Mono<Void> process(Context context, Object event) {
                                return Mono.empty();
                            }
                        }))
                .start();
        assertThat(pump.line.error().orElseThrow()).hasToString("Door: java.lang.IllegalStateException: closed");
        pump.line.resume();
        pump.push(1);
        assertThat(pump.line.source.settled).containsExactly("1:DELIVERED");
    }

    // Building

    @Test
    void refusesPartsThatDoNotFit() {
        assertThatThrownBy(() -> new TestPump(Map.of(), line -> stages(sync(line, "A", e -> e))))
                .hasMessage("[pipeline:Line] must end with a sink, but ends with 'A'");
        assertThatThrownBy(() -> new TestPump(Map.of(), line -> stages(sink(line), sink(line))))
                .hasMessage("[pipeline:Line] has the sink 'Sink' before its end");
        assertThatThrownBy(() -> new TestPump(
                        Map.of(), line -> stages(sync(line, "A", e -> e), sync(line, "A", e -> e), sink(line))))
                .hasMessage("[pipeline:Line] has two components with the id 'A'; give one of them another id");
        assertThatThrownBy(() ->
                        new TestPump(Map.of(), line -> stages(new Length(line), new Length(line, "L2"), sink(line))))
                .hasMessage("[pipeline:Line] does not fit together: Line.Length gives Integer, Line.L2 takes String");
    }

    private static class Length extends Processor<String, Integer> {
        Length(Line line) {
            this(line, "Length");
        }

        Length(Line line, String id) {
            super(line.app(), line, id, Map.of());
        }

        @Override
        protected Integer process(Context context, String event) {
            return event.length();
        }
    }

    private static double count(TestPump pump, String name, @Nullable String processor) {
        var search = pump.app.meterRegistry().get(name).tag("pipeline", "Line");
        return (processor == null ? search : search.tag("processor", processor))
                .functionCounter()
                .count();
    }
}
