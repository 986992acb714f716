package io.bspump.test;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Stage;
import io.bspump.aggregation.AggregatingProcessor;
import io.bspump.aggregation.LatchAnalyzer;
import io.bspump.aggregation.SessionAnalyzer;
import io.bspump.aggregation.ThresholdAnalyzer;
import io.bspump.aggregation.TimeWindowAnalyzer;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;

/** Aggregators and analyzers keep the contracts. */
class AggregationPartsTest {

    private static List<?> hits() {
        return IntStream.range(0, 40)
                .mapToObj(i -> Map.of("@timestamp", i * 7, "status", i % 3))
                .toList();
    }

    @Nested
    class EventsAreGatheredByCountAndKey extends AggregatorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new AggregatingProcessor<>(app, pipeline, null, Map.of("key", "status", "completion_size", 4));
        }

        @Override
        protected List<?> events() {
            return hits();
        }
    }

    @Nested
    class EventsAreGatheredByWindow extends AggregatorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new TimeWindowAnalyzer<>(app, pipeline, null, Map.of("key", "status"));
        }

        @Override
        protected List<?> events() {
            return hits();
        }
    }

    @Nested
    class EventsAreGatheredByWindowsThatOverlap extends AggregatorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new TimeWindowAnalyzer<>(app, pipeline, null, Map.of("slide", "30s"));
        }

        @Override
        protected List<?> events() {
            return hits();
        }
    }

    @Nested
    class EventsAreGatheredBySession extends AggregatorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new SessionAnalyzer<>(app, pipeline, null, Map.of("key", "status", "gap", "22s"));
        }

        @Override
        protected List<?> events() {
            return hits();
        }
    }

    @Nested
    class AlarmsAreMade extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new ThresholdAnalyzer(
                    app,
                    pipeline,
                    null,
                    Map.of(
                            "event_attribute", "status",
                            "event_value", "@timestamp",
                            "upper_bound", "100",
                            "analyze_period", "0"));
        }

        @Override
        protected List<?> events() {
            return hits();
        }
    }

    @Nested
    class EventsAreRemembered extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new LatchAnalyzer<>(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return hits();
        }
    }
}
