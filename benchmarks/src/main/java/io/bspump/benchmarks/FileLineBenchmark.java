package io.bspump.benchmarks;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.file.FileLineSource;
import io.bspump.sink.NullSink;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Lines of a file, counted: {@code FileLineSource} to {@code NullSink}, and a loop over a {@link BufferedReader}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 6, time = 2)
@Fork(2)
public class FileLineBenchmark {

    static final int LINES = 2_000_000;

    private RunningPump pump = new RunningPump();
    private Path dir = Path.of("");
    private Path file = Path.of("");

    @Setup
    public void start() throws Exception {
        dir = Files.createTempDirectory("bspump-lines");
        file = dir.resolve("lines");
        try (Writer writer = Files.newBufferedWriter(file)) {
            for (int i = 0; i < LINES; i++) {
                writer.write("10.0.0." + i % 250 + " - - [21/Nov/2026:10:00:00 +0000] \"GET /items/" + i
                        + " HTTP/1.1\" 200 " + i % 5000 + "\n");
            }
        }
        pump = new RunningPump("--set", "general:var_dir=" + dir);
        pump.start();
    }

    @TearDown
    public void stop() throws Exception {
        pump.stop();
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path each : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(each);
            }
        }
    }

    /** So that each run reads from the start. */
    @Setup(Level.Invocation)
    public void forgetOffset() throws IOException {
        Files.deleteIfExists(dir.resolve("positions").resolve("Lines.FileLineSource.json"));
    }

    @Benchmark
    @OperationsPerInvocation(LINES)
    public void pump() {
        pump.run(app -> new Lines(app, file));
    }

    @Benchmark
    @OperationsPerInvocation(LINES)
    public long loop() throws IOException {
        long lines = 0;
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            while (reader.readLine() != null) {
                lines++;
            }
        }
        return lines;
    }

    private static final class Lines extends Pipeline {
        Lines(Application app, Path file) {
            super(app, "Lines");
            build(
                    new FileLineSource(app, this, "FileLineSource", Map.of("path", file.toString())),
                    new NullSink(app, this));
        }
    }
}
