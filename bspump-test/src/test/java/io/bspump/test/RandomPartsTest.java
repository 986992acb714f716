package io.bspump.test;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Source;
import io.bspump.Stage;
import io.bspump.random.RandomDrop;
import io.bspump.random.RandomEnricher;
import io.bspump.random.RandomSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;

/** Chance that has a seed keeps the contracts. */
class RandomPartsTest {

    private static List<Map<String, Object>> maps() {
        return List.of(map("a", 1), map("a", 2), map("b", 1));
    }

    private static Map<String, Object> map(String field, int value) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put(field, value);
        return map;
    }

    @Nested
    class FieldsAreSetByChance extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new RandomEnricher(app, pipeline, null, Map.of("seed", 1));
        }

        @Override
        protected List<?> events() {
            return maps();
        }
    }

    @Nested
    class EventsAreDroppedByChance extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new RandomDrop(app, pipeline, null, Map.of("seed", 1));
        }

        @Override
        protected List<?> events() {
            return IntStream.range(0, 100).boxed().toList();
        }
    }

    @Nested
    class RandomEventsAreEmitted extends SourceContract {
        private int count;

        @Override
        protected void prepare(int events) {
            count = events;
        }

        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            Map<String, ?> config = Map.of("seed", 1, "number", count, "upper_bound", Integer.MAX_VALUE);
            return new RandomSource(app, pipeline, null, config);
        }
    }
}
