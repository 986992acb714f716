package io.bspump.test;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Stage;
import io.bspump.lookup.AsyncLookup;
import io.bspump.lookup.AsyncLookupEnricher;
import io.bspump.lookup.LookupEnricher;
import io.bspump.lookup.MappingLookup;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import reactor.core.publisher.Mono;

/** Processors that add what lookups find keep the contracts. */
class LookupPartsTest {

    private static List<Map<String, Object>> maps() {
        return List.of(map("a", 1), map("a", 2), map("b", 1));
    }

    private static Map<String, Object> map(String field, int value) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put(field, value);
        return map;
    }

    private static final class Numbers extends MappingLookup<String, Object> {
        Numbers(Application app) {
            super(app, "Numbers");
        }

        @Override
        protected Mono<Map<String, Object>> read() {
            return Mono.just(Map.of("1", "one", "2", "two"));
        }
    }

    @Nested
    class EventsAreEnriched extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            app.pumpService().addLookup(new Numbers(app));
            return new LookupEnricher(
                    app, pipeline, null, Map.of("lookup", "Numbers", "key", "a", "target", "x", "on_miss", "drop"));
        }

        @Override
        protected List<?> events() {
            return maps();
        }
    }

    private static final class Questions extends AsyncLookup<Object, Object> {
        Questions(Application app) {
            super(app, "Questions");
        }

        @Override
        protected Mono<Object> find(Object key) {
            Mono<Object> answer = key.equals(1) ? Mono.just("one") : Mono.empty();
            return answer.subscribeOn(app().blocking());
        }
    }

    @Nested
    class EventsAreEnrichedLater extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            app.pumpService().addLookup(new Questions(app));
            return new AsyncLookupEnricher(
                    app, pipeline, null, Map.of("lookup", "Questions", "key", "a", "target", "x"));
        }

        @Override
        protected List<?> events() {
            return maps();
        }
    }
}
