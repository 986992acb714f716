package io.bspump.samples.accesslog;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Stage;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import io.bspump.test.PipelineTester;
import io.bspump.test.ProcessorContract;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class DropHealthChecksTest {

    private static final class Traffic extends Pipeline {
        Traffic(Application app) {
            super(app, "Traffic");
            build(
                    new IteratorSource<>(app, this, List.<Map<String, Object>>of()),
                    new DropHealthChecks(app, this),
                    new NullSink(app, this));
        }
    }

    @Test
    void dropsThePathsThatAreConfiguredWhateverTheirQuery() {
        try (PipelineTester tester = PipelineTester.of(Traffic::new)) {
            Map<String, Object> other = Map.of("path", "/healthy");
            Map<String, Object> none = Map.of("request", "-");
            tester.push(Map.of("path", "/health?n=1"));
            tester.push(Map.of("path", "/healthz"));
            tester.push(other);
            tester.push(none);
            tester.assertOutputs(other, none);
        }
    }

    @Nested
    class IsAProcessor extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new DropHealthChecks(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return List.of(Map.of("path", "/"), Map.of("path", "/a?b"), Map.of("status", 200));
        }
    }
}
