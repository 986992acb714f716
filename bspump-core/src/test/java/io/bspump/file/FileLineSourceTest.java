package io.bspump.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.Sink;
import io.bspump.TestApp;
import io.bspump.Trigger;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.test.StepVerifier;

class FileLineSourceTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private final InputStream originalIn = System.in;
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
        System.setIn(originalIn);
    }

    /** Reads lines into a list. Lines that begin with "hold" are not confirmed until they are released. */
    private static final class Lines extends Pipeline {

        private final List<String> seen = Collections.synchronizedList(new ArrayList<>());
        private final List<MonoSink<Void>> held = Collections.synchronizedList(new ArrayList<>());
        private final FileLineSource source;
        private volatile @Nullable Object filename;
        private volatile int holdAfter = Integer.MAX_VALUE;

        Lines(Application app, Map<String, ?> config, Trigger... triggers) {
            super(app, "P");
            source = new FileLineSource(app, this, null, config);
            List.of(triggers).forEach(source::on);
            build(source, new Holding(app, this));
        }

        private final class Holding extends Sink<byte[]> {
            Holding(Application app, Pipeline pipeline) {
                super(app, pipeline, null, Map.of("concurrency", 100_000));
            }

            @Override
            protected Mono<Void> process(Context context, byte[] event) {
                String line = new String(event, UTF_8);
                filename = context.get("filename");
                seen.add(line);
                return line.startsWith("hold") || seen.size() > holdAfter ? Mono.create(held::add) : Mono.empty();
            }
        }

        void awaitSeen(String... lines) {
            await().untilAsserted(() -> assertThat(seen).containsExactly(lines));
        }

        /** Ends it after so many lines, when it still holds some. */
        void endAfter(TestApp app, int lines) {
            await().until(() -> seen.size() > lines || state() == PipelineState.FINISHED);
            CompletableFuture<Void> end = CompletableFuture.runAsync(() -> app.end(this));
            await().pollInterval(Duration.ofMillis(1)).until(() -> {
                if (state() != PipelineState.RUNNING) {
                    holdAfter = Integer.MAX_VALUE;
                    List.copyOf(held).forEach(MonoSink::success);
                }
                return end.isDone();
            });
            end.join();
        }

        String awaitError() {
            await().until(this::isError);
            return String.valueOf(error().orElseThrow().error().getMessage());
        }
    }

    /** A trigger that fires when it is told to. */
    private static final class Hand extends Trigger {
        Hand(Application app) {
            super(app);
        }

        void pull() {
            fire();
        }
    }

    private Lines lines(Trigger... triggers) {
        return new Lines(app, Map.of("path", file, "commit_interval", "10ms"), triggers);
    }

    /** Reads what there is from the remembered position on. */
    private List<String> read() {
        Lines pipeline = lines();
        app.run(pipeline);
        return pipeline.seen;
    }

    private Lines failing(Map<String, ?> config) {
        Lines pipeline = new Lines(app, config);
        app.begin(pipeline);
        pipeline.awaitError();
        return pipeline;
    }

    private void write(String text) throws IOException {
        Files.writeString(file, text);
    }

    private void append(String text) throws IOException {
        Files.writeString(file, text, APPEND);
    }

    private Path positions() {
        return directory.resolve("var/positions/P.FileLineSource.json");
    }

    @Test
    void readsEveryLineAndTheRestBehindTheLast() throws IOException {
        write("one\n\ntwo\r\n\r\nžluť\nrest");
        Lines pipeline = lines();
        app.run(pipeline);
        assertThat(pipeline.seen).containsExactly("one", "", "two", "", "žluť", "rest");
        assertThat(pipeline.filename).isEqualTo(file.toString());
    }

    @Test
    void anEmptyFileHasNoLines() throws IOException {
        write("");
        assertThat(read()).isEmpty();
        append("a\n");
        assertThat(read()).containsExactly("a");
    }

    @Test
    void garbageIsLinesToo() throws IOException {
        byte[] garbage = new byte[1_000_000];
        new Random(1).nextBytes(garbage);
        garbage[garbage.length - 1] = 'x';
        Files.write(file, garbage);
        long ends = IntStream.range(0, garbage.length)
                .filter(i -> garbage[i] == '\n')
                .count();
        assertThat(read()).hasSize((int) ends + 1);
    }

    @Test
    void goesOnWhereItStopped() throws IOException {
        write("one\ntwo\n");
        assertThat(read()).containsExactly("one", "two");
        assertThat(read()).isEmpty();
        append("three\n");
        assertThat(read()).containsExactly("three");
    }

    @Test
    void remembersOnlyWhatHasSettledInOrder() throws IOException {
        write("one\nhold\nthree\n");
        Lines pipeline = lines();
        app.begin(pipeline);
        pipeline.awaitSeen("one", "hold", "three");
        app.abort(pipeline);
        assertThat(Files.readString(positions())).contains("\"offset\":4,");
        Lines again = lines();
        app.begin(again);
        again.awaitSeen("hold", "three");
        app.abort(again);
    }

    @Test
    void savesThePositionWhileItRuns() throws IOException {
        write("one\ntwo\nhold\n");
        Lines pipeline = lines();
        app.begin(pipeline);
        await().untilAsserted(() -> assertThat(positions()).content().contains("\"offset\":8,"));
        pipeline.held.get(0).success();
        await().untilAsserted(() -> assertThat(positions()).content().contains("\"offset\":13,"));
        app.end(pipeline);
        assertThat(positions().getParent()).isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void aReplacedFileIsReadFromItsBeginning() throws IOException {
        write("one\ntwo\n");
        read();
        Path other = Files.writeString(directory.resolve("other"), "one\ntwo\nsix\n");
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(read()).containsExactly("one", "two", "six");
    }

    @Test
    void aFileOfTheSameSizeWithAnotherBeginningIsReadFromItsBeginning() throws IOException {
        write("one\ntwo\n");
        read();
        FileTime time = Files.getLastModifiedTime(file);
        try (RandomAccessFile same = new RandomAccessFile(file.toFile(), "rw")) {
            same.write("ten\n".getBytes(UTF_8));
        }
        Files.setLastModifiedTime(file, time);
        assertThat(read()).containsExactly("ten", "two");
    }

    @Test
    void aTruncatedFileIsReadFromItsBeginning() throws IOException {
        write("one\ntwo\n");
        read();
        try (RandomAccessFile same = new RandomAccessFile(file.toFile(), "rw")) {
            same.setLength(4);
        }
        assertThat(read()).containsExactly("one");
    }

    @Test
    void aFileThatWasRenamedIsReadOn() throws IOException {
        write("one\n");
        read();
        file = Files.move(file, directory.resolve("moved"));
        append("two\n");
        assertThat(read()).containsExactly("two");
    }

    @Test
    void aDamagedPositionIsAnErrorUntilItIsDeleted() throws IOException {
        write("one\n");
        read();
        for (String damaged : List.of(
                "",
                "{}",
                "{\"path\":",
                Files.readString(positions()) + "x",
                "null",
                "[1]",
                Files.readString(positions()).replace("\"offset\":4", "\"offset\":-4"))) {
            Files.writeString(positions(), damaged);
            Lines pipeline = failing(Map.of("path", file));
            assertThat(pipeline.awaitError())
                    .startsWith("[pipeline:P:FileLineSource] cannot read '" + file + "': the remembered position in '"
                            + positions() + "' is damaged (")
                    .endsWith("); delete that file to read from the beginning");
            assertThat(pipeline.seen).isEmpty();
            app.end(pipeline);
            assertThat(positions()).hasContent(damaged);
        }
        Files.delete(positions());
        assertThat(read()).containsExactly("one");
    }

    @Test
    void aPlaceThatCannotBeWrittenIsAnError() throws IOException {
        write("one\n");
        try (TestApp other = TestApp.withVarDir(directory, Files.createDirectory(directory.resolve("v")))) {
            Files.writeString(directory.resolve("v/positions"), "");
            Lines pipeline = new Lines(other, Map.of("path", file));
            other.begin(pipeline);
            assertThat(pipeline.awaitError())
                    .startsWith("[pipeline:P:FileLineSource] cannot read '" + file
                            + "': cannot remember the position in '" + directory.resolve("v/positions/P.File"));
            assertThat(pipeline.seen).isEmpty();
            other.end(pipeline);
        }
    }

    @Test
    void aPositionThatCannotBeSavedStopsTheReading() throws IOException {
        write("one\n");
        Hand hand = new Hand(app);
        Lines pipeline = lines(hand);
        app.begin(pipeline);
        Path obstacle = Files.createDirectories(directory.resolve("var/positions/P.FileLineSource.json.new"));
        hand.pull();
        pipeline.awaitSeen("one");
        await().until(() -> {
            hand.pull();
            return pipeline.isError();
        });
        assertThat(pipeline.awaitError())
                .startsWith("[pipeline:P:FileLineSource] cannot read '" + file + "': cannot remember the position in '"
                        + positions() + "': ");
        append("two\n");
        Files.delete(obstacle);
        pipeline.resume();
        await().until(() -> {
            hand.pull();
            return pipeline.seen.size() > 1;
        });
        pipeline.awaitSeen("one", "two");
        app.end(pipeline);
        assertThat(read()).isEmpty();
    }

    @Test
    void eachCycleReadsWhatWasAppended() throws IOException {
        write("one\ntw");
        Hand hand = new Hand(app);
        Lines pipeline = lines(hand);
        app.begin(pipeline);
        hand.pull();
        pipeline.awaitSeen("one");
        append("o\nthree");
        hand.pull();
        pipeline.awaitSeen("one", "two");
        append("\n");
        hand.pull();
        pipeline.awaitSeen("one", "two", "three");
        app.end(pipeline);
        append("four\n");
        assertThat(read()).containsExactly("four");
    }

    @Test
    void aCycleMayBeginBeforeTheEventsOfTheLastHaveSettled() throws IOException {
        write("hold\n");
        Hand hand = new Hand(app);
        Lines pipeline = lines(hand);
        app.begin(pipeline);
        hand.pull();
        pipeline.awaitSeen("hold");
        append("two\n");
        hand.pull();
        pipeline.awaitSeen("hold", "two");
        app.abort(pipeline);
        Lines again = lines();
        app.begin(again);
        again.awaitSeen("hold", "two");
        app.abort(again);
    }

    @Test
    void aFileThatIsReplacedBetweenCyclesIsReadFromItsBeginning() throws IOException {
        write("one\ntwo\n");
        Hand hand = new Hand(app);
        Lines pipeline = lines(hand);
        app.begin(pipeline);
        hand.pull();
        pipeline.awaitSeen("one", "two");
        write("new\n");
        hand.pull();
        pipeline.awaitSeen("one", "two", "new");
        app.end(pipeline);
        assertThat(read()).isEmpty();
    }

    @Test
    void aMissingFileIsAnErrorThatResumingOvercomes() throws IOException {
        Lines pipeline = failing(Map.of("path", file));
        assertThat(pipeline.awaitError())
                .isEqualTo("[pipeline:P:FileLineSource] cannot read '" + file + "': it does not exist");
        write("one\n");
        pipeline.resume();
        pipeline.finished().block(PATIENCE);
        assertThat(pipeline.seen).containsExactly("one");
    }

    @Test
    void whatIsNoFileIsAnError() {
        Lines pipeline = failing(Map.of("path", directory));
        assertThat(pipeline.awaitError())
                .isEqualTo("[pipeline:P:FileLineSource] cannot read '" + directory + "': it is a directory");
        app.end(pipeline);
        Lines device = failing(Map.of("path", "/dev/zero"));
        assertThat(device.awaitError()).endsWith("it is not a regular file; standard input is '-'");
        app.end(device);
    }

    @Test
    void aLineThatIsTooLongIsAnErrorAndNotReadIntoMemory() throws IOException {
        write("one\n");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(100_000_000);
        }
        Lines pipeline = failing(Map.of("path", file));
        assertThat(pipeline.awaitError())
                .isEqualTo("[pipeline:P:FileLineSource] cannot read '" + file
                        + "': the line at offset 4 is longer than max_line_size");
        assertThat(pipeline.seen).containsExactly("one");
        pipeline.resume();
        await().until(pipeline::isError);
        assertThat(pipeline.seen).containsExactly("one");
        app.end(pipeline);
    }

    @Test
    void readsOnDemandOfOne() throws IOException {
        write(IntStream.range(0, 100).mapToObj(i -> i + "\n").collect(Collectors.joining()));
        Lines pipeline = lines();
        pipeline.source.start().block();
        StepVerifier.create(pipeline.source.cycle(), 0)
                .thenRequest(1)
                .expectNextCount(1)
                .thenRequest(1)
                .expectNextCount(1)
                .thenRequest(99)
                .expectNextCount(98)
                .expectComplete()
                .verify(PATIENCE);
        pipeline.source.stop().block();
    }

    @Test
    void stopsInTheMiddleAndGoesOnThere() throws IOException {
        int lines = 300_000;
        write(IntStream.range(0, lines).mapToObj(i -> i + "\n").collect(Collectors.joining()));
        List<String> all = new ArrayList<>();
        Random random = new Random(3);
        int rounds = 0;
        while (all.size() < lines) {
            Lines pipeline = lines();
            pipeline.holdAfter = random.nextInt(50_000);
            app.begin(pipeline);
            pipeline.endAfter(app, pipeline.holdAfter);
            all.addAll(pipeline.seen);
            rounds++;
        }
        assertThat(rounds).isGreaterThan(1);
        assertThat(all)
                .isEqualTo(IntStream.range(0, lines).mapToObj(String::valueOf).toList());
    }

    @Test
    void readsStandardInputToItsEnd() throws IOException {
        PipedOutputStream out = new PipedOutputStream();
        System.setIn(new PipedInputStream(out, 1 << 16));
        Lines pipeline = new Lines(app, Map.of());
        app.begin(pipeline);
        out.write("one\n".getBytes(UTF_8));
        out.flush();
        pipeline.awaitSeen("one");
        out.write("two\nrest".getBytes(UTF_8));
        out.close();
        pipeline.finished().block(PATIENCE);
        assertThat(pipeline.seen).containsExactly("one", "two", "rest");
        assertThat(pipeline.filename).isEqualTo("-");
        assertThat(positions()).doesNotExist();
    }

    @Test
    void stopDoesNotWaitForStandardInput() throws IOException {
        PipedOutputStream out = new PipedOutputStream();
        System.setIn(new Uninterruptible(new PipedInputStream(out)));
        Lines pipeline = new Lines(app, Map.of());
        app.begin(pipeline);
        out.write("one\n".getBytes(UTF_8));
        out.flush();
        pipeline.awaitSeen("one");
        app.end(pipeline);
        assertThat(pipeline.state()).isEqualTo(PipelineState.STOPPED);
        out.close();
    }

    /** Standard input as the JVM has it: a read does not end when its thread is interrupted. */
    private static final class Uninterruptible extends InputStream {
        private final InputStream in;

        Uninterruptible(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            throw new IOException("one byte at a time");
        }

        @Override
        public int read(byte[] buffer, int from, int length) throws IOException {
            while (true) {
                try {
                    return in.read(buffer, from, length);
                } catch (java.io.InterruptedIOException e) {
                    // read on
                }
            }
        }
    }

    @Test
    void tenMillionLinesLeaveTheHeapFlat() throws IOException {
        int lines = 10_000_000;
        byte[] block = "0123456\n".repeat(100_000).getBytes(UTF_8);
        try (var out = Files.newOutputStream(file)) {
            for (int i = 0; i < lines / 100_000; i++) {
                out.write(block);
            }
        }
        Counting pipeline = new Counting(app, file);
        app.run(pipeline);
        assertThat(pipeline.count).isEqualTo(lines);
        assertThat(pipeline.mostUsed.get()).isLessThan(100_000_000L);
        assertThat(positions().resolveSibling("Counting.FileLineSource.json"))
                .content()
                .contains("\"offset\":80000000,");
    }

    private static final class Counting extends Pipeline {
        private final AtomicLong mostUsed = new AtomicLong();
        private long count;

        Counting(Application app, Path file) {
            super(app, "Counting");
            build(new FileLineSource(app, this, null, Map.of("path", file)), new Tally(app, this));
        }

        private final class Tally extends Sink<byte[]> {
            Tally(Application app, Pipeline pipeline) {
                super(app, pipeline);
            }

            @Override
            protected Mono<Void> process(Context context, byte[] event) {
                if (++count % 2_000_000 == 0) {
                    mostUsed.accumulateAndGet(usedAfterGc(), Math::max);
                }
                return Mono.empty();
            }
        }

        private static long usedAfterGc() {
            System.gc();
            return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
        }
    }
}
