package io.bspump.samples.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Settlement;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import io.bspump.test.PipelineTester;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RatesTest {

    private static final class Rating extends Pipeline {
        Rating(Application app) {
            super(app, "Rating", Map.of("on_error", "dead_letter"));
            build(
                    new IteratorSource<>(app, this, List.of()),
                    new Rates(app, this),
                    new Rows(app, this),
                    new NullSink(app, this));
            deadLetter(new NullSink(app, this, "DeadLetters", Map.of()));
        }
    }

    private static Map<String, Object> figures(long time, long busy, long total, long bytes) {
        Map<String, Object> figures = new HashMap<>(Map.of("time", time));
        figures.putAll(Map.of("processor_busy", busy, "processor_total", total));
        figures.putAll(Map.of("memory_total", 1000L, "memory_available", 250L));
        for (String counter : List.of("disk_read", "disk_written", "network_received", "network_sent")) {
            figures.put(counter, bytes);
        }
        return figures;
    }

    private static Map<String, Object> measurement(Map<String, Object> before, Map<String, Object> now) {
        return Map.of("host", "a", "run", 5000L, "number", 7, "before", before, "now", now);
    }

    private static Map<String, Object> row(String metric, double value) {
        return Map.of(
                "host",
                "a",
                "run",
                Instant.ofEpochSecond(5),
                "number",
                7L,
                "second",
                Instant.ofEpochSecond(9),
                "metric",
                metric,
                "value",
                value);
    }

    private static final Map<String, Object> MEASUREMENT =
            measurement(figures(7500, 10, 100, 5000), figures(9500, 60, 300, 6000));

    @Test
    void makesARowOfWhatWentOnPerSecond() {
        try (PipelineTester tester = PipelineTester.of(Rating::new)) {
            tester.push(MEASUREMENT);

            tester.assertOutputs(
                    row("processor", 0.25),
                    row("memory", 0.75),
                    row("disk_read", 500),
                    row("disk_written", 500),
                    row("network_received", 500),
                    row("network_sent", 500));
        }
    }

    @Test
    void aMeasurementThatComesAgainGivesTheSame() {
        try (PipelineTester tester = PipelineTester.of(Rating::new)) {
            tester.push(MEASUREMENT);
            List<?> once = List.copyOf(tester.outputs());
            tester.push(MEASUREMENT);

            assertThat(tester.outputs()).hasSize(2 * once.size());
            assertThat(tester.outputs().stream().map(each -> each.event()).distinct())
                    .hasSize(once.size());
        }
    }

    @Test
    void whatIsNoMeasurementIsADeadLetterAndSaysWhy() {
        assertRefused(Map.of("host", 5), "'before' must be figures, was null");
        assertRefused(measurement(Map.of(), Map.of("time", "now")), "'time' must be a number, was now");
        assertRefused(
                measurement(figures(9000, 1, 2, 3), figures(9000, 1, 2, 3)), "'now' must be after 'before', was 0.0 s");
        Map<String, Object> nameless = new HashMap<>(MEASUREMENT);
        nameless.put("host", "");
        assertRefused(nameless, "'host' must be a text, was ");
    }

    private static void assertRefused(Map<String, Object> event, String message) {
        try (PipelineTester tester = PipelineTester.of(Rating::new)) {
            tester.push(event);

            assertThat(tester.settlements()).containsExactly(Settlement.DEAD_LETTERED);
            assertThat(tester.deadLetters()).singleElement().satisfies(letter -> assertThat(letter.error())
                    .hasMessage(message));
        }
    }
}
