package io.bspump.aggregation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Settlement;
import io.bspump.Stage;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import io.bspump.test.PipelineTester;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/** ThresholdAnalyzer and LatchAnalyzer. */
class AlarmAndLatchTest {

    private static final class Line extends Pipeline {
        Line(Application app, BiFunction<Application, Pipeline, Stage<?, ?>> stage) {
            super(app, "P");
            build(new IteratorSource<>(app, this, List.of()), stage.apply(app, this), new NullSink(app, this));
        }
    }

    private static PipelineTester thresholds(String... lines) {
        return PipelineTester.setup()
                .configuration("[pipeline:P:ThresholdAnalyzer]\nevent_attribute = server\nevent_value = hits\n"
                        + String.join("\n", lines))
                .test(app -> new Line(app, ThresholdAnalyzer::new));
    }

    private static Map<String, Object> hits(String server, Object number) {
        return Map.of("server", server, "hits", number);
    }

    @Test
    void anAlarmIsMadeOfWhatIsOutOfBounds() {
        try (PipelineTester tester = thresholds("lower_bound = 1", "upper_bound = 10")) {
            tester.pushAll(hits("a", 1), hits("a", 10), hits("a", 11), hits("b", 0.5), Map.of("hits", 99), Map.of());
            tester.assertOutputs(
                    Map.of("server", "a", "hits", 11, "bound", "upper_bound", "limit", 10.0),
                    Map.of("server", "b", "hits", 0.5, "bound", "lower_bound", "limit", 1.0));
            assertThat(tester.settlements())
                    .containsExactly(
                            Settlement.DROPPED,
                            Settlement.DROPPED,
                            Settlement.DELIVERED,
                            Settlement.DELIVERED,
                            Settlement.DROPPED,
                            Settlement.DROPPED);
        }
    }

    @Test
    void theSameAlarmComesOncePerPeriod() {
        try (PipelineTester tester = thresholds("upper_bound = 10", "lower_bound = 2", "analyze_period = 60s")) {
            tester.pushAll(hits("a", 11), hits("a", 12), hits("b", 11), hits("a", 1));
            assertThat(tester.events()).hasSize(3);
            tester.advance(Duration.ofSeconds(59));
            tester.push(hits("a", 13));
            assertThat(tester.events()).hasSize(3);
            tester.advance(Duration.ofSeconds(1));
            tester.push(hits("a", 14));
            assertThat(tester.events()).hasSize(4);
        }
    }

    @Test
    void everyEventIsAnAlarmWithoutAPeriod() {
        try (PipelineTester tester = thresholds("upper_bound = 10", "analyze_period = 0")) {
            tester.pushAll(hits("a", 11), hits("a", 11));
            assertThat(tester.events()).hasSize(2);
        }
    }

    @Test
    void thresholdsSayWhatIsWrong() {
        assertThatThrownBy(() -> thresholds("lower_bound = low"))
                .hasMessageContaining(
                        "[pipeline:P:ThresholdAnalyzer] lower_bound must be a number, -inf or inf, was 'low'");
        assertThatThrownBy(() -> thresholds("lower_bound = 5", "upper_bound = 4"))
                .hasMessageContaining("lower_bound must be at most upper_bound, 4, was '5'");
        try (PipelineTester tester = thresholds("upper_bound = 10")) {
            tester.push(hits("a", "many"));
            assertThat(tester.errors().get(0).error()).hasMessage("field 'hits' must be a number, was 'many'");
        }
    }

    @Test
    void aLatchRemembersTheLastEventsAndLetsAllPass() {
        List<LatchAnalyzer<Integer>> made = new ArrayList<>();
        try (PipelineTester tester = PipelineTester.setup()
                .configuration("[pipeline:P:LatchAnalyzer]\nlatch_max_size = 2\n")
                .test(app -> new Line(app, (a, pipeline) -> {
                    made.add(new LatchAnalyzer<>(a, pipeline, event -> event % 2 == 0));
                    return made.get(0);
                }))) {
            tester.pushAll(1, 2, 3, 4, 5, 6, 7);
            tester.assertOutputs(1, 2, 3, 4, 5, 6, 7);
            assertThat(made.get(0).latch()).containsExactly(4, 6);
            made.get(0).clear();
            assertThat(made.get(0).latch()).isEmpty();
        }
    }

    @Test
    void aLatchCanRememberTheOthers() {
        List<LatchAnalyzer<Integer>> made = new ArrayList<>();
        try (PipelineTester tester = PipelineTester.setup()
                .configuration("[pipeline:P:LatchAnalyzer]\ninclusive = no\n")
                .test(app -> new Line(app, (a, pipeline) -> {
                    made.add(new LatchAnalyzer<>(a, pipeline, event -> event % 2 == 0));
                    return made.get(0);
                }))) {
            tester.pushAll(1, 2, 3);
            assertThat(made.get(0).latch()).containsExactly(1, 3);
        }
    }

    @Test
    void aLatchHasABound() {
        assertThatThrownBy(() -> PipelineTester.setup()
                        .configuration("[pipeline:P:LatchAnalyzer]\nlatch_max_size = 0\n")
                        .test(app -> new Line(app, LatchAnalyzer::new)))
                .hasMessageContaining("latch_max_size must be between 1 and 1000000, was '0'");
    }
}
