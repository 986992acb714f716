package io.bspump.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.TestApp;
import io.bspump.source.IteratorSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.scheduler.Schedulers;

class RotationTest {

    private static final long TEN = Instant.parse("2026-11-21T10:00:00Z").toEpochMilli();

    @TempDir
    Path directory;

    private Path file;
    private long now = TEN;

    @BeforeEach
    void open() {
        file = directory.resolve("out.log");
    }

    private OutputFile output(long size, Duration interval, int keep, boolean gzip) {
        Rotation rotation = new Rotation(file, size, interval, keep, gzip, () -> now, Schedulers.immediate());
        return new OutputFile(file, true, OutputFile::endOfLastLine, rotation);
    }

    private static void append(OutputFile output, String text) throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        output.append("head\n".getBytes(UTF_8), bytes, bytes.length);
    }

    private Path rotated(String time) {
        return directory.resolve("out.log-20261121T" + time + "Z");
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aFileThatWouldBecomeTooLargeIsPutAside() throws IOException {
        try (OutputFile output = output(20, Duration.ZERO, 0, false)) {
            append(output, "0123456789\n");
            append(output, "abc\n");
            append(output, "x\n");
            append(output, "longer than allowed\n");
            append(output, "y\n");
        }
        assertThat(rotated("100000.000")).hasContent("head\n0123456789\nabc\n");
        assertThat(rotated("100000.001")).hasContent("head\nx\n");
        assertThat(rotated("100000.002")).hasContent("head\nlonger than allowed\n");
        assertThat(file).hasContent("head\ny\n");
    }

    @Test
    void aFileOfAnotherPeriodIsPutAsideAlsoAfterARestart() throws IOException {
        Duration hour = Duration.ofHours(1);
        now = TEN + 3_599_999;
        try (OutputFile output = output(0, hour, 0, false)) {
            append(output, "one\n");
            append(output, "two\n");
            now++;
            append(output, "three\n");
        }
        assertThat(rotated("110000.000")).hasContent("head\none\ntwo\n");
        Files.setLastModifiedTime(file, java.nio.file.attribute.FileTime.fromMillis(now));
        now += 1000;
        try (OutputFile output = output(0, hour, 0, false)) {
            append(output, "four\n");
        }
        assertThat(file).hasContent("head\nthree\nfour\n");
        Files.setLastModifiedTime(file, java.nio.file.attribute.FileTime.fromMillis(now));
        now = TEN + 7_200_000;
        try (OutputFile output = output(0, hour, 0, false)) {
            append(output, "five\n");
        }
        assertThat(rotated("120000.000")).hasContent("head\nthree\nfour\n");
        assertThat(file).hasContent("head\nfive\n");
    }

    @Test
    void onlySoManyFilesAreKeptAndTheyAreCompressed() throws IOException {
        Files.writeString(directory.resolve("out.log-notes"), "not ours");
        try (OutputFile output = output(1, Duration.ZERO, 2, true)) {
            for (int i = 0; i < 5; i++) {
                append(output, i + "\n");
            }
        }
        assertThat(names())
                .containsExactly(
                        "out.log",
                        "out.log-20261121T100000.002Z.gz",
                        "out.log-20261121T100000.003Z.gz",
                        "out.log-notes");
        try (InputStream in =
                new GZIPInputStream(Files.newInputStream(directory.resolve("out.log-20261121T100000.003Z.gz")))) {
            assertThat(in.readAllBytes()).asString(UTF_8).isEqualTo("head\n3\n");
        }
    }

    @Test
    void whatACrashHasLeftUncompressedIsCompressed() throws IOException {
        Files.writeString(rotated("090000.000"), "old\n");
        Files.writeString(directory.resolve("out.log-20261121T090000.000Z.gz.part"), "half");
        new Rotation(file, 1, Duration.ZERO, 0, true, () -> now, Schedulers.immediate()).tidy();
        assertThat(names()).containsExactly("out.log-20261121T090000.000Z.gz");
    }

    private static final class Numbers extends Pipeline {
        Numbers(Application app, int count, Map<String, ?> config) {
            super(app, "P");
            build(
                    new IteratorSource<>(
                            app,
                            this,
                            IntStream.range(0, count)
                                    .mapToObj(i -> "number " + i)
                                    .toList()),
                    new FileSink(app, this, null, config));
        }
    }

    private TestApp app;

    @AfterEach
    void close() {
        if (app != null) {
            app.close();
        }
    }

    @Test
    void rotatedFilesHaveEveryLineOnceInOrder() throws IOException {
        app = TestApp.in(directory);
        Map<String, Object> config = new HashMap<>(
                Map.of("path", file, "rotate_size", "20kB", "rotate_gzip", "yes", "batch_size", "100", "fsync", "no"));
        app.run(new Numbers(app, 20_000, config));
        await().until(() -> names().stream().noneMatch(name -> name.endsWith("Z") || name.endsWith(".part")));
        List<String> lines = names().stream()
                .filter(name -> name.startsWith("out.log-"))
                .flatMap(name -> lines(directory.resolve(name)))
                .toList();
        assertThat(names()).hasSizeGreaterThan(10);
        assertThat(Stream.concat(lines.stream(), Files.readAllLines(file).stream()))
                .containsExactlyElementsOf(
                        IntStream.range(0, 20_000).mapToObj(i -> "number " + i).toList());
    }

    private static Stream<String> lines(Path packed) {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(packed))) {
            return new String(in.readAllBytes(), UTF_8).lines();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
