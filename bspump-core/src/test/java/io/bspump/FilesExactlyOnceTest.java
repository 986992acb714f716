package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.TestStore.StoreSink;
import io.bspump.file.FileLineSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines of files into a store that keeps how far they are read. */
class FilesExactlyOnceTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private Path logs;
    private final TestStore store = new TestStore();
    private final List<TestApp> apps = new ArrayList<>();

    @BeforeEach
    void makeDirectory() throws IOException {
        logs = Files.createDirectory(directory.resolve("logs"));
    }

    @AfterEach
    void closeAll() {
        apps.forEach(TestApp::close);
    }

    private static final class Copying extends Pipeline {

        private final StoreSink sink;

        Copying(Application app, TestStore store, Map<String, ?> source) {
            super(app, "Copy", Map.of("delivery", "exactly_once"));
            sink = new StoreSink(app, this, Map.of("batch_size", 7, "linger", "5ms"), store);
            build(
                    new FileLineSource(app, this, "Lines", source),
                    Processors.map(app, this, "Text", (byte[] line) -> new String(line, StandardCharsets.UTF_8)),
                    sink);
        }
    }

    /** Another life of the pump, which remembers nothing by itself. */
    private Copying next(Map<String, ?> source) throws IOException {
        Path own = Files.createTempDirectory(directory, "life");
        TestApp app = TestApp.in(own);
        apps.add(app);
        return new Copying(app, store, source);
    }

    private TestApp app() {
        return apps.get(apps.size() - 1);
    }

    private void finish(Map<String, ?> source) throws IOException {
        Copying copying = next(source);
        app().run(copying);
    }

    private Map<String, ?> all() {
        return Map.of("path", logs + "/*");
    }

    private void append(String file, int from, int to) throws IOException {
        String lines = IntStream.range(from, to).mapToObj(i -> i + "\n").collect(Collectors.joining());
        Files.writeString(logs.resolve(file), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static Object[] numbers(int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).toArray();
    }

    private void assertNumbers(int count) {
        assertThat(store.events).containsExactlyInAnyOrder(numbers(count));
    }

    @Test
    void goesOnWhereTheSinkKnowsEachFile() throws IOException {
        append("a", 0, 100);
        append("b", 100, 150);
        finish(all());
        assertNumbers(150);
        assertThat(store.positions).containsOnlyKeys("Lines/" + logs.resolve("a"), "Lines/" + logs.resolve("b"));

        append("a", 150, 200);
        append("c", 200, 220);
        finish(all());
        assertNumbers(220);
    }

    @Test
    void readsNothingTwiceAfterManyDeaths() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int count = 0;
        for (int life = 0; life < 30; life++) {
            for (String file : List.of("a", "b", "c")) {
                append(file, count, count + 100);
                count += 100;
            }
            if (random.nextInt(3) == 0) {
                Files.move(logs.resolve("a"), logs.resolve("old" + life));
            }
            Copying copying = next(all());
            app().begin(copying);
            int enough = store.events.size() + random.nextInt(200);
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(1))
                    .atMost(PATIENCE)
                    .until(() ->
                            store.committed() >= enough || copying.runtime().hasEnded());
            app().abort(copying);
        }
        finish(all());
        assertThat(store.events).as("seed " + seed).containsExactlyInAnyOrder(numbers(count));
    }

    @Test
    void knowsAFileThatWasRotatedAndOneThatTookItsPlace() throws IOException {
        append("log", 0, 300);
        finish(all());
        Files.move(logs.resolve("log"), logs.resolve("log.1"));
        append("log.1", 300, 310);
        append("log", 310, 400);
        finish(all());
        assertNumbers(400);
        assertThat(store.positions).hasSize(2);
        Files.move(logs.resolve("log"), logs.resolve("log.2"));
        append("log", 400, 410);
        finish(all());
        assertNumbers(410);
    }

    @Test
    void theOldContentOfAFileIsNotTakenForTheNewOne() throws IOException {
        append("log", 0, 300);
        finish(all());
        Files.writeString(logs.resolve("log"), "");
        append("log", 300, 350);
        finish(all());
        finish(all());
        append("log", 350, 360);
        finish(all());
        assertNumbers(360);
    }

    @Test
    void deletesAFileOnlyWhenItIsCommittedAndForgetsItThen() throws IOException {
        append("a", 0, 20);
        Map<String, ?> deleting = Map.of("path", logs + "/*", "post", "delete", "commit_interval", "5ms");
        Copying copying = next(deleting);
        copying.sink.holds = true;
        app().begin(copying);
        Awaitility.await().atMost(PATIENCE).until(() -> copying.unsettled() == 20);
        app().abort(copying);
        assertThat(logs.resolve("a")).exists();

        finish(deleting);
        assertNumbers(20);
        assertThat(logs.resolve("a")).doesNotExist();

        Map<String, ?> following = Map.of(
                "path",
                logs + "/*",
                "post",
                "delete",
                "commit_interval",
                "5ms",
                "follow",
                "yes",
                "poll_interval",
                "5ms");
        Copying last = next(following);
        app().begin(last);
        append("b", 20, 30);
        Awaitility.await().atMost(PATIENCE).until(() -> Files.notExists(logs.resolve("b")));
        append("c", 30, 40);
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> !store.names().contains("Lines/" + logs.resolve("b")) && store.committed() == 40);
        app().end(last);
        assertNumbers(40);
    }

    @Test
    void standardInputCannotBeReadAgain() throws IOException {
        assertThat(next(Map.of("path", "-")).problems())
                .singleElement()
                .asString()
                .contains("exactly_once is not possible: Lines reads standard input, which cannot be read again");
    }
}
