package io.bspump.samples.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import io.bspump.test.PipelineTester;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RatesTest {

    private static final class Rating extends Pipeline {
        Rating(Application app) {
            super(app, "Rating", Map.of("on_error", "skip"));
            build(new IteratorSource<>(app, this, List.of()), new Rates(app, this), new NullSink(app, this));
        }
    }

    private static Map<String, Object> figures(String host, long time, long busy, long total, long bytes) {
        Map<String, Object> figures = new HashMap<>(Map.of("host", host, "time", time));
        figures.putAll(Map.of("processor_busy", busy, "processor_total", total));
        figures.putAll(Map.of("memory_total", 1000L, "memory_available", 250L));
        for (String counter : List.of("disk_read", "disk_written", "network_received", "network_sent")) {
            figures.put(counter, bytes);
        }
        return figures;
    }

    private static Map<String, Object> rates(String time, double processor, long bytes) {
        return Map.of(
                "host", "a",
                "time", time,
                "processor", processor,
                "memory", 0.75,
                "disk_read", bytes,
                "disk_written", bytes,
                "network_received", bytes,
                "network_sent", bytes);
    }

    @Test
    void makesRatesOfCountersForEachMachine() {
        try (PipelineTester tester = PipelineTester.of(Rating::new)) {
            tester.push(figures("a", 1000, 10, 100, 5000));
            tester.push(figures("b", 1500, 10, 100, 5000));
            tester.push(figures("a", 3000, 60, 300, 6000));
            tester.assertOutputs(rates("1970-01-01T00:00:03Z", 0.25, 500));
        }
    }

    @Test
    void figuresThatComeAgainAndAMachineThatWasStartedAnewGiveNothing() {
        try (PipelineTester tester = PipelineTester.of(Rating::new)) {
            tester.push(figures("a", 1000, 10, 100, 5000));
            tester.push(figures("a", 1000, 10, 100, 5000));
            tester.push(figures("a", 2000, 1, 2, 3));
            tester.assertOutputs();
            tester.push(figures("a", 3000, 2, 4, 8));
            tester.assertOutputs(rates("1970-01-01T00:00:03Z", 0.5, 5));
        }
    }

    @Test
    void figuresThatAreNoneAreAnError() {
        try (PipelineTester tester = PipelineTester.of(Rating::new)) {
            tester.push(Map.of("host", "a", "time", "now"));
            tester.push(Map.of("host", "a", "time", 5));
            assertThat(tester.settlements()).hasSize(2);
            tester.assertOutputs();
        }
    }
}
