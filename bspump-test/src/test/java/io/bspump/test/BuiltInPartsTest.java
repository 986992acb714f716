package io.bspump.test;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Stage;
import io.bspump.sink.PrintSink;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Nested;

/** Parts that come with bspump keep the contracts. */
class BuiltInPartsTest {

    @Nested
    class LinesArePrinted extends SinkContract {
        private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        private final PrintStream stream = new PrintStream(printed, false, StandardCharsets.UTF_8);

        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new PrintSink(app, pipeline, stream);
        }

        @Override
        protected List<?> events() {
            return List.of("one", 2, "drei".getBytes(StandardCharsets.UTF_8));
        }

        @Override
        protected List<?> received() {
            return printed.toString(StandardCharsets.UTF_8).lines().toList();
        }
    }
}
