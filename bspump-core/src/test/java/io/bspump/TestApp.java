package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** An application with threads of its own that runs single pipelines, for tests of parts in other packages. */
public final class TestApp extends Application implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Scheduler lanes;
    private final Scheduler blocking;

    private TestApp(Scheduler lanes, Scheduler blocking, Path conf) {
        super(lanes, blocking, "-c", conf.toString());
        this.lanes = lanes;
        this.blocking = blocking;
    }

    /** Makes one that remembers in {@code var} below the directory. */
    public static TestApp in(Path directory) {
        return withVarDir(directory, directory.resolve("var"));
    }

    /** Makes one that remembers in the given place. */
    public static TestApp withVarDir(Path directory, Path varDir) {
        try {
            return reading(Files.writeString(directory.resolve("test.conf"), "[general]\nvar_dir = " + varDir + "\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes a pipeline without parts, for parts that are called directly. */
    public Pipeline pipeline(String id) {
        return new Pipeline(this, id) {};
    }

    /** Makes one with that configuration. */
    public static TestApp reading(Path conf) {
        return new TestApp(
                Schedulers.newParallel("test-lane", 2, true),
                Schedulers.newBoundedElastic(16, 1000, "test-blocking", 60, true),
                conf);
    }

    /** Starts the pipeline. */
    public void begin(Pipeline pipeline) {
        pipeline.start().block(PATIENCE);
    }

    /** Starts the pipeline and waits until it has ended by itself. */
    public void run(Pipeline pipeline) {
        begin(pipeline);
        pipeline.finished().block(PATIENCE);
        assertThat(pipeline.state()).isEqualTo(PipelineState.FINISHED);
    }

    /** Drains and stops the pipeline. */
    public void end(Pipeline pipeline) {
        pipeline.stop().block(PATIENCE);
    }

    /** Stops the pipeline without a drain. */
    public void abort(Pipeline pipeline) {
        pipeline.stop().subscribe();
        pipeline.cut();
        pipeline.finished().block(PATIENCE);
    }

    @Override
    public void close() {
        lanes.dispose();
        blocking.dispose();
    }
}
