package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.blockhound.BlockingOperationError;

/** Shows that the whole suite runs under BlockHound and that what blocks a lane is caught. */
class NonBlockingTest {

    private final Application app = new Application();

    @AfterEach
    void disposeThreads() {
        app.lanes().dispose();
        app.blocking().dispose();
    }

    private static final class Reading extends Pipeline {
        Reading(Application app, Path file, boolean onLane) {
            super(app, "Reading");
            build(
                    new IteratorSource<>(app, this, List.of("event")),
                    onLane ? new ReadOnLane(app, this, file) : new ReadOffLane(app, this, file),
                    new NullSink(app, this));
        }
    }

    private static Object read(Path file) throws Exception {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "r")) {
            return open.readLine();
        }
    }

    private static final class ReadOnLane extends Processor<Object, Object> {
        private final Path file;

        ReadOnLane(Application app, Pipeline pipeline, Path file) {
            super(app, pipeline, "Read", Map.of());
            this.file = file;
        }

        @Override
        protected @Nullable Object process(Context context, Object event) throws Exception {
            return read(file);
        }
    }

    private static final class ReadOffLane extends BlockingProcessor<Object, Object> {
        private final Path file;

        ReadOffLane(Application app, Pipeline pipeline, Path file) {
            super(app, pipeline, "Read", Map.of());
            this.file = file;
        }

        @Override
        protected @Nullable Object processBlocking(Context context, Object event) throws Exception {
            return read(file);
        }
    }

    @Test
    void blockingTheLaneIsAnError(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("file"), "line\n");
        Pipeline pipeline = new Reading(app, file, true);
        pipeline.start().block(Duration.ofSeconds(10));
        await().until(pipeline::isError);
        assertThat(pipeline.error().orElseThrow().error()).isInstanceOf(BlockingOperationError.class);
    }

    @Test
    void blockingProcessorsRunElsewhere(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("file"), "line\n");
        Pipeline pipeline = new Reading(app, file, false);
        pipeline.start().block(Duration.ofSeconds(10));
        pipeline.finished().block(Duration.ofSeconds(10));
        assertThat(pipeline.state()).isEqualTo(PipelineState.FINISHED);
    }
}
