package io.bspump.file;

import static java.nio.charset.StandardCharsets.UTF_8;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** Which files are found, in which state they may be, and what becomes of them. */
class ManyFilesTest {

    @TempDir
    Path directory;

    private Path box;
    private TestApp app;

    @BeforeEach
    void open() throws IOException {
        box = Files.createDirectory(directory.resolve("box"));
        app = TestApp.in(directory);
    }

    @AfterEach
    void close() {
        app.close();
    }

    private static final class Lines extends Pipeline {

        private final List<String> seen = Collections.synchronizedList(new ArrayList<>());

        Lines(Application app, Map<String, ?> config) {
            super(app, "P", Map.of("retry_attempts", 0));
            build(new FileLineSource(app, this, null, config), new Collecting(app, this));
        }

        private final class Collecting extends Sink<byte[]> {
            Collecting(Application app, Pipeline pipeline) {
                super(app, pipeline);
            }

            @Override
            protected Mono<Void> process(Context context, byte[] event) {
                String line = new String(event, UTF_8);
                if (line.startsWith("bad") && !seen.contains("heal")) {
                    throw new IllegalArgumentException("bad line");
                }
                seen.add(line);
                return Mono.empty();
            }
        }

        String awaitError() {
            await().until(this::isError);
            return String.valueOf(error().orElseThrow().error().getMessage());
        }

        List<String> seen() {
            return new ArrayList<>(seen);
        }
    }

    private Lines lines(String path, Object... more) {
        Map<String, Object> config = new HashMap<>(Map.of("path", path, "commit_interval", "10ms"));
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i].toString(), more[i + 1]);
        }
        return new Lines(app, config);
    }

    private List<String> read(String path, Object... more) {
        Lines pipeline = lines(path, more);
        app.run(pipeline);
        return pipeline.seen();
    }

    private Lines begin(String path, Object... more) {
        Lines pipeline = lines(path, more);
        app.begin(pipeline);
        return pipeline;
    }

    private Path write(String name, String text) throws IOException {
        Path file = box.resolve(name);
        Files.createDirectories(file.resolveSibling("."));
        return Files.writeString(file, text);
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(UTF_8));
        }
        return bytes.toByteArray();
    }

    private List<String> namesInBox() {
        return Arrays.stream(box.toFile().list()).sorted().toList();
    }

    @Test
    void patternsFindFilesSortedByPath() throws IOException {
        write("b.txt", "b");
        write("a 1.txt", "a");
        write("ž.txt", "ž");
        write("c.log", "c");
        write(".hidden.txt", "hidden");
        write("d.txt-processed", "d");
        write("sub/deep/e.txt", "e");
        write("sub.txt/f", "f");
        Files.createSymbolicLink(box.resolve("link.txt"), box.resolve("b.txt"));
        Files.createSymbolicLink(box.resolve("dangling.txt"), box.resolve("nothing"));
        Files.createSymbolicLink(box.resolve("loop.txt"), box.resolve("loop.txt"));
        assertThat(read(box + "/*.txt:" + box + "/c.log")).containsExactly("a", "b", "c", "ž");
        assertThat(read(box + "/**/*.txt")).containsExactly("e");
        assertThat(read(box + "/{sub.txt,sub}/[a-f]")).containsExactly("f");
        assertThat(read(box + "/nothing*")).isEmpty();
        assertThat(read(box + "/no/where/*")).isEmpty();
    }

    @Test
    void aNameWithTheCharactersOfAPatternIsAName() throws IOException {
        write("a[1].txt", "brackets");
        write("a1.txt", "one");
        assertThat(read(box.resolve("a[1].txt").toString())).containsExactly("brackets");
    }

    @Test
    void includeAndExcludeMatchTheWholePath() throws IOException {
        write("a.txt", "a");
        write("b.txt", "b");
        write("sub/c.txt", "c");
        assertThat(read(box + "/**/*", "include", "*.txt", "exclude", "*/box/[!as]*"))
                .containsExactly("a", "c");
    }

    @Test
    void theOldestCanBeReadFirst() throws IOException {
        for (String name : List.of("a", "b", "c")) {
            Files.setLastModifiedTime(
                    write(name, name), FileTime.from(Instant.EPOCH.plusSeconds(100 - name.charAt(0))));
        }
        assertThat(read(box + "/*", "order", "time")).containsExactly("c", "b", "a");
    }

    @Test
    void youngFilesWait() throws IOException {
        write("young", "young");
        Files.setLastModifiedTime(
                write("old", "old"), FileTime.from(Instant.now().minusSeconds(60)));
        assertThat(read(box + "/*", "min_age", "30s")).containsExactly("old");
        assertThat(read(box + "/*")).containsExactly("young");
    }

    @Test
    void unpacksMembersOneAfterTheOther() throws IOException {
        byte[] one = gzip("one\ntw");
        byte[] two = gzip("o\nthree");
        byte[] both = Arrays.copyOf(one, one.length + two.length);
        System.arraycopy(two, 0, both, one.length, two.length);
        Files.write(box.resolve("a.gz"), both);
        Files.write(box.resolve("empty.gz"), new byte[0]);
        assertThat(read(box + "/*.gz")).containsExactly("one", "two", "three");
        assertThat(read(box + "/*.gz")).isEmpty();
    }

    @Test
    void brokenArchivesAreErrorsThatKeepNoOtherFileWaiting() throws IOException {
        String text = "a line\n".repeat(20_000) + "the end\n";
        byte[] packed = gzip(text);
        Files.write(box.resolve("a.gz"), Arrays.copyOf(packed, packed.length - 10));
        write("b.gz", "this is plain");
        write("c", "c\n");
        Lines pipeline = begin(box + "/*");
        String error = pipeline.awaitError();
        assertThat(error)
                .startsWith("[pipeline:P:FileLineSource] cannot read '" + box.resolve("a.gz")
                        + "': its gzip data breaks off after ")
                .endsWith(" unpacked bytes");
        assertThat(pipeline.seen()).contains("c").contains("a line");
        Files.write(box.resolve("a.gz"), packed);
        pipeline.resume();
        await().until(() -> pipeline.seen().contains("the end"));
        await().until(() -> pipeline.isError()
                && pipeline.error().orElseThrow().error().getMessage().contains("b.gz"));
        assertThat(pipeline.awaitError())
                .isEqualTo("[pipeline:P:FileLineSource] cannot read '" + box.resolve("b.gz") + "': Not in GZIP format");
        assertThat(pipeline.seen()).hasSize(20_002);
        app.end(pipeline);
    }

    @Test
    void aFileWithAnEventThatFailsStaysUntilItHasSettled() throws IOException {
        write("a", "a1\nbad\na3\n");
        write("b", "b1\n");
        Lines pipeline = begin(box + "/*", "post", "delete");
        assertThat(pipeline.awaitError()).isEqualTo("bad line");
        app.abort(pipeline);
        assertThat(namesInBox()).containsExactly("a", "b");
        Lines again = lines(box + "/*", "post", "delete");
        again.seen.add("heal");
        app.run(again);
        assertThat(again.seen()).containsExactly("heal", "bad", "a3", "b1");
        assertThat(namesInBox()).isEmpty();
    }

    @Test
    void markedFilesAreNotReadAgain() throws IOException {
        write("a", "a");
        write("a-processed", "older");
        write("empty", "");
        assertThat(read(box + "/*", "post", "mark")).containsExactly("a");
        assertThat(namesInBox()).containsExactly("a-processed", "a-processed.1", "empty-processed");
        assertThat(read(box + "/*", "post", "mark")).isEmpty();
    }

    @Test
    void aFileThatCannotBePutAwayIsAnErrorAndNotReadTwice() throws IOException {
        write("a", "a");
        Path obstacle = Files.writeString(directory.resolve("obstacle"), "");
        Lines pipeline = begin(
                box + "/*",
                "post",
                "move",
                "move_destination",
                obstacle.toString(),
                "follow",
                "yes",
                "poll_interval",
                "10ms");
        assertThat(pipeline.awaitError())
                .startsWith("[pipeline:P:FileLineSource] cannot read '" + box.resolve("a")
                        + "': it was read and cannot be put away: ");
        Files.delete(obstacle);
        pipeline.resume();
        await().untilAsserted(() -> assertThat(namesInBox()).isEmpty());
        assertThat(obstacle.resolve("a-processed")).hasContent("a");
        assertThat(pipeline.seen()).containsExactly("a");
        app.end(pipeline);
    }

    @Test
    void filesMayVanishAtAnyTime() throws IOException {
        Lines pipeline = begin(box + "/*", "follow", "yes", "poll_interval", "1ms");
        for (int i = 0; i < 2000; i++) {
            Path file = write("f" + i % 7, "x".repeat(i % 50) + "\n");
            if (i % 3 > 0) {
                Files.delete(file);
            }
        }
        write("last", "last\n");
        await().until(() -> pipeline.seen().contains("last"));
        assertThat(pipeline.isError()).isFalse();
        app.end(pipeline);
    }

    @Test
    void manyFilesAreReadOnceAndRemembered() throws IOException {
        int count = 20_000;
        for (int i = 0; i < count; i++) {
            Files.write(box.resolve("data." + i), (i + "\n").getBytes(UTF_8));
        }
        Lines pipeline = begin(box + "/*", "follow", "yes", "poll_interval", "100ms", "commit_interval", "1s");
        await().atMost(Duration.ofMinutes(2)).until(() -> pipeline.seen.size() >= count);
        write("data.more", "more\n");
        await().atMost(Duration.ofMinutes(1)).until(() -> pipeline.seen.size() > count);
        app.end(pipeline);
        assertThat(pipeline.seen()).hasSize(count + 1).doesNotHaveDuplicates();
        write("data.end", "end\n");
        Lines again = lines(box + "/*");
        app.run(again);
        assertThat(again.seen()).containsExactly("end");
    }
}
