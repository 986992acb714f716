package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.TestPump.RecordingSink;
import io.bspump.TestStore.LogSource;
import io.bspump.TestStore.StoreSink;
import io.bspump.aggregation.AggregatingProcessor;
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
import reactor.core.publisher.MonoSink;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What {@code delivery = exactly_once} promises, at every point where something can fail. */
class ExactlyOnceTest {

    private static final Duration LINGER = Duration.ofMillis(100);

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final Application app = new Application(time, time) {};
    private final TestStore store = new TestStore();

    /** From a log to the store. */
    private static final class Copying extends Pipeline {

        private final LogSource source;
        private final StoreSink sink;
        private final RecordingSink letterSink;

        Copying(
                Application app,
                TestStore store,
                Map<String, Integer> ends,
                Map<String, ?> config,
                Map<String, ?> sinkConfig,
                Function<Pipeline, List<Stage<?, ?>>> stages) {
            super(app, "Copy", with(config));
            source = new LogSource(app, this, "Log", new HashMap<>(ends));
            sink = new StoreSink(app, this, sinkConfig, store);
            letterSink = new RecordingSink(app, this, "Letters", Map.of("concurrency", 10));
            List<Stage<?, ?>> all = new ArrayList<>(stages.apply(this));
            all.add(sink);
            build(source, all.toArray(Stage<?, ?>[]::new));
            deadLetter(letterSink);
        }

        private static Map<String, Object> with(Map<String, ?> config) {
            Map<String, Object> all = new HashMap<>(config);
            all.putIfAbsent("delivery", "exactly_once");
            return all;
        }
    }

    private Copying copying(
            Map<String, Integer> ends,
            Map<String, ?> config,
            Map<String, ?> sinkConfig,
            Function<Pipeline, List<Stage<?, ?>>> stages) {
        return new Copying(app, store, ends, config, sinkConfig, stages);
    }

    private Copying copying(Map<String, Integer> ends, Map<String, ?> config) {
        return copying(ends, config, Map.of("batch_size", 3), pipeline -> List.of());
    }

    private Copying started(Copying pipeline) {
        pipeline.start().subscribe();
        return pipeline;
    }

    private void linger() {
        time.advanceTimeBy(LINGER);
    }

    private void kill(Copying pipeline) {
        pipeline.sink.holds = true;
        pipeline.stop().subscribe();
        pipeline.cut();
        time.advanceTimeBy(Duration.ofMillis(1));
    }

    /** Another life of the pump goes on and reads all. */
    private void finish(
            Map<String, Integer> ends, Map<String, ?> config, Function<Pipeline, List<Stage<?, ?>>> stages) {
        Copying next = started(copying(ends, config, Map.of("batch_size", 3), stages));
        next.source.end();
        time.advanceTimeBy(Duration.ofMinutes(1));
        assertThat(next.state()).isEqualTo(PipelineState.FINISHED);
    }

    private static Object[] numbered(String partition, int count) {
        return IntStream.rangeClosed(1, count).mapToObj(i -> partition + i).toArray();
    }

    private static Processor<Object, Object> sync(Pipeline pipeline, Function<Object, @Nullable Object> function) {
        return new Processor<>(pipeline.app(), pipeline, "Sync", Map.of()) {
            @Override
            protected @Nullable Object process(Context context, Object event) {
                return function.apply(event);
            }
        };
    }

    // What is written together

    @Test
    void writesPositionsInTheTransactionOfTheirEvents() {
        Copying pipeline = started(copying(Map.of("A", 7), Map.of()));
        assertThat(store.events).containsExactly(numbered("A", 6));
        assertThat(store.positions).isEqualTo(Map.of("Log/A", "6"));
        assertThat(store.transactions).isEqualTo(2);
        assertThat(pipeline.unsettled()).isEqualTo(1);

        linger();
        assertThat(store.events).containsExactly(numbered("A", 7));
        assertThat(pipeline.source.committed).containsExactly("Log/A=3", "Log/A=6", "Log/A=7");
        assertThat(pipeline.unsettled()).isZero();
    }

    @Test
    void goesOnFromTheStoredPositionsInItsNextLife() {
        Copying first = started(copying(Map.of("A", 4, "B", 2), Map.of()));
        linger();
        kill(first);
        finish(Map.of("A", 6, "B", 5), Map.of(), p -> List.of());
        assertThat(store.events).hasSize(11).doesNotHaveDuplicates();
        assertThat(store.positions).isEqualTo(Map.of("Log/A", "6", "Log/B", "5"));
    }

    @Test
    void writesPositionsOfEventsThatWereDropped() {
        Copying pipeline = started(copying(Map.of("A", 5), Map.of(), Map.of(), p -> List.of(sync(p, event -> null))));
        assertThat(store.positions).isEmpty();
        assertThat(pipeline.unsettled()).isEqualTo(5);

        linger();
        assertThat(store.positions).isEqualTo(Map.of("Log/A", "5"));
        assertThat(store.events).isEmpty();
        assertThat(pipeline.unsettled()).isZero();
        time.advanceTimeBy(Duration.ofMinutes(1));
        assertThat(store.transactions).isEqualTo(1);
    }

    @Test
    void writesAllThatIsMadeOfOneEventInOneTransaction() {
        Copying pipeline = started(copying(
                Map.of("A", 3),
                Map.of(),
                Map.of("batch_size", 3),
                p -> List.of(new Generator<Object, Object>(p.app(), p, "Copies", Map.of()) {
                    @Override
                    protected Flux<Object> generate(Context context, Object event) {
                        return Flux.range(1, 4).map(i -> event + "-" + i);
                    }
                })));
        assertThat(store.transactions).isEqualTo(3);
        assertThat(pipeline.source.committed).containsExactly("Log/A=1", "Log/A=2", "Log/A=3");
        assertThat(store.events).hasSize(12).startsWith("A1-1", "A1-2", "A1-3", "A1-4", "A2-1");
    }

    @Test
    void aGeneratorThatIsTriedAgainGoesOnWhereItHasFailed() {
        int[] tries = {0};
        started(copying(
                Map.of("A", 1),
                Map.of("retry_attempts", 1),
                Map.of("batch_size", 2),
                p -> List.of(new Generator<Object, Object>(p.app(), p, "Copies", Map.of()) {
                    @Override
                    protected Flux<Object> generate(Context context, Object event) {
                        Flux<Object> made = Flux.range(1, 5).map(i -> event + "-" + i);
                        return tries[0]++ > 0 ? made : made.take(3).concatWith(Mono.error(new IllegalStateException()));
                    }
                })));
        linger();
        assertThat(store.events).isEmpty();
        time.advanceTimeBy(Duration.ofSeconds(2));
        assertThat(store.events).containsExactly("A1-1", "A1-2", "A1-3", "A1-4", "A1-5");
        assertThat(store.transactions).isEqualTo(1);
    }

    @Test
    void writesAnAggregateWithThePositionBehindItsLastMember() {
        Copying pipeline = started(copying(
                Map.of("A", 7),
                Map.of(),
                Map.of("batch_size", 1),
                p -> List.of(new AggregatingProcessor<>(p.app(), p, null, Map.of("completion_size", 3)))));
        assertThat(store.events).containsExactly(List.of("A1", "A2", "A3"), List.of("A4", "A5", "A6"));
        assertThat(store.positions).isEqualTo(Map.of("Log/A", "6"));
        time.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(pipeline.isError()).isFalse();

        kill(pipeline);
        finish(
                Map.of("A", 9),
                Map.of(),
                p -> List.of(new AggregatingProcessor<>(p.app(), p, null, Map.of("completion_size", 3))));
        assertThat(store.events).endsWith(List.of("A7", "A8", "A9")).hasSize(3);
    }

    @Test
    void waitsForTheEventsBeforeThoseThatOvertookThem() {
        Map<Object, MonoSink<Object>> open = new HashMap<>();
        Copying pipeline = started(copying(
                Map.of("A", 4),
                Map.of(),
                Map.of("batch_size", 2),
                p -> List.of(new AsyncProcessor<Object, Object>(p.app(), p, "Later", Map.of("ordered", "no")) {
                    @Override
                    protected Mono<Object> process(Context context, Object event) {
                        return Mono.create(sink -> open.put(event, sink));
                    }
                })));
        open.get("A3").success("A3");
        open.get("A4").success("A4");
        pipeline.source.appear("A", 5);
        linger();
        assertThat(store.events).isEmpty();
        assertThat(open).hasSize(4); // nothing new is taken in as long as the batch waits for what was before it

        open.get("A1").success("A1");
        assertThat(store.events).isEmpty();
        open.get("A2").success("A2");
        assertThat(store.events).containsExactly("A3", "A4", "A1", "A2");
        assertThat(store.positions).isEqualTo(Map.of("Log/A", "4"));
        assertThat(open).containsKey("A5");
    }

    // What goes wrong

    @Test
    void writesTheSameBatchAgainWhenItFailedBeforeItWasWritten() {
        Copying pipeline = copying(Map.of("A", 3), Map.of("retry_attempts", 2));
        pipeline.sink.failingBefore = batch -> store.attempts < 3 ? new IllegalStateException("down") : null;
        started(pipeline);
        assertThat(store.events).isEmpty();
        time.advanceTimeBy(Duration.ofSeconds(4));
        assertThat(store.events).containsExactly(numbered("A", 3));
        assertThat(store.attempts).isEqualTo(3);
        assertThat(pipeline.source.starts).isEqualTo(1);
    }

    @Test
    void writesNothingTwiceWhenTheAnswerWasLost() {
        Copying pipeline = copying(Map.of("A", 6), Map.of("retry_attempts", 2));
        pipeline.sink.failingAfter = batch -> store.attempts == 1 ? new IllegalStateException("the line broke") : null;
        started(pipeline);
        time.advanceTimeBy(Duration.ofSeconds(4));
        assertThat(store.events).containsExactly(numbered("A", 6));
        assertThat(store.attempts).isEqualTo(3);
    }

    @Test
    void holdsABatchThatCannotBeWrittenWhateverTheErrorPolicy() {
        Copying pipeline = copying(Map.of("A", 3), Map.of("on_error", "skip"));
        pipeline.sink.failingBefore = batch -> store.attempts == 1 ? new IllegalStateException("disk full") : null;
        started(pipeline);
        assertThat(pipeline.state()).isEqualTo(PipelineState.ERROR);
        assertThat(pipeline.error().orElseThrow().error()).hasMessage("disk full");

        pipeline.resume();
        time.advanceTimeBy(Duration.ofMillis(1));
        assertThat(store.events).containsExactly(numbered("A", 3));
        assertThat(pipeline.state()).isEqualTo(PipelineState.RUNNING);
    }

    @Test
    void readsAgainFromTheStoredPositionsAfterAConflict() {
        Copying pipeline = copying(Map.of("A", 6), Map.of());
        pipeline.sink.failingBefore = batch -> {
            if (batch.contains("A4") && pipeline.source.starts == 1) {
                store.events.add("A4"); // somebody else was faster
                store.positions.put("Log/A", "4");
            }
            return null;
        };
        started(pipeline);
        assertThat(pipeline.state()).isEqualTo(PipelineState.STARTING);
        assertThat(store.events).containsExactly(numbered("A", 4));

        time.advanceTimeBy(Duration.ofSeconds(2));
        assertThat(pipeline.state()).isEqualTo(PipelineState.RUNNING);
        assertThat(store.events).containsExactly(numbered("A", 6));
        assertThat(pipeline.runtime().rewindCount()).isEqualTo(1);
        assertThat(app.meterRegistry()
                        .get("bspump.pipeline.rewind")
                        .functionCounter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void aPumpThatWasFrozenWritesNothingThatAnotherOneHasWritten() {
        Copying frozen = copying(Map.of("A", 5), Map.of());
        frozen.sink.holds = true;
        started(frozen);
        finish(Map.of("A", 5), Map.of(), p -> List.of());
        assertThat(store.events).containsExactly(numbered("A", 5));

        frozen.sink.holds = false;
        frozen.sink.release();
        time.advanceTimeBy(Duration.ofSeconds(2));
        frozen.source.appear("A", 7);
        linger();
        assertThat(store.events).containsExactly(numbered("A", 7));
        assertThat(frozen.runtime().rewindCount()).isEqualTo(1);
    }

    @Test
    void whatIsUnderWayDuringAConflictNeverArrives() {
        Map<Object, List<MonoSink<Object>>> open = new HashMap<>();
        Copying pipeline = copying(
                Map.of("A", 2, "B", 1),
                Map.of(),
                Map.of("batch_size", 1),
                p -> List.of(new AsyncProcessor<Object, Object>(p.app(), p, "Later", Map.of()) {
                    @Override
                    protected Mono<Object> process(Context context, Object event) {
                        return Mono.create(sink -> open.computeIfAbsent(event, e -> new ArrayList<>())
                                .add(sink));
                    }
                }));
        pipeline.sink.failingBefore =
                batch -> pipeline.source.starts == 1 ? new RewindException("somebody was faster") : null;
        started(pipeline);
        open.get("A1").get(0).success("A1");
        assertThat(pipeline.state()).isEqualTo(PipelineState.STARTING);
        open.get("B1").get(0).success("B1");
        time.advanceTimeBy(Duration.ofSeconds(2));
        assertThat(store.events).isEmpty();
        assertThat(open.get("B1")).hasSize(2);
        for (String event : List.of("A2", "B1", "A1")) {
            open.get(event).get(1).success(event);
        }
        linger();
        assertThat(store.events).containsExactlyInAnyOrder("A1", "A2", "B1");
    }

    @Test
    void waitsLongerFromConflictToConflict() {
        Copying pipeline = copying(Map.of("A", 3), Map.of());
        pipeline.sink.failingBefore = batch -> store.attempts < 4 ? new RewindException("somebody was faster") : null;
        started(pipeline);
        time.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(pipeline.source.starts).isEqualTo(2);
        time.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(pipeline.source.starts).isEqualTo(2);
        time.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(pipeline.source.starts).isEqualTo(3);
        time.advanceTimeBy(Duration.ofSeconds(4));
        assertThat(store.events).containsExactly(numbered("A", 3));
    }

    @Test
    void aStopWhileItRewindsIsAStop() {
        Copying pipeline = copying(Map.of("A", 3), Map.of());
        pipeline.sink.failingBefore = batch -> new RewindException("somebody was faster");
        started(pipeline);
        pipeline.stop().subscribe();
        time.advanceTimeBy(Duration.ofMinutes(1));
        assertThat(pipeline.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(pipeline.source.starts).isEqualTo(1);
        finish(Map.of("A", 3), Map.of(), p -> List.of());
        assertThat(store.events).containsExactly(numbered("A", 3));
    }

    @Test
    void aConflictDuringTheLastDrainEndsIt() {
        Copying pipeline = copying(Map.of("A", 2), Map.of());
        pipeline.sink.failingBefore = batch -> new RewindException("somebody was faster");
        started(pipeline);
        pipeline.stop().subscribe();
        time.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(pipeline.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(pipeline.unsettled()).isEqualTo(2);
        assertThat(store.events).isEmpty();
    }

    @Test
    void aGroupThatWasOpenDuringAConflictBeginsAnew() {
        Copying pipeline = copying(
                Map.of("A", 5),
                Map.of(),
                Map.of("batch_size", 1),
                p -> List.of(new AggregatingProcessor<>(p.app(), p, null, Map.of("completion_size", 3))));
        pipeline.sink.holds = true;
        started(pipeline); // A4 and A5 are in an open group, and A1 to A3 are being written
        pipeline.sink.failingBefore = batch -> null;
        store.positions.put("Log/A", "1"); // A1 has been written by another one
        pipeline.sink.holds = false;
        pipeline.sink.release();
        time.advanceTimeBy(Duration.ofSeconds(2));
        assertThat(store.events).containsExactly(List.of("A2", "A3", "A4"));
        pipeline.source.appear("A", 7);
        time.advanceTimeBy(Duration.ofSeconds(2));
        assertThat(store.events).containsExactly(List.of("A2", "A3", "A4"), List.of("A5", "A6", "A7"));
    }

    @Test
    void aSourceThatFailsIsReadAgainFromTheStoredPositions() {
        Copying pipeline = copying(Map.of("A", 2), Map.of("retry_attempts", 1));
        started(pipeline);
        pipeline.source.fail(new IllegalStateException("gone"));
        time.advanceTimeBy(Duration.ofSeconds(5));
        assertThat(pipeline.source.starts).isEqualTo(2);
        assertThat(store.events).containsExactly(numbered("A", 2));

        pipeline.source.fail(new IllegalStateException("gone for good"));
        time.advanceTimeBy(Duration.ofSeconds(5));
        assertThat(pipeline.state()).isEqualTo(PipelineState.ERROR);
        assertThat(pipeline.error().orElseThrow().error()).hasMessage("gone for good");
        pipeline.resume();
        time.advanceTimeBy(Duration.ofSeconds(5));
        assertThat(pipeline.state()).isEqualTo(PipelineState.RUNNING);
        pipeline.source.appear("A", 3);
        linger();
        assertThat(store.events).containsExactly(numbered("A", 3));
    }

    // Events that cannot be written

    private static @Nullable Throwable badSecond(Object event) {
        return event.equals("A2") ? new IllegalArgumentException("not a number") : null;
    }

    @Test
    void skipsAnEventAndWritesTheOthersWithThePositionBehindAll() {
        Copying pipeline = copying(Map.of("A", 3), Map.of("on_error", "skip"));
        pipeline.sink.bad = ExactlyOnceTest::badSecond;
        started(pipeline);
        assertThat(store.events).containsExactly("A1", "A3");
        assertThat(store.positions).isEqualTo(Map.of("Log/A", "3"));
        assertThat(store.transactions).isEqualTo(1);
    }

    @Test
    void writesThePositionOnlyWhenTheDeadLetterHasBeenDelivered() {
        Copying pipeline = copying(Map.of("A", 3), Map.of("on_error", "dead_letter"));
        pipeline.sink.bad = ExactlyOnceTest::badSecond;
        pipeline.letterSink.holds = true;
        started(pipeline);
        linger();
        assertThat(pipeline.letterSink.events).hasSize(1);
        assertThat(store.transactions).isZero();
        assertThat(pipeline.unsettled()).isEqualTo(3);

        pipeline.letterSink.confirm();
        assertThat(store.events).containsExactly("A1", "A3");
        assertThat(store.positions).isEqualTo(Map.of("Log/A", "3"));
    }

    @Test
    void commitsNoPositionOverAnEventThatIsHeld() {
        Copying pipeline = copying(Map.of("A", 3), Map.of());
        pipeline.sink.bad = ExactlyOnceTest::badSecond;
        started(pipeline);
        assertThat(pipeline.state()).isEqualTo(PipelineState.ERROR);
        assertThat(store.transactions).isZero();

        pipeline.stop().subscribe();
        time.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(pipeline.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(store.positions).isEmpty();
        assertThat(pipeline.unsettled()).isEqualTo(3);
        finish(Map.of("A", 3), Map.of(), p -> List.of());
        assertThat(store.events).containsExactly(numbered("A", 3));
    }

    @Test
    void triesAHeldEventAgainWhenItIsTold() {
        Copying pipeline = copying(Map.of("A", 3), Map.of());
        pipeline.sink.bad = ExactlyOnceTest::badSecond;
        started(pipeline);
        pipeline.sink.bad = event -> null;
        pipeline.resume();
        time.advanceTimeBy(Duration.ofMillis(1));
        assertThat(store.events).containsExactly(numbered("A", 3));
    }

    @Test
    void triesABadEventAgainInItsPlace() {
        Copying pipeline = copying(Map.of("A", 3), Map.of("retry_attempts", 1));
        pipeline.sink.bad = event -> store.attempts == 1 ? badSecond(event) : null;
        started(pipeline);
        time.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(store.events).containsExactly(numbered("A", 3));
    }

    @Test
    void anEventThatFailsAloneGoesTheErrorPolicysWay() {
        Copying pipeline =
                copying(Map.of("A", 2), Map.of("on_error", "dead_letter"), Map.of("batch_size", 1), p -> List.of());
        pipeline.sink.failingBefore = batch -> batch.contains("A1") ? new IllegalStateException("no") : null;
        started(pipeline);
        time.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(pipeline.letterSink.events).hasSize(1);
        assertThat(store.events).containsExactly("A2");
        assertThat(store.positions).isEqualTo(Map.of("Log/A", "2"));
    }

    @Test
    void anEventThatFailsBeforeTheSinkHoldsItsPosition() {
        Copying pipeline = started(copying(
                Map.of("A", 3),
                Map.of("on_error", "dead_letter"),
                Map.of(),
                p -> List.of(sync(p, e -> {
                    if (e.equals("A2")) {
                        throw new IllegalStateException("no");
                    }
                    return e;
                }))));
        pipeline.letterSink.holds = true;
        linger();
        assertThat(store.events).containsExactly("A1", "A3");
        assertThat(store.positions).isEqualTo(Map.of("Log/A", "3"));
    }

    // Stop

    @Test
    void aStopWritesWhatIsOpen() {
        Copying pipeline = started(copying(Map.of("A", 4), Map.of()));
        pipeline.stop().subscribe();
        time.advanceTimeBy(Duration.ofMillis(1));
        assertThat(pipeline.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(store.events).containsExactly(numbered("A", 4));
        assertThat(pipeline.unsettled()).isZero();
    }

    @Test
    void aStopWaitsForTheTransactionThatIsBeingWritten() {
        Copying pipeline = copying(Map.of("A", 3), Map.of());
        pipeline.sink.holds = true;
        started(pipeline);
        pipeline.stop().subscribe();
        time.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(pipeline.state()).isEqualTo(PipelineState.STOPPING);
        assertThat(pipeline.unsettled()).isEqualTo(3);
        pipeline.sink.release();
        time.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(pipeline.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(store.events).containsExactly(numbered("A", 3));
    }

    @Test
    void aStopThatIsCutShortLeavesTheRestToTheNextLife() {
        Copying pipeline = copying(Map.of("A", 5), Map.of());
        pipeline.sink.holds = true;
        started(pipeline);
        pipeline.stop().subscribe();
        pipeline.cut();
        time.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(pipeline.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(pipeline.unsettled()).isEqualTo(5);
        assertThat(store.events).isEmpty();
        finish(Map.of("A", 5), Map.of(), p -> List.of());
        assertThat(store.events).containsExactly(numbered("A", 5));
    }

    @Test
    void hasFinishedWhenTheLastTransactionIsCommitted() {
        Copying pipeline = copying(Map.of("A", 4), Map.of());
        pipeline.sink.holds = true;
        started(pipeline);
        pipeline.source.end();
        time.advanceTimeBy(Duration.ofSeconds(1));
        pipeline.sink.release();
        time.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(pipeline.state()).isEqualTo(PipelineState.RUNNING);
        pipeline.sink.release();
        time.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(pipeline.state()).isEqualTo(PipelineState.FINISHED);
        assertThat(store.events).containsExactly(numbered("A", 4));
    }
}
