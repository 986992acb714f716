package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.Settlement;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The example of docs/testing.md; the page quotes it from the first marker to the second. */
class DocumentationTest {

    // example begins
    static final class Celsius extends Processor<Integer, Double> {
        Celsius(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Double process(Context context, Integer fahrenheit) {
            if (fahrenheit < -459) {
                throw new IllegalArgumentException("colder than cold");
            }
            return (fahrenheit - 32) / 1.8;
        }
    }

    static final class Weather extends Pipeline {
        Weather(Application app, String id) {
            super(app, id);
            build(new IteratorSource<>(app, this, List.of()), new Celsius(app, this), new NullSink(app, this));
        }
    }

    @Test
    void convertsAndKeepsTheContext() {
        try (PipelineTester tester = PipelineTester.of(app -> new Weather(app, "Weather"))) {
            tester.push(212, Map.of("station", "Oslo"));
            tester.assertOutputs(100.0);
            assertThat(tester.outputs().get(0).context()).containsEntry("station", "Oslo");
            tester.assertAllDelivered();
        }
    }

    @Test
    void skipsNonsenseAndTriesAFullSinkAgain() {
        TesterSetup setup = PipelineTester.setup()
                .configuration(
                        """
                        [pipeline:Weather]
                        on_error = skip
                        retry_attempts = 1
                        retry_delay = 5s
                        """);
        try (PipelineTester tester = setup.test(app -> new Weather(app, "Weather"))) {
            tester.failNext(new IllegalStateException("full"));
            tester.push(32);
            assertThat(tester.outputs()).isEmpty();
            tester.advance(Duration.ofSeconds(5));
            tester.assertOutputs(0.0);

            tester.push(-1000);
            tester.advance(Duration.ofSeconds(5));
            assertThat(tester.settlements()).containsExactly(Settlement.DELIVERED, Settlement.SKIPPED);
        }
    }
    // example ends

    @Test
    void thePageQuotesThisClass() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        Path module = Files.exists(root.resolve("bspump-test")) ? root.resolve("bspump-test") : root;
        String source = Files.readString(module.resolve("src/test/java/io/bspump/test/DocumentationTest.java"));
        int from = source.indexOf("    // example begins\n") + "    // example begins\n".length();
        String example = source.substring(from, source.indexOf("    // example ends\n"))
                .stripTrailing()
                .stripIndent();
        String page = Files.readString(module.resolveSibling("docs").resolve("testing.md"));
        assertThat(page).contains("```java\n" + example + "\n```");
    }
}
