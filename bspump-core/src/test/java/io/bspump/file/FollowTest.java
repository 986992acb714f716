package io.bspump.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Sink;
import io.bspump.TestApp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** Files that are appended to and rotated while they are read, and between two runs. */
class FollowTest {

    @TempDir
    Path directory;

    private Path log;
    private TestApp app;

    @BeforeEach
    void open() {
        log = directory.resolve("access.log");
        app = TestApp.in(directory);
    }

    @AfterEach
    void close() {
        app.close();
    }

    private static final class Lines extends Pipeline {

        private final List<String> seen = Collections.synchronizedList(new ArrayList<>());
        private final List<Object> names = Collections.synchronizedList(new ArrayList<>());

        Lines(Application app, Map<String, ?> config) {
            super(app, "P");
            build(new FileLineSource(app, this, null, config), new Collecting(app, this));
        }

        private final class Collecting extends Sink<byte[]> {
            Collecting(Application app, Pipeline pipeline) {
                super(app, pipeline);
            }

            @Override
            protected Mono<Void> process(Context context, byte[] event) {
                names.add(String.valueOf(context.get("filename")));
                seen.add(new String(event, UTF_8));
                return Mono.empty();
            }
        }

        void awaitSeen(String... lines) {
            await().pollInterval(Duration.ofMillis(5))
                    .untilAsserted(() -> assertThat(new ArrayList<>(seen)).containsExactly(lines));
        }
    }

    private Lines following(String path, Object... more) {
        Map<String, Object> config = new HashMap<>(
                Map.of("path", path, "follow", "yes", "poll_interval", "10ms", "commit_interval", "10ms"));
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i].toString(), more[i + 1]);
        }
        Lines pipeline = new Lines(app, config);
        app.begin(pipeline);
        return pipeline;
    }

    private Lines all() {
        return following(log + "*", "order", "time");
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, CREATE, APPEND);
    }

    /** Lines that differ from the first on, so many that they have a head and a seam of their own. */
    private static String many(String prefix, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> prefix + " line number " + i + "\n")
                .collect(Collectors.joining());
    }

    private static String[] linesOf(String text) {
        return text.lines().toArray(String[]::new);
    }

    private static void gzip(Path from, Path to) throws IOException {
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(to))) {
            Files.copy(from, out);
        }
        Files.setLastModifiedTime(to, Files.getLastModifiedTime(from));
        Files.delete(from);
    }

    private static byte[] gzipped(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(UTF_8));
        }
        return bytes.toByteArray();
    }

    @Test
    void waitsForTheFileAndForTheEndOfEachLine() throws IOException {
        Lines pipeline = following(log.toString());
        append(log, "one\ntw");
        pipeline.awaitSeen("one");
        append(log, "o\n");
        pipeline.awaitSeen("one", "two");
        assertThat(pipeline.names).containsOnly(log.toString());
        app.end(pipeline);
        append(log, "three\n");
        Lines again = following(log.toString());
        again.awaitSeen("three");
        app.end(again);
    }

    @Test
    void theRestOfARenamedFileIsReadBeforeTheNewOne() throws IOException {
        for (String path : List.of(log.toString(), log + "*")) {
            append(log, "one\n");
            Lines pipeline = following(path, "order", "time");
            pipeline.awaitSeen("one");
            Files.move(log, directory.resolve("access.log.1"));
            append(directory.resolve("access.log.1"), "two\n");
            append(log, "three\n");
            pipeline.awaitSeen("one", "two", "three");
            append(directory.resolve("access.log.1"), "late\n");
            pipeline.awaitSeen("one", "two", "three", "late");
            append(log, "four\n");
            pipeline.awaitSeen("one", "two", "three", "late", "four");
            app.end(pipeline);
            Files.delete(log);
            Files.delete(directory.resolve("access.log.1"));
        }
    }

    @Test
    void aDeletedFileIsReadToItsEnd() throws IOException {
        append(log, "one\n");
        Lines pipeline = following(log.toString(), "poll_interval", "100ms");
        pipeline.awaitSeen("one");
        append(log, "two\n");
        Files.delete(log);
        pipeline.awaitSeen("one", "two");
        append(log, "three\n");
        pipeline.awaitSeen("one", "two", "three");
        app.end(pipeline);
    }

    @Test
    void aRotationDuringAStopLosesAndRepeatsNothing() throws IOException {
        append(log, many("a", 100));
        Lines pipeline = all();
        pipeline.awaitSeen(linesOf(many("a", 100)));
        app.end(pipeline);

        append(log, "rest of a\n");
        Files.move(log, directory.resolve("access.log.2"));
        append(directory.resolve("access.log.1"), many("b", 100));
        append(log, many("c", 100));
        Lines again = all();
        again.awaitSeen(linesOf("rest of a\n" + many("b", 100) + many("c", 100)));
        app.end(again);
    }

    @Test
    void aRotatedFileThatIsCompressedIsNotReadAgain() throws IOException {
        append(log, many("a", 100));
        Lines pipeline = all();
        pipeline.awaitSeen(linesOf(many("a", 100)));
        Files.move(log, directory.resolve("access.log.1"));
        append(log, "b\n");
        await().until(() -> pipeline.seen.size() == 101);
        gzip(directory.resolve("access.log.1"), directory.resolve("access.log.1.gz"));
        append(log, "c\n");
        pipeline.awaitSeen(linesOf(many("a", 100) + "b\nc\n"));
        app.end(pipeline);

        Files.move(directory.resolve("access.log.1.gz"), directory.resolve("access.log.2.gz"));
        Lines again = all();
        append(log, "d\n");
        again.awaitSeen("d");
        app.end(again);
    }

    @Test
    void aFileThatIsCompressedDuringAStopIsReadOnAtItsOffset() throws IOException {
        append(log, many("a", 1000));
        Lines pipeline = all();
        pipeline.awaitSeen(linesOf(many("a", 1000)));
        app.end(pipeline);
        append(log, "two\nwithout end");
        gzip(log, directory.resolve("access.log.1.gz"));
        Lines again = all();
        again.awaitSeen("two", "without end");
        assertThat(again.names)
                .containsOnly(directory.resolve("access.log.1.gz").toString());
        app.end(again);
        Lines third = all();
        append(log, "three\n");
        third.awaitSeen("three");
        app.end(third);
    }

    @Test
    void whileAFileIsBeingCompressedItIsReadOnce() throws IOException {
        append(log, many("a", 5000));
        Lines pipeline = all();
        pipeline.awaitSeen(linesOf(many("a", 5000)));
        Path rotated = Files.move(log, directory.resolve("access.log.1"));
        byte[] packed = gzipped(many("a", 5000));
        Path half = directory.resolve("access.log.1.gz");
        Files.write(half, new byte[0]);
        for (int length : List.of(1, 9, 15, packed.length / 2, packed.length)) {
            Files.write(half, java.util.Arrays.copyOf(packed, length));
            append(log, length + "\n");
            await().until(() -> pipeline.seen.contains(String.valueOf(length)));
        }
        Files.delete(rotated);
        append(log, "end\n");
        await().until(() -> pipeline.seen.contains("end"));
        append(log, "very end\n");
        await().until(() -> pipeline.seen.contains("very end"));
        assertThat(pipeline.seen).hasSize(5007).doesNotHaveDuplicates();
        assertThat(pipeline.isError()).isFalse();
        app.end(pipeline);
    }

    @Test
    void aTruncatedFileIsReadFromItsBeginningAndItsCopyIsReadOn() throws IOException {
        append(log, many("a", 100));
        Lines pipeline = following(log + "*", "order", "time", "poll_interval", "300ms");
        pipeline.awaitSeen(linesOf(many("a", 100)));
        append(log, "rest\n");
        Files.copy(log, directory.resolve("access.log.1"));
        try (RandomAccessFile cut = new RandomAccessFile(log.toFile(), "rw")) {
            cut.setLength(0);
        }
        append(log, "new\n");
        await().until(() -> pipeline.seen.contains("new") && pipeline.seen.contains("rest"));
        append(log, "end\n");
        await().until(() -> pipeline.seen.contains("end"));
        assertThat(pipeline.seen).hasSize(103).doesNotHaveDuplicates();
        app.end(pipeline);
    }

    @Test
    void aFileThatWasTruncatedAndHasGrownBeyondItsOffsetIsNoticed() throws IOException {
        append(log, "one\n");
        Lines pipeline = following(log.toString(), "poll_interval", "200ms");
        pipeline.awaitSeen("one");
        Files.writeString(log, "longer\nthan before\n");
        pipeline.awaitSeen("one", "longer", "than before");
        app.end(pipeline);
    }

    @Test
    void filesOfTheSameHeadAreAllRead() throws IOException {
        String head = many("head", 100);
        append(directory.resolve("access.log.2"), head + "two\n");
        Lines pipeline = all();
        await().until(() -> pipeline.seen.size() == 101);
        append(directory.resolve("other.access.log"), "");
        append(log, head + "three\n");
        await().until(() -> pipeline.seen.size() == 202);
        assertThat(pipeline.seen).contains("two", "three");
        app.end(pipeline);
    }

    @Test
    void putsAwayWhatComesIntoADirectory() throws IOException {
        Path inbox = Files.createDirectory(directory.resolve("in box"));
        Path done = directory.resolve("done/today");
        append(inbox.resolve("ž 1.txt"), "one\ntail");
        Lines pipeline = following(inbox + "/*", "post", "move", "move_destination", done.toString());
        pipeline.awaitSeen("one", "tail");
        await().untilAsserted(
                        () -> assertThat(done.resolve("ž 1.txt-processed")).hasContent("one\ntail"));
        append(inbox.resolve("ž 1.txt"), "two\n");
        pipeline.awaitSeen("one", "tail", "two");
        await().untilAsserted(
                        () -> assertThat(done.resolve("ž 1.txt-processed.1")).hasContent("two\n"));
        assertThat(inbox).isEmptyDirectory();
        app.end(pipeline);
        assertThat(directory.resolve("var/positions/P.FileLineSource.json")).hasContent("{\"files\":[]}");
    }
}
