package io.bspump.aggregation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.Settlement;
import io.bspump.Stage;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import io.bspump.test.PipelineTester;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TimeWindowAnalyzerTest {

    private static final class Line extends Pipeline {
        Line(Application app, BiFunction<Application, Pipeline, Stage<?, ?>> stage) {
            super(app, "P");
            build(new IteratorSource<>(app, this, List.of()), stage.apply(app, this), new NullSink(app, this));
        }
    }

    private static PipelineTester tester(String... lines) {
        return PipelineTester.setup()
                .configuration("[pipeline:P:TimeWindowAnalyzer]\n" + String.join("\n", lines))
                .test(app -> new Line(app, TimeWindowAnalyzer::new));
    }

    private static Map<String, Object> hit(long second, int status, int bytes) {
        return Map.of("@timestamp", second, "status", status, "bytes", bytes);
    }

    private static Map<String, Object> hit(long second) {
        return hit(second, 200, 1);
    }

    private static List<Object> counts(PipelineTester tester) {
        return tester.events().stream()
                .map(event -> ((Map<?, ?>) event).get("count"))
                .map(Object.class::cast)
                .toList();
    }

    @Test
    void countsAndSumsPerKeyAndMinuteAndSettlesTheEventsWithTheirWindow() {
        try (PipelineTester tester = tester("key = status", "aggregates = count, sum:bytes")) {
            tester.hold();
            tester.pushAll(hit(60, 200, 10), hit(61, 404, 5), hit(119, 200, 7));
            assertThat(tester.held()).isEmpty();
            tester.push(hit(120, 200, 1));
            assertThat(tester.settlements()).containsOnlyNulls();
            tester.confirm();
            assertThat(tester.settlements()).containsExactly(Settlement.DELIVERED, null, Settlement.DELIVERED, null);
            tester.confirm();
            assertThat(tester.settlements().get(1)).isEqualTo(Settlement.DELIVERED);
            assertThat(tester.events())
                    .containsExactly(
                            Map.of(
                                    "status",
                                    200,
                                    "start",
                                    Instant.ofEpochSecond(60),
                                    "end",
                                    Instant.ofEpochSecond(120),
                                    "count",
                                    2L,
                                    "sum_bytes",
                                    17L),
                            Map.of(
                                    "status",
                                    404,
                                    "start",
                                    Instant.ofEpochSecond(60),
                                    "end",
                                    Instant.ofEpochSecond(120),
                                    "count",
                                    1L,
                                    "sum_bytes",
                                    5L));
        }
    }

    @Test
    void keepsAWindowOpenForTheAllowedLateness() {
        try (PipelineTester tester = tester("allowed_lateness = 30s")) {
            tester.pushAll(hit(60), hit(125), hit(149), hit(119));
            assertThat(tester.events()).isEmpty();
            tester.push(hit(150));
            assertThat(counts(tester)).containsExactly(2L);
        }
    }

    @Test
    void givesALateEventAResultOfItsOwn() {
        try (PipelineTester tester = tester("key = status")) {
            tester.pushAll(hit(60), hit(120), hit(61, 404, 1));
            assertThat(tester.events().get(1))
                    .isEqualTo(Map.of(
                            "status",
                            404,
                            "start",
                            Instant.ofEpochSecond(60),
                            "end",
                            Instant.ofEpochSecond(120),
                            "count",
                            1L,
                            "late",
                            true));
            assertThat(tester.settlements()).containsExactly(Settlement.DELIVERED, null, Settlement.DELIVERED);
        }
    }

    @Test
    void dropsLateEventsWhenToldTo() {
        try (PipelineTester tester = tester("on_late = drop")) {
            tester.pushAll(hit(60), hit(120), hit(119));
            assertThat(tester.settlements()).containsExactly(Settlement.DELIVERED, null, Settlement.DROPPED);
            assertThat(counts(tester)).containsExactly(1L);
        }
    }

    @Test
    void refusesLateEventsWhenToldTo() {
        try (PipelineTester tester = tester("on_late = error")) {
            tester.pushAll(hit(60), hit(120), hit(119));
            assertThat(tester.state()).isEqualTo(PipelineState.ERROR);
            assertThat(tester.errors().get(0).error())
                    .hasMessage("the event of 1970-01-01T00:01:59Z is late, the watermark is 1970-01-01T00:02:00Z");
        }
    }

    @Test
    void closesWindowsByTheClockWhenTheSourceIsIdle() {
        try (PipelineTester tester = tester("idle_timeout = 5s")) {
            tester.push(hit(60));
            tester.advance(Duration.ofSeconds(59));
            assertThat(tester.events()).isEmpty();
            tester.advance(Duration.ofSeconds(2));
            assertThat(counts(tester)).containsExactly(1L);
            // and what comes afterwards for the same minute is not late
            tester.push(hit(70));
            tester.advance(Duration.ofMinutes(2));
            assertThat(tester.events().get(1)).asString().doesNotContain("late");
            tester.assertAllDelivered();
        }
    }

    @Test
    void doesNotCloseByTheClockWhileEventsCome() {
        try (PipelineTester tester = tester("idle_timeout = 5s")) {
            for (int i = 0; i < 100; i++) {
                tester.push(hit(60));
                tester.advance(Duration.ofSeconds(4));
            }
            assertThat(tester.events()).isEmpty();
        }
    }

    @Test
    void neverClosesByTheClockWhenToldSo() {
        try (PipelineTester tester = tester("idle_timeout = 0")) {
            tester.push(hit(60));
            tester.advance(Duration.ofDays(10));
            assertThat(tester.events()).isEmpty();
            tester.complete();
            assertThat(counts(tester)).containsExactly(1L);
            assertThat(tester.events().get(0)).asString().doesNotContain("partial");
            assertThat(tester.state()).isEqualTo(PipelineState.FINISHED);
        }
    }

    @Test
    void countsEveryEventOnceWhenMoreAreOpenThanMayBeInFlight() {
        PipelineTester made = PipelineTester.setup()
                .configuration("[pipeline:P]\nmax_in_flight = 7\n[pipeline:P:TimeWindowAnalyzer]\nkey = status\n")
                .test(app -> new Line(app, TimeWindowAnalyzer::new));
        try (PipelineTester tester = made) {
            IntStream.range(0, 1000).forEach(i -> tester.push(hit(60 + i / 100, i % 13, 1)));
            tester.complete();
            tester.assertAllDelivered();
            assertThat(counts(tester).stream().mapToLong(count -> (Long) count).sum())
                    .isEqualTo(1000);
            assertThat(tester.events().get(0)).asString().contains("partial=true");
        }
    }

    @Test
    void marksWhatIsOpenAtAStopAsPartial() {
        try (PipelineTester tester = tester("key = status")) {
            tester.pushAll(hit(60), hit(61));
            tester.stop();
            tester.assertAllDelivered();
            assertThat(tester.events())
                    .containsExactly(Map.of(
                            "status",
                            200,
                            "start",
                            Instant.ofEpochSecond(60),
                            "end",
                            Instant.ofEpochSecond(120),
                            "count",
                            2L,
                            "partial",
                            true));
            assertThat(tester.state()).isEqualTo(PipelineState.STOPPED);
        }
    }

    @Test
    void slidingWindowsOverlap() {
        try (PipelineTester tester = tester("resolution = 60s", "slide = 20s")) {
            tester.hold();
            tester.push(hit(70));
            tester.push(hit(1000));
            List<Object> starts = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                assertThat(tester.settlements().get(0)).isNull();
                starts.add(((Map<?, ?>) tester.held().get(0).event()).get("start"));
                tester.confirm();
            }
            assertThat(starts)
                    .containsExactly(Instant.ofEpochSecond(20), Instant.ofEpochSecond(40), Instant.ofEpochSecond(60));
            assertThat(tester.settlements()).containsExactly(Settlement.DELIVERED, null);
        }
    }

    @Test
    void readsTimesOfManyKinds() {
        List<Object> times = List.of(
                60,
                60L,
                60.25,
                "1970-01-01T00:01:00Z",
                "1970-01-01T01:01:00+01:00",
                Instant.ofEpochSecond(60),
                Instant.ofEpochSecond(60).atZone(java.time.ZoneOffset.UTC),
                Instant.ofEpochSecond(60).atOffset(java.time.ZoneOffset.UTC));
        try (PipelineTester tester = tester("timestamp = t")) {
            times.forEach(time -> tester.push(Map.of("t", time)));
            tester.complete();
            assertThat(counts(tester)).containsExactly((long) times.size());
        }
        try (PipelineTester tester = tester("timestamp_unit = ms")) {
            tester.pushAll(hit(60_000), hit(119_999), Map.of("@timestamp", 119_999.4));
            tester.complete();
            assertThat(counts(tester)).containsExactly(3L);
        }
    }

    @Test
    void saysWhatIsWrongWithAnEvent() {
        Map<Object, String> wrong = Map.of(
                Map.of("a", 1),
                "field '@timestamp' must be there, it is the time of the event",
                Map.of("@timestamp", "noon"),
                "field '@timestamp' must be a number, a time, or text such as 2024-01-31T23:59:59Z, was 'noon'",
                Map.of("@timestamp", Long.MAX_VALUE),
                "the time of the event must be in milliseconds since 1970, was 9223372036854775807",
                Map.of("@timestamp", 1, "bytes", "many"),
                "field 'bytes' must be a number, was 'many'",
                Map.of("@timestamp", 1, "bytes", Double.NaN),
                "field 'bytes' must be a number, was 'NaN'",
                "text",
                "the event must be a Map, was a java.lang.String");
        wrong.forEach((event, message) -> {
            try (PipelineTester tester = tester("aggregates = sum:bytes")) {
                tester.push(event);
                assertThat(tester.errors().get(0).error()).hasMessage(message);
            }
        });
    }

    @Test
    void saysWhatIsWrongWithTheConfiguration() {
        assertThatThrownBy(() -> tester("aggregates = count, median:bytes"))
                .hasMessageContaining(
                        "[pipeline:P:TimeWindowAnalyzer] aggregates must be of count, sum:FIELD, min:FIELD,"
                                + " max:FIELD and avg:FIELD, was 'median:bytes'");
        assertThatThrownBy(() -> tester("aggregates = count, sum:")).hasMessageContaining("was 'sum:'");
        assertThatThrownBy(() -> tester("key = count"))
                .hasMessageContaining("aggregates must not give the result a second field 'count'");
        assertThatThrownBy(() -> tester("resolution = 5s", "slide = 6s"))
                .hasMessageContaining("slide must be at most the resolution, 5000ms, was '6s'");
    }
}
