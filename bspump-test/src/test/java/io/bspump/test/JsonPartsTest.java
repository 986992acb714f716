package io.bspump.test;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Stage;
import io.bspump.json.DictToJsonBytesParser;
import io.bspump.json.JQProcessor;
import io.bspump.json.StdDictToJsonParser;
import io.bspump.json.StdJsonToDictParser;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;

/** Processors that read, write and transform JSON keep the contracts. */
class JsonPartsTest {

    @Nested
    class JsonIsRead extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new StdJsonToDictParser(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return List.of("{\"a\": 1}", "{}", "{\"b\": [1, {\"c\": null}]}");
        }
    }

    @Nested
    class JsonIsWritten extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new StdDictToJsonParser(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return List.of(Map.of("a", 1), Map.of(), Map.of("b", List.of(1, 2)));
        }
    }

    @Nested
    class JsonIsWrittenAsBytes extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new DictToJsonBytesParser(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return List.of(Map.of("a", 1), Map.of(), Map.of("b", List.of(1, 2)));
        }
    }

    @Nested
    class EventsAreTransformedByJq extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new JQProcessor(app, pipeline, "{a: (.a + 1), t: (.t // \"x\" | test(\"^[a-z]$\"))}");
        }

        @Override
        protected List<?> events() {
            return List.of(Map.of("a", 1), Map.of("a", 2, "t", "b"), Map.of());
        }
    }
}
