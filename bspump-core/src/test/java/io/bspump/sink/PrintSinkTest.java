package io.bspump.sink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.TestApp;
import io.bspump.source.IteratorSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrintSinkTest {

    @TempDir
    Path directory;

    private TestApp app;

    @BeforeEach
    void open() {
        app = TestApp.in(directory);
    }

    @AfterEach
    void close() {
        app.close();
    }

    private static final class Printing extends Pipeline {
        Printing(Application app, PrintStream stream) {
            super(app, "P");
            build(
                    new IteratorSource<>(app, this, List.of("žluť", "kůň".getBytes(UTF_8), 3, Map.of("a", 1), "")),
                    new PrintSink(app, this, stream));
        }
    }

    @Test
    void printsALineEach() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        app.run(new Printing(app, new PrintStream(out, false, UTF_8)));
        assertThat(out.toString(UTF_8)).isEqualTo("žluť\nkůň\n3\n{a=1}\n\n");
    }

    @Test
    void aStreamThatFailsIsAnError() {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("broken pipe");
            }
        };
        Pipeline pipeline = new Printing(app, new PrintStream(broken, false, UTF_8));
        app.begin(pipeline);
        await().until(pipeline::isError);
        assertThat(pipeline.error().orElseThrow().error())
                .hasMessage("[pipeline:P:PrintSink] cannot print: the stream reports an error");
        app.abort(pipeline);
    }
}
