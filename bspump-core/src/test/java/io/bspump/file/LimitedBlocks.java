package io.bspump.file;

import static org.awaitility.Awaitility.await;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Processors;
import io.bspump.TestApp;
import io.bspump.source.IteratorSource;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A process that may not write large files: writes a small one and a large one, and tells what became of them. */
final class LimitedBlocks {

    private LimitedBlocks() {}

    private static final class Blocks extends Pipeline {
        Blocks(Application app, Path directory) {
            super(app, "P", Map.of("retry_attempts", 0));
            build(
                    new IteratorSource<>(app, this, List.of("small", "large".repeat(100_000), "third")),
                    Processors.map(app, this, "Same", (String text) -> text),
                    new FileBlockSink(app, this, null, Map.of("path", directory.resolve("blocks/large"))));
        }
    }

    public static void main(String[] args) {
        Path directory = Path.of(args[0]);
        try (TestApp app = TestApp.in(directory)) {
            Blocks pipeline = new Blocks(app, directory);
            app.begin(pipeline);
            await().until(pipeline::isError);
            System.out.println(
                    "RESULT " + pipeline.error().orElseThrow().error().getMessage());
            System.out.println("RESULT " + pipeline.unsettled() + " unsettled");
            String[] names = directory.resolve("blocks").toFile().list();
            System.out.println("RESULT " + Arrays.toString(names));
            app.abort(pipeline);
        }
    }
}
