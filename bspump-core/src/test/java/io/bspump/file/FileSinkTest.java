package io.bspump.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.PipelineError;
import io.bspump.TestApp;
import io.bspump.source.IteratorSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSinkTest {

    @TempDir
    Path directory;

    private Path file;
    private TestApp app;

    @BeforeEach
    void open() {
        file = directory.resolve("out.txt");
        app = TestApp.in(directory);
    }

    @AfterEach
    void close() {
        app.close();
    }

    private static final class Writing extends Pipeline {

        Writing(Application app, String id, Iterable<?> events, Map<String, ?> config) {
            super(app, id, Map.of("retry_attempts", 0));
            build(new IteratorSource<>(app, this, events), new FileSink(app, this, null, config));
        }

        PipelineError awaitError() {
            await().until(this::isError);
            return error().orElseThrow();
        }
    }

    private void write(Object... events) {
        app.run(new Writing(app, "P", List.of(events), Map.of("path", file)));
    }

    private Writing failing(String id, Path path, Object... events) {
        Writing pipeline = new Writing(app, id, List.of(events), Map.of("path", path));
        app.begin(pipeline);
        pipeline.awaitError();
        return pipeline;
    }

    private static Iterable<Object> endless(Object event) {
        return () -> Stream.generate(() -> event).iterator();
    }

    @Test
    void writesBytesAndTextALineEach() {
        write("žluť".getBytes(UTF_8), "kůň", java.nio.CharBuffer.wrap("two"), "", "a\nb");
        assertThat(file).hasContent("žluť\nkůň\ntwo\n\na\nb\n");
    }

    @Test
    void appendsToWhatIsThere() throws IOException {
        Files.writeString(file, "old\n");
        write("new");
        write("newer");
        assertThat(file).hasContent("old\nnew\nnewer\n");
        assertThat(directory.resolve("out.txt.torn")).doesNotExist();
    }

    @Test
    void makesNoFileWithoutEvents() {
        write();
        assertThat(file).doesNotExist();
    }

    @Test
    void writesManyInBatches() throws IOException {
        List<String> lines =
                IntStream.range(0, 100_000).mapToObj(i -> "line " + i).toList();
        app.run(new Writing(app, "P", lines, Map.of("path", file, "fsync", "no", "batch_size", 777)));
        assertThat(Files.readAllLines(file)).isEqualTo(lines);
    }

    @Test
    void anEventOfAnotherTypeFailsAlone() {
        Writing pipeline = failing("P", file, "one", 2, "three");
        assertThat(pipeline.awaitError().error())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[pipeline:P:FileSink] takes byte[] and text, was given a java.lang.Integer");
        assertThat(file).hasContent("one\nthree\n");
        app.end(pipeline);
    }

    @Test
    void aMissingDirectoryIsAnErrorThatResumingOvercomes() throws IOException {
        Path path = directory.resolve("missing/out.txt");
        Writing pipeline = failing("P", path, "one");
        assertThat(pipeline.awaitError().error())
                .hasMessage("[pipeline:P:FileSink] cannot write '" + path + "': its directory does not exist");
        Files.createDirectory(path.getParent());
        pipeline.resume();
        pipeline.finished().block();
        assertThat(path).hasContent("one\n");
    }

    @Test
    void whatIsNoFileIsAnError() {
        Writing pipeline = failing("P", directory, "one");
        assertThat(pipeline.awaitError().error())
                .hasMessageStartingWith("[pipeline:P:FileSink] cannot write '" + directory + "': ");
        app.end(pipeline);
    }

    @Test
    void aFullDeviceIsAnErrorAndTheEventsAreKept() {
        Writing pipeline = failing("P", Path.of("/dev/full"), "one", "two");
        assertThat(pipeline.awaitError().error())
                .hasMessage("[pipeline:P:FileSink] cannot write '/dev/full': No space left on device");
        assertThat(pipeline.unsettled()).isEqualTo(2);
        app.abort(pipeline);
    }

    @Test
    void aWriteThatFailsHalfWayLeavesNoTrace() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        // In blocks of 512 or 1024 bytes, as the shell has it; either is no multiple of what is appended at a time.
        Process process = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -f 1000; exec \"$@\"",
                        "sh",
                        java,
                        "-XX:-UsePerfData",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LimitedAppend.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> out = new String(process.getInputStream().readAllBytes(), UTF_8)
                .lines()
                .filter(line -> line.contains("=") && !line.contains(" -- "))
                .toList();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        long whole = Files.size(file) - 16;
        assertThat(out).containsExactly("File too large confirmed=" + whole + " size=" + whole, "more=16");
        assertThat(whole).isPositive();
        assertThat(whole % 80_000).isZero();
        assertThat(Files.readAllLines(file)).containsOnly("0123456789abcde");
    }

    @Test
    void aTornLineIsMovedAside() throws IOException {
        Files.writeString(file, "one\ntw");
        write("two");
        assertThat(file).hasContent("one\ntwo\n");
        assertThat(directory.resolve("out.txt.torn")).hasContent("tw\n");
        Files.writeString(file, "one\n" + "x".repeat(100_000));
        write("two");
        assertThat(file).hasContent("one\ntwo\n");
        assertThat(directory.resolve("out.txt.torn")).hasContent("tw\n" + "x".repeat(100_000) + "\n");
        Files.writeString(file, "all torn");
        write("two");
        assertThat(file).hasContent("two\n");
    }

    @Test
    void twoSinksOfAProcessDoNotShareAFile() throws IOException {

        Files.writeString(file, "");
        Writing first = new Writing(app, "First", endless("x"), Map.of("path", file));
        app.begin(first);
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        Writing second = failing("Second", link, "a");
        assertThat(second.awaitError().error())
                .hasMessage(
                        "[pipeline:Second:FileSink] cannot write '" + link + "': First.FileSink writes to it already");
        app.end(first);
        second.resume();
        second.finished().block();
        assertThat(Files.readString(file)).endsWith("x\na\n");
    }

    @Test
    void anUnwantedStopLeavesWholeLines() throws IOException {
        for (int i = 0; i < 20; i++) {
            Writing pipeline = new Writing(app, "P", endless("0123456789"), Map.of("path", file));
            app.begin(pipeline);
            long before = Files.exists(file) ? Files.size(file) : 0;
            await().until(() -> Files.exists(file) && Files.size(file) > before);
            app.abort(pipeline);
        }
        write("0123456789");
        assertThat(Files.readAllLines(file)).containsOnly("0123456789");
    }
}
