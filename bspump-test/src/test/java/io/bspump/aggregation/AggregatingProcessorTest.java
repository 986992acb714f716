package io.bspump.aggregation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.Application;
import io.bspump.AsyncProcessor;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.Settlement;
import io.bspump.Stage;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import io.bspump.test.PipelineTester;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

class AggregatingProcessorTest {

    private static final class Line extends Pipeline {
        Line(Application app, BiFunction<Application, Pipeline, Stage<?, ?>[]> stages) {
            super(app, "P");
            List<Stage<?, ?>> all = new ArrayList<>(Arrays.asList(stages.apply(app, this)));
            all.add(new NullSink(app, this));
            build(new IteratorSource<>(app, this, List.of()), all.toArray(new Stage<?, ?>[0]));
            deadLetter(new NullSink(app, this, "Letters", Map.of()));
        }
    }

    private static Stage<?, ?>[] stages(Stage<?, ?>... stages) {
        return stages;
    }

    private static PipelineTester tester(
            String configuration, BiFunction<Application, Pipeline, Stage<?, ?>[]> stages) {
        return PipelineTester.setup().configuration(configuration).test(app -> new Line(app, stages));
    }

    private static PipelineTester tester(String... lines) {
        return tester(
                "[pipeline:P:AggregatingProcessor]\n" + String.join("\n", lines),
                (app, pipeline) -> stages(new AggregatingProcessor<>(app, pipeline)));
    }

    /** Joins texts by their first letter; {@code x} cannot be taken in, and a group with {@code !} makes nothing. */
    private static final class Letters implements AggregationStrategy<String, String> {
        static int broken;
        private String text = "";

        @Override
        public void append(Context context, String event) {
            if (event.contains("x") && broken-- > 0) {
                throw new IllegalStateException("cannot take " + event);
            }
            text += event;
        }

        @Override
        public String flush() {
            if (text.contains("!") && broken-- > 0) {
                throw new IllegalStateException("cannot finish " + text);
            }
            return text;
        }
    }

    private static PipelineTester letters(String pipeline, String processor) {
        return tester(
                "[pipeline:P:NullSink]\nconcurrency = 9\n[pipeline:P]\n" + pipeline
                        + "\n[pipeline:P:AggregatingProcessor]\n" + processor,
                (app, line) -> stages(new AggregatingProcessor<String, String>(
                        app, line, null, Map.of(), text -> text.charAt(0), Letters::new)));
    }

    @Test
    void closesByCountAndSettlesTheEventsWithWhatWasMadeOfThem() {
        try (PipelineTester tester = tester("completion_size = 3")) {
            tester.hold("NullSink");
            tester.pushAll(1, 2, 3, 4);
            assertThat(tester.held()).hasSize(1);
            assertThat(tester.settlements()).containsOnlyNulls();
            tester.confirm("NullSink");
            assertThat(tester.settlements())
                    .containsExactly(Settlement.DELIVERED, Settlement.DELIVERED, Settlement.DELIVERED, null);
            tester.assertOutputs(List.of(1, 2, 3));
        }
    }

    @Test
    void closesByBytes() {
        try (PipelineTester tester =
                tester("completion_size = 0", "completion_bytes = 5", "strategy = text", "delimiter = \\t")) {
            tester.pushAll("ab", "cd".getBytes(StandardCharsets.UTF_8), "e", "f");
            tester.assertOutputs("ab\tcd\te");
        }
    }

    @Test
    void closesByTheAgeOfItsFirstEvent() {
        try (PipelineTester tester = tester("completion_timeout = 10s", "key = k")) {
            tester.push(Map.of("k", 1));
            tester.advance(Duration.ofSeconds(6));
            tester.push(Map.of("k", 2));
            tester.push(Map.of("k", 1));
            tester.advance(Duration.ofSeconds(4));
            tester.assertOutputs(List.of(Map.of("k", 1), Map.of("k", 1)));
            tester.advance(Duration.ofSeconds(6));
            assertThat(tester.events()).hasSize(2).last().isEqualTo(List.of(Map.of("k", 2)));
            tester.push(Map.of("k", 2));
            tester.advance(Duration.ofSeconds(11));
            assertThat(tester.events()).hasSize(3);
            tester.assertAllDelivered();
        }
    }

    @Test
    void closesAllGroupsAtMultiplesOfTheInterval() {
        try (PipelineTester tester = tester("completion_interval = 30s", "key = k")) {
            tester.advance(Duration.ofSeconds(20));
            tester.push(Map.of("k", 1));
            tester.advance(Duration.ofSeconds(9));
            tester.push(Map.of("k", 2));
            assertThat(tester.events()).isEmpty();
            tester.advance(Duration.ofSeconds(1));
            tester.assertOutputs(List.of(Map.of("k", 1)), List.of(Map.of("k", 2)));
        }
    }

    @Test
    void gathersFieldsByAKeyOfSeveral() {
        try (PipelineTester tester = tester(
                "key = host, status",
                "strategy = fields",
                "aggregates = count, sum:ms, min:ms, max:ms, avg:ms",
                "completion_size = 2")) {
            tester.push(Map.of("host", "a", "status", 200, "ms", 10));
            tester.push(Map.of("host", "b", "status", 200, "ms", 1));
            tester.push(Map.of("host", "a", "status", 404, "ms", 1));
            tester.push(Map.of("host", "a", "status", 200, "ms", 20));
            tester.push(Map.of("host", "b", "status", 200, "ms", "0.5"));
            tester.push(Map.of("host", "a", "status", 404));
            tester.assertOutputs(
                    Map.of(
                            "host", "a", "status", 200, "count", 2L, "sum_ms", 30L, "min_ms", 10L, "max_ms", 20L,
                            "avg_ms", 15.0),
                    Map.of(
                            "host", "b", "status", 200, "count", 2L, "sum_ms", 1.5, "min_ms", 0.5, "max_ms", 1.0,
                            "avg_ms", 0.75),
                    Map.of(
                            "host", "a", "status", 404, "count", 2L, "sum_ms", 1L, "min_ms", 1L, "max_ms", 1L, "avg_ms",
                            1.0));
        }
    }

    @Test
    void pairsKeepTheContexts() {
        try (PipelineTester tester = tester("completion_size = 2", "strategy = pairs")) {
            tester.push("a", Map.of("file", "one"));
            tester.push("b", Map.of("file", "two"));
            List<?> pairs = (List<?>) tester.events().get(0);
            assertThat(pairs)
                    .extracting(pair -> ((Context) ((Map.Entry<?, ?>) pair).getKey()).get("file"))
                    .containsExactly("one", "two");
        }
    }

    @Test
    void groupsHaveStrategiesOfTheirOwn() {
        try (PipelineTester tester = letters("", "completion_size = 2")) {
            tester.pushAll("a1", "b1", "b2", "a2", "a3", "a4");
            tester.assertOutputs("b1b2", "a1a2", "a3a4");
        }
    }

    @Test
    void anEventThatCannotBeTakenInFailsAlone() {
        Letters.broken = 1;
        try (PipelineTester tester = letters("on_error = dead_letter", "completion_size = 2")) {
            tester.pushAll("a1", "ax", "a2");
            tester.assertOutputs("a1a2");
            assertThat(tester.settlements())
                    .containsExactly(Settlement.DELIVERED, Settlement.DEAD_LETTERED, Settlement.DELIVERED);
            assertThat(tester.deadLetters().get(0).event()).isEqualTo("ax");
            assertThat(tester.deadLetters().get(0).stage()).isEqualTo("AggregatingProcessor");
        }
    }

    @Test
    void anEventThatCannotBeTakenInIsTriedAgainAndNothingOvertakesIt() {
        Letters.broken = 2;
        try (PipelineTester tester = letters("retry_attempts = 1\nretry_delay = 5s", "completion_size = 3")) {
            tester.pushAll("a1", "ax", "a2");
            tester.advance(Duration.ofSeconds(5));
            assertThat(tester.state()).isEqualTo(PipelineState.ERROR);
            assertThat(tester.events()).isEmpty();
            tester.resume();
            tester.assertOutputs("a1axa2");
            tester.assertAllDelivered();
        }
    }

    @Test
    void aGroupThatCannotBeFinishedFailsAsAWhole() {
        Letters.broken = 1;
        try (PipelineTester tester = letters("on_error = dead_letter", "completion_size = 2")) {
            tester.pushAll("a1", "a!", "b1", "b2");
            tester.assertOutputs("b1b2");
            assertThat(tester.settlements())
                    .containsExactly(
                            Settlement.DEAD_LETTERED,
                            Settlement.DEAD_LETTERED,
                            Settlement.DELIVERED,
                            Settlement.DELIVERED);
            assertThat(tester.deadLetters().get(0).event()).isEqualTo("a group of 2 events, key a");
            assertThat(tester.deadLetters().get(0).error()).hasMessage("cannot finish a1a!");
        }
    }

    @Test
    void aGroupThatCannotBeFinishedIsTriedAgain() {
        Letters.broken = 2;
        try (PipelineTester tester = letters("retry_attempts = 1\nretry_delay = 5s", "completion_size = 2")) {
            tester.pushAll("a1", "a!", "b1", "b2");
            tester.advance(Duration.ofSeconds(5));
            assertThat(tester.state()).isEqualTo(PipelineState.ERROR);
            tester.resume();
            tester.assertOutputs("a1a!", "b1b2");
            tester.assertAllDelivered();
        }
    }

    @Test
    void whatFailsBehindItEndsAllItsEventsAlike() {
        try (PipelineTester tester = letters("on_error = skip", "completion_size = 2")) {
            tester.failNext("NullSink", new IllegalStateException("full"));
            tester.pushAll("a1", "a2", "a3", "a4");
            tester.assertOutputs("a3a4");
            assertThat(tester.settlements())
                    .containsExactly(
                            Settlement.SKIPPED, Settlement.SKIPPED, Settlement.DELIVERED, Settlement.DELIVERED);
        }
    }

    @Test
    void aFailedGroupThatIsHeldWhenThePipelineStopsNeverMovesThePosition() {
        Letters.broken = 100;
        try (PipelineTester tester = letters("", "completion_size = 2")) {
            tester.pushAll("a1", "a!", "b1");
            tester.stop();
            assertThat(tester.state()).isEqualTo(PipelineState.STOPPED);
            assertThat(tester.settlements().subList(0, 2)).containsOnly(Settlement.FAILED);
        } finally {
            Letters.broken = 0;
        }
    }

    @Test
    void closesTheOldestGroupsWhenNothingElseMayBeInFlight() {
        try (PipelineTester tester = letters("max_in_flight = 4", "completion_size = 3")) {
            tester.hold("NullSink");
            tester.pushAll("a1", "b1", "b2", "c1", "a2", "b3");
            // half of what was held, oldest first; then room for as many
            assertThat(tester.held()).extracting(output -> output.event()).containsExactly("a1", "b1b2");
            assertThat(tester.waiting()).isEqualTo(2);
            tester.release();
            tester.complete();
            tester.assertOutputs("a1", "b1b2", "c1", "a2", "b3");
            tester.assertAllDelivered();
        }
    }

    @Test
    void waitsForAFullGroupWhileSomethingElseIsOnItsWay() {
        try (PipelineTester tester = letters("max_in_flight = 3", "completion_size = 2")) {
            tester.hold("NullSink");
            tester.pushAll("a1", "a2", "a3", "a4");
            assertThat(tester.waiting()).isEqualTo(1);
            tester.advance(Duration.ofSeconds(30));
            tester.confirm("NullSink");
            tester.confirm("NullSink");
            tester.assertOutputs("a1a2", "a3a4");
        }
    }

    @Test
    void aSourceThatFailsGoesOnAlthoughGroupsAreOpen() {
        try (PipelineTester tester =
                letters("retry_attempts = 1\nretry_delay = 1s", "completion_size = 9\ncompletion_timeout = 0")) {
            tester.pushAll("a1", "a2");
            tester.failSource(new IllegalStateException("lost"));
            tester.advance(Duration.ofSeconds(2));
            tester.push("a3");
            assertThat(tester.state()).isEqualTo(PipelineState.RUNNING);
            tester.complete();
            assertThat(String.join(
                            "", tester.events().stream().map(String::valueOf).toList()))
                    .isEqualTo("a1a2a3");
            tester.assertAllDelivered();
        }
    }

    /** Answers when told to. */
    private static final class Slow extends AsyncProcessor<Object, Object> {
        private final List<MonoSink<Object>> answers = new ArrayList<>();
        private final List<Object> events = new ArrayList<>();

        Slow(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Mono<Object> process(Context context, Object event) {
            events.add(event);
            return Mono.create(answers::add);
        }
    }

    @Test
    void waitsForWhatIsStillOnItsWayToItWhenTheSourceHasEnded() {
        List<Slow> made = new ArrayList<>();
        try (PipelineTester tester = tester("", (app, pipeline) -> {
            made.add(new Slow(app, pipeline));
            return stages(made.get(0), new AggregatingProcessor<>(app, pipeline));
        })) {
            tester.pushAll(1, 2, 3);
            tester.complete();
            Slow slow = made.get(0);
            slow.answers.get(0).success(1);
            slow.answers.get(1).success(2);
            assertThat(tester.events()).isEmpty();
            slow.answers.get(2).success(3);
            tester.assertOutputs(List.of(1, 2, 3));
            assertThat(tester.state()).isEqualTo(PipelineState.FINISHED);
        }
    }

    @Test
    void anAggregatorBehindAnAggregatorGetsTheLastOnesToo() {
        try (PipelineTester tester = tester(
                "",
                (app, pipeline) -> stages(
                        new AggregatingProcessor<>(app, pipeline, "First", Map.of("completion_size", 2)),
                        new AggregatingProcessor<>(app, pipeline, "Second", Map.of("completion_size", 2))))) {
            tester.pushAll(1, 2, 3);
            tester.stop();
            tester.assertOutputs(List.of(List.of(1, 2), List.of(3)));
            tester.assertAllDelivered();
        }
    }

    @Test
    void aStopSendsOnWhatIsOpenAndACutLeavesIt() {
        try (PipelineTester tester = letters("", "completion_size = 9")) {
            tester.pushAll("a1", "b1");
            tester.hold("NullSink");
            tester.stop();
            assertThat(tester.held()).extracting(output -> output.event()).containsExactly("a1", "b1");
            tester.cut();
            assertThat(tester.settlements()).containsOnlyNulls();
        }
    }

    @Test
    void manyKeysAndALittleRoomLoseNothing() {
        try (PipelineTester tester = letters("max_in_flight = 100", "completion_size = 1000")) {
            String alphabet = "abcdefghijklmnopqrstuvwyz";
            IntStream.range(0, 5000).forEach(i -> tester.push(alphabet.charAt(i * 7 % 25) + "" + i + ","));
            tester.complete();
            tester.assertAllDelivered();
            assertThat(tester.events().stream()
                            .flatMap(text -> Arrays.stream(text.toString().split(",", -1)))
                            .filter(text -> !text.isEmpty())
                            .collect(Collectors.toSet()))
                    .hasSize(5000);
        }
    }

    @Test
    void saysWhatIsWrongWithTheConfiguration() {
        assertThatThrownBy(() -> tester("completion_size = 0", "completion_timeout = 0"))
                .hasMessageContaining("[pipeline:P:AggregatingProcessor] completion_size must be at least 1 unless"
                        + " completion_bytes, completion_timeout or completion_interval ends a group, was '0'");
        assertThatThrownBy(() -> tester("delimiter = \\q"))
                .hasMessageContaining(
                        "delimiter must have no backslashes but in escapes such as \\n and \\\\, was '\\q'");
        assertThatThrownBy(() -> tester("strategy = median"))
                .hasMessageContaining("strategy must be one of events, pairs, text, fields, was 'median'");
    }
}
