package io.bspump.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Sink;
import io.bspump.Source;
import io.bspump.TestApp;
import io.bspump.config.ConfigException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** What the sources of other formats than lines make of files. */
class FormatsTest {

    @TempDir
    Path directory;

    private Path file;
    private TestApp app;

    @BeforeEach
    void open() {
        file = directory.resolve("in.txt");
        app = TestApp.in(directory);
    }

    @AfterEach
    void close() {
        app.close();
    }

    @FunctionalInterface
    private interface Maker {
        Source<?> make(Application app, Pipeline pipeline, Map<String, ?> config);
    }

    private static final class Events extends Pipeline {

        private final List<Object> seen = Collections.synchronizedList(new ArrayList<>());

        Events(Application app, Maker maker, Map<String, ?> config) {
            super(app, "P");
            build(maker.make(app, this, config), new Collecting(app, this));
        }

        private final class Collecting extends Sink<Object> {
            Collecting(Application app, Pipeline pipeline) {
                super(app, pipeline);
            }

            @Override
            protected Mono<Void> process(Context context, Object event) {
                seen.add(event instanceof byte[] bytes ? new String(bytes, UTF_8) : event);
                return Mono.empty();
            }
        }

        String awaitError() {
            await().until(this::isError);
            return String.valueOf(error().orElseThrow().error().getMessage());
        }

        void awaitSeen(Object... events) {
            await().untilAsserted(() -> assertThat(new ArrayList<>(seen)).containsExactly(events));
        }
    }

    private Map<String, Object> config(Object... values) {
        Map<String, Object> config = new HashMap<>(Map.of("path", file, "poll_interval", "10ms"));
        for (int i = 0; i < values.length; i += 2) {
            config.put(values[i].toString(), values[i + 1]);
        }
        return config;
    }

    private List<Object> read(Maker maker, Object... config) {
        Events pipeline = new Events(app, maker, config(config));
        app.run(pipeline);
        return pipeline.seen;
    }

    private Events begin(Maker maker, Object... config) {
        Events pipeline = new Events(app, maker, config(config));
        app.begin(pipeline);
        return pipeline;
    }

    private void append(String text) throws IOException {
        Files.writeString(file, text, CREATE, APPEND);
    }

    private static Maker csv() {
        return (app, pipeline, config) -> new FileCSVSource(app, pipeline, null, config);
    }

    private static Maker json() {
        return (app, pipeline, config) -> new FileJSONSource(app, pipeline, null, config);
    }

    private static Maker multiLine() {
        return (app, pipeline, config) -> new FileMultiLineSource(app, pipeline, null, config);
    }

    private static Maker block() {
        return (app, pipeline, config) -> new FileBlockSource(app, pipeline, null, config);
    }

    private static Map<String, Object> row(Object... values) {
        Map<String, Object> row = new HashMap<>();
        for (int i = 0; i < values.length; i += 2) {
            row.put(values[i].toString(), values[i + 1]);
        }
        return row;
    }

    @Test
    void csvRecordsAreMapsByTheHeader() throws IOException {
        Files.writeString(file, "\uFEFFname,text\r\n\r\nA,\"a \"\"quoted\"\", \r\nlong\"\nB\n,\"\"\nC,žluť");
        assertThat(read(csv()))
                .containsExactly(
                        row("name", "A", "text", "a \"quoted\", \r\nlong"),
                        row("name", "B", "text", null),
                        row("name", "", "text", ""),
                        row("name", "C", "text", "žluť"));
    }

    @Test
    void csvGoesOnBehindTheLastRecord() throws IOException {
        append("a,b\n1,2\n");
        assertThat(read(csv())).containsExactly(row("a", "1", "b", "2"));
        append("3,\"4\n");
        Events pipeline = begin(csv(), "follow", "yes");
        append("5\"\n6,7");
        pipeline.awaitSeen(row("a", "3", "b", "4\n5"));
        append("\n");
        pipeline.awaitSeen(row("a", "3", "b", "4\n5"), row("a", "6", "b", "7"));
        app.end(pipeline);
    }

    @Test
    void csvHasNamesDelimitersQuotesAndEncodings() throws IOException {
        Files.write(file, "1;'x;y'\n\u00fd;2\n".getBytes(Charset.forName("windows-1250")));
        assertThat(read(csv(), "fieldnames", "a, b", "delimiter", ";", "quotechar", "'", "encoding", "windows-1250"))
                .containsExactly(row("a", "1", "b", "x;y"), row("a", "\u00fd", "b", "2"));
    }

    @Test
    void csvRefusesWhatItCannotMean() {
        for (List<String> wrong : List.of(
                List.of("delimiter", ";;", "delimiter must be one ASCII character, was ';;'"),
                List.of("quotechar", ",", "quotechar must be another character than delimiter, was ','"),
                List.of("encoding", "klingon", "encoding must be known, was 'klingon'"),
                List.of(
                        "encoding",
                        "UTF-16",
                        "encoding must be one in which each byte below 128 is an ASCII character, as UTF-8 and"
                                + " ISO-8859-1, was 'UTF-16'"))) {
            assertThatThrownBy(() -> new Events(app, csv(), config(wrong.get(0), wrong.get(1))))
                    .isInstanceOf(ConfigException.class)
                    .hasMessage("[pipeline:P:FileCSVSource] " + wrong.get(2));
        }
    }

    @Test
    void anInvalidRecordIsAnErrorOrPassedOver() throws IOException {
        append("a,b\n1,2\n3,4,5\n6,7\n");
        Events pipeline = begin(csv());
        assertThat(pipeline.awaitError())
                .isEqualTo("[pipeline:P:FileCSVSource] cannot read '" + file
                        + "': the record at offset 8 is invalid: it has 3 fields, and there are 2 names");
        assertThat(pipeline.seen).containsExactly(row("a", "1", "b", "2"));
        app.end(pipeline);
        assertThat(read(csv(), "skip_invalid", "yes")).containsExactly(row("a", "6", "b", "7"));
    }

    @Test
    void anEndlessQuoteIsBounded() throws IOException {
        append("a,b\n1,\"");
        append("x\n".repeat(1000));
        Events pipeline = begin(csv(), "max_line_size", "1000");
        assertThat(pipeline.awaitError()).endsWith("': the record at offset 4 is longer than max_line_size");
        app.end(pipeline);
    }

    @Test
    void jsonLinesAreValues() throws IOException {
        append("{\"a\": 1}\n\n  \nnull\n[2]\r\n\"x\"");
        assertThat(read(json())).containsExactly(Map.of("a", 1), List.of(2), "x");
    }

    @Test
    void aLineThatIsNotJsonIsAnErrorOrPassedOver() throws IOException {
        append("{\"a\": 1}\nnonsense\n{\"a\": 2}\n");
        Events pipeline = begin(json());
        assertThat(pipeline.awaitError())
                .startsWith("[pipeline:P:FileJSONSource] cannot read '" + file
                        + "': the line at offset 9 is invalid: the event is not JSON at line 1, column ");
        assertThat(pipeline.seen).containsExactly(Map.of("a", 1));
        app.end(pipeline);
        assertThat(read(json(), "skip_invalid", "yes")).containsExactly(Map.of("a", 2));
        assertThat(read(json())).isEmpty();
    }

    @Test
    void linesBelongToTheSeparatorBeforeThem() throws IOException {
        append("stray\n# one\n a\n\n# two\n# three\n b");
        assertThat(read(multiLine(), "separator", "# "))
                .containsExactly("stray", "# one\n a\n", "# two", "# three\n b");
        append("\n c\n# four\n");
        assertThat(read(multiLine(), "separator", "# ")).containsExactly("\n c", "# four");
    }

    @Test
    void theLastEventOfSeveralLinesWaitsForTheNextOrForQuiet() throws IOException {
        append("# one\n a\n");
        Events pipeline = begin(multiLine(), "separator", "# ", "follow", "yes", "idle_time", "1h");
        append(" b\n# two\n");
        pipeline.awaitSeen("# one\n a\n b");
        app.end(pipeline);
        Events again = begin(multiLine(), "separator", "# ", "follow", "yes", "idle_time", "50ms");
        again.awaitSeen("# two");
        append("# three\n");
        again.awaitSeen("# two", "# three");
        app.end(again);
    }

    @Test
    void anEventOfSeveralLinesIsBounded() throws IOException {
        append("# one\n");
        append("line\n".repeat(1000));
        Events pipeline = begin(multiLine(), "separator", "#", "max_line_size", "100");
        assertThat(pipeline.awaitError()).endsWith("': the event at offset 0 is longer than max_line_size");
        app.end(pipeline);
    }

    @Test
    void filesAreBlocks() throws IOException {
        Path box = Files.createDirectory(directory.resolve("box"));
        Files.writeString(box.resolve("b"), "bb\nb");
        Files.writeString(box.resolve("a"), "a");
        Files.writeString(box.resolve("empty"), "");
        assertThat(read(block(), "path", box + "/*")).containsExactly("a", "bb\nb");
        Files.writeString(box.resolve("c"), "c");
        Files.writeString(box.resolve("a"), "+", APPEND);
        assertThat(read(block(), "path", box + "/*")).containsExactly("a+", "c");
    }

    @Test
    void aBlockIsBounded() throws IOException {
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(2_000_000_000);
        }
        Events pipeline = begin(block());
        assertThat(pipeline.awaitError())
                .isEqualTo("[pipeline:P:FileBlockSource] cannot read '" + file + "': it is larger than max_block_size");
        app.end(pipeline);
    }

    @Test
    void csvIsCutTheSameHoweverItComes() throws IOException {
        java.util.Random random = new java.util.Random(7);
        for (int round = 0; round < 300; round++) {
            List<Map<String, Object>> expected = new ArrayList<>();
            StringBuilder text = new StringBuilder("a,b\n");
            for (int i = 0; i < 5; i++) {
                String a = field(random);
                String b = field(random);
                expected.add(row("a", a, "b", b));
                text.append(quoted(a)).append(',').append(quoted(b)).append(random.nextBoolean() ? "\n" : "\r\n");
            }
            byte[] bytes = text.toString().getBytes(UTF_8);
            assertThat(cut(bytes, random.nextInt(1, 30))).as(text.toString()).isEqualTo(expected);
        }
    }

    private static String field(java.util.Random random) {
        StringBuilder field = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            field.append("x,\"\n\r;".charAt(random.nextInt(6)));
        }
        return field.toString();
    }

    private static String quoted(String field) {
        return '"' + field.replace("\"", "\"\"") + '"';
    }

    /** Cuts growing parts of the content, each time from where the last time ended. */
    private static List<Map<String, Object>> cut(byte[] bytes, int step) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        long offset = 0;
        for (int length = 0; length < bytes.length + step; length += step) {
            Content content = content(Arrays.copyOf(bytes, Math.min(length, bytes.length)));
            CsvDialect dialect = new CsvDialect(',', '"', UTF_8);
            CsvCutter cutter = new CsvCutter(content, offset, dialect, List.of(), 1000, new InvalidEvents("x", false));
            Map<String, Object> row;
            while ((row = cutter.next(Cutter.Reach.END)) != null) {
                rows.add(row);
            }
            offset = cutter.offset();
        }
        return rows;
    }

    private static Content content(byte[] bytes) {
        return new Content() {
            @Override
            public java.io.InputStream from(long offset) {
                return new java.io.ByteArrayInputStream(bytes, (int) offset, bytes.length - (int) offset);
            }

            @Override
            public String name() {
                return "bytes";
            }
        };
    }
}
