package io.bspump.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.Stage;
import io.bspump.TestApp;
import io.bspump.source.IteratorSource;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sinks of CSV and of whole files. */
class OtherSinksTest {

    @TempDir
    Path directory;

    private Path file;
    private TestApp app;

    @BeforeEach
    void open() {
        file = directory.resolve("out.csv");
        app = TestApp.in(directory);
    }

    @AfterEach
    void close() {
        app.close();
    }

    @FunctionalInterface
    private interface Maker {
        Stage<?, ?> make(Application app, Pipeline pipeline, Map<String, ?> config);
    }

    private static final Maker CSV = (app, pipeline, config) -> new FileCSVSink(app, pipeline, null, config);
    private static final Maker JSON = (app, pipeline, config) -> new FileJSONSink(app, pipeline, null, config);
    private static final Maker BLOCK = (app, pipeline, config) -> new FileBlockSink(app, pipeline, null, config);

    private static final class Writing extends Pipeline {
        Writing(Application app, Maker maker, List<?> events, Map<String, ?> config) {
            super(app, "P", Map.of("retry_attempts", 0));
            build(new IteratorSource<>(app, this, events), new Naming(app, this), maker.make(app, this, config));
        }

        String awaitError() {
            await().until(this::isError);
            return String.valueOf(error().orElseThrow().error().getMessage());
        }
    }

    /** Puts the event into the context, as {@code name}, up to a colon. */
    private static final class Naming extends Processor<Object, Object> {
        Naming(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Object process(Context context, Object event) {
            context.put("name", event.toString().split(":", 2)[0]);
            return event;
        }
    }

    private static Map<String, Object> config(Object... values) {
        Map<String, Object> config = new HashMap<>();
        for (int i = 0; i < values.length; i += 2) {
            config.put(values[i].toString(), values[i + 1]);
        }
        return config;
    }

    private static Map<String, Object> row(Object... values) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (int i = 0; i < values.length; i += 2) {
            row.put(values[i].toString(), values[i + 1]);
        }
        return row;
    }

    private void write(Maker maker, Map<String, ?> config, Object... events) {
        app.run(new Writing(app, maker, Arrays.asList(events), config));
    }

    private String failing(Maker maker, Map<String, ?> config, Object... events) {
        Writing pipeline = new Writing(app, maker, Arrays.asList(events), config);
        app.begin(pipeline);
        String error = pipeline.awaitError();
        app.abort(pipeline);
        return error;
    }

    @Test
    void writesEachEventAsALineOfJson() throws IOException {
        write(JSON, config("path", file), row("a", 1, "b", List.of("x\ny")), "text", 7);
        assertThat(file).hasContent("{\"a\":1,\"b\":[\"x\\ny\"]}\n\"text\"\n7\n");
    }

    @Test
    void saysWhereAnEventCannotBeJson() {
        assertThat(failing(JSON, config("path", file), row("a", new Object())))
                .startsWith("the event, a java.util.LinkedHashMap, cannot be written as JSON at $.a: ");
    }

    @Test
    void mapsBecomeRecordsBehindOneHeader() {
        write(
                CSV,
                config("path", file),
                row("a", 1, "b", "x, \"y\"\nz"),
                row("b", "", "a", null),
                Collections.singletonMap("b", "only"));
        write(CSV, config("path", file), row("b", "again", "a", 2.5));
        assertThat(file).hasContent("a,b\n1,\"x, \"\"y\"\"\nz\"\n,\n,only\n2.5,again\n");
    }

    @Test
    void columnsDelimiterQuoteAndEncodingCanBeChosen() throws IOException {
        write(
                CSV,
                config(
                        "path",
                        file,
                        "fieldnames",
                        "b, a",
                        "delimiter",
                        "\\t",
                        "quotechar",
                        "'",
                        "encoding",
                        "windows-1250"),
                row("a", "x\ty", "b", "ž"));
        assertThat(Files.readString(file, Charset.forName("windows-1250"))).isEqualTo("b\ta\nž\t'x\ty'\n");
    }

    @Test
    void aSingleEmptyFieldIsARecord() {
        write(CSV, config("path", file), row("a", ""), row("a", null));
        assertThat(file).hasContent("a\n\"\"\n\"\"\n");
    }

    @Test
    void whatDoesNotFitFailsAlone() {
        String section = "[pipeline:P:FileCSVSink] ";
        assertThat(failing(CSV, config("path", file), row("a", 1), row("a", 2, "c", 3), row("a", 4)))
                .isEqualTo(section + "has the columns [a], the event has [c] too");
        assertThat(file).hasContent("a\n1\n4\n");
        assertThat(failing(CSV, config("path", file), "text"))
                .isEqualTo(section + "takes maps, was given a java.lang.String");
        assertThat(failing(CSV, config("path", file, "encoding", "ISO-8859-1"), row("a", "ž")))
                .isEqualTo(section + "cannot write the event in ISO-8859-1");
        assertThat(failing(CSV, config("path", file, "fieldnames", "x"), row("x", 1)))
                .isEqualTo(section + "cannot write '" + file + "': its header is [a], and fieldnames are [x]");
        assertThat(file).hasContent("a\n1\n4\n");
    }

    @Test
    void aRecordThatACrashHasTornIsMovedAside() throws IOException {
        Files.writeString(file, "a,b\n1,\"x\ny\"\n2,\"torn\nhere\n");
        write(CSV, config("path", file), row("a", 3, "b", 4));
        assertThat(file).hasContent("a,b\n1,\"x\ny\"\n3,4\n");
        assertThat(directory.resolve("out.csv.torn")).hasContent("2,\"torn\nhere\n\n");
    }

    @Test
    void everyRotatedFileHasTheHeader() throws IOException {
        write(CSV, config("path", file, "rotate_size", "10B", "batch_size", 1), row("a", "first"), row("a", "second"));
        assertThat(file).hasContent("a\nsecond\n");
        String[] rotated = directory.toFile().list((folder, name) -> name.startsWith("out.csv-"));
        assertThat(rotated).hasSize(1);
        assertThat(directory.resolve(rotated[0])).hasContent("a\nfirst\n");
    }

    @Test
    void aFullDeviceIsAnError() {
        assertThat(failing(CSV, config("path", "/dev/full"), row("a", 1)))
                .isEqualTo("[pipeline:P:FileCSVSink] cannot write '/dev/full': No space left on device");
    }

    @Test
    void eachEventIsAFile() throws IOException {
        Path path = directory.resolve("deep/er/{name}.txt");
        write(BLOCK, config("path", path), "a:1", "b/../c:2", "a:3");
        assertThat(directory.resolve("deep/er/a.txt")).hasContent("a:1");
        assertThat(directory.resolve("deep/er/b_.._c.txt")).hasContent("b/../c:2");
        assertThat(directory.resolve("deep/er/a.txt.1")).hasContent("a:3");
        write(BLOCK, config("path", path, "exists", "replace"), "a:new");
        assertThat(directory.resolve("deep/er/a.txt")).hasContent("a:new");
        assertThat(failing(BLOCK, config("path", path, "exists", "error"), "a:newer"))
                .isEqualTo("[pipeline:P:FileBlockSink] cannot write '" + directory.resolve("deep/er/a.txt")
                        + "': it exists");
        assertThat(directory.resolve("deep/er").toFile().list()).hasSize(3);
    }

    private List<String> setAside() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(path -> path.getFileName().toString())
                    .filter(name -> name.matches("out.csv-\\d{8}T\\d{6}\\.\\d{3}Z(\\.gz)?"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void theLatestBlockStaysAndOlderOnesArePutAside() throws IOException {
        write(BLOCK, config("path", file, "exists", "rotate"), "first", "second", "third");
        assertThat(file).hasContent("third");
        assertThat(setAside()).hasSize(2);
        assertThat(directory.resolve(setAside().get(0))).hasContent("first");
        assertThat(directory.resolve(setAside().get(1))).hasContent("second");

        write(BLOCK, config("path", file, "exists", "rotate", "rotate_keep", 1, "rotate_gzip", "yes"), "fourth");
        await().untilAsserted(() -> assertThat(setAside()).hasSize(1).allMatch(name -> name.endsWith(".gz")));
        assertThat(file).hasContent("fourth");
    }

    @Test
    void blocksArePutAsideBySizeAndTime() throws IOException {
        Map<String, Object> config =
                config("path", file, "exists", "rotate", "rotate_size", "3B", "rotate_interval", "1d");
        write(BLOCK, config, "ab", "cd", "large", "ef", "gh");
        assertThat(file).hasContent("gh");
        assertThat(setAside()).hasSize(1);
        assertThat(directory.resolve(setAside().get(0))).hasContent("large");

        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        write(BLOCK, config, "ij");
        assertThat(setAside()).hasSize(2);
        assertThat(directory.resolve(setAside().get(1))).hasContent("gh");
        assertThat(file).hasContent("ij");
    }

    @Test
    void aBlockWithoutANameOrOfAnotherTypeFails() {
        String section = "[pipeline:P:FileBlockSink] ";
        String path = directory + "/{nowhere}";
        assertThat(failing(BLOCK, config("path", path), "a"))
                .isEqualTo(section + "needs 'nowhere' in the context for the path '" + path + "'");
        assertThat(failing(BLOCK, config("path", directory + "/{name}"), "..:x"))
                .isEqualTo(section + "cannot make a name of 'name', which is '..'");
        assertThat(failing(BLOCK, config("path", file), 42))
                .isEqualTo(section + "takes byte[] and text, was given a java.lang.Integer");
        assertThat(file).doesNotExist();
    }

    @Test
    void aBlockThatDoesNotFitLeavesNoTraceAndComesWhenThereIsRoom() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -f 100; exec \"$@\"",
                        "sh",
                        java,
                        "-XX:-UsePerfData",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LimitedBlocks.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> out = new String(process.getInputStream().readAllBytes(), UTF_8)
                .lines()
                .filter(line -> line.startsWith("RESULT "))
                .toList();
        assertThat(process.waitFor()).isZero();
        assertThat(out)
                .containsExactly(
                        "RESULT [pipeline:P:FileBlockSink] cannot write '" + directory.resolve("blocks/large")
                                + "': File too large",
                        "RESULT 2 unsettled",
                        "RESULT [large]");
    }
}
