package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.PipelineState;
import io.bspump.test.PipelineTester;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server whose disk is full for real: the sink waits and goes on by itself, and every row is there as it was sent. */
class FullDiskTest {

    private static final int ROWS = 3000;
    private static final String TEXT = "some text ".repeat(400);

    private static PipelineTester tester(TestPostgres server, Map<String, String> more) {
        Map<String, String> config = new HashMap<>(Map.of("table", "t", "columns", "id, name", "batch_size", "100"));
        config.putAll(more);
        return SinkTester.of(server, config);
    }

    private static void push(PipelineTester tester, int from, int to) {
        tester.pushAll(IntStream.range(from, to)
                .mapToObj(i -> Map.of("id", i, "name", i + TEXT))
                .toArray());
    }

    private static void assertExactlyAsSent(TestPostgres server) {
        assertThat(server.rows("SELECT count(*), count(DISTINCT id), min(id), max(id),"
                        + " count(*) FILTER (WHERE name = id || '" + TEXT + "') FROM t"))
                .containsExactly(ROWS + " " + ROWS + " 0 " + (ROWS - 1) + " " + ROWS);
    }

    @ParameterizedTest
    @CsvSource({"insert", "upsert", "copy"})
    void diskOfTheTable(String mode) {
        try (SmallDisk disk = SmallDisk.make("2m");
                TestPostgres server = TestPostgres.start()) {
            server.run(
                    "CREATE TABLESPACE small LOCATION '" + disk.folder() + "'",
                    "CREATE TABLE t (id int PRIMARY KEY, name text) TABLESPACE small",
                    "ALTER TABLE t ALTER name SET STORAGE EXTERNAL");
            Map<String, String> config =
                    mode.equals("upsert") ? Map.of("mode", mode, "conflict_keys", "id") : Map.of("mode", mode);
            try (PipelineTester tester = tester(server, config)) {
                push(tester, 0, ROWS);
                untilWaiting(tester, "No space left on device");
                assertThat(tester.settlements()).containsNull();
                disk.grow("64m");
                SinkTester.untilSettled(tester);
                tester.assertAllDelivered();
                assertThat(tester.state()).isEqualTo(PipelineState.RUNNING);
                assertThat(SinkTester.errors(tester)).isEmpty();
            }
            assertExactlyAsSent(server);
        }
    }

    private static void untilWaiting(PipelineTester tester, String reason) {
        SinkTester.until(tester, () -> tester.pipeline().waitingFor().isPresent());
        assertThat(tester.state()).isEqualTo(PipelineState.RUNNING);
        assertThat(tester.pipeline().waitingFor().orElse("")).startsWith("connection");
        SinkTester.until(tester, () -> SinkTester.connection(tester).history().stream()
                .anyMatch(event -> String.valueOf(event).contains(reason)));
    }

    /** Then the server gives up, and does not come up before there is room. */
    @Test
    void diskOfTheLog() {
        try (SmallDisk disk = SmallDisk.make("12m");
                TestPostgres server = TestPostgres.startWithLogIn(disk.folder())) {
            server.run(
                    "CREATE TABLE t (id int PRIMARY KEY, name text)", "ALTER TABLE t ALTER name SET STORAGE EXTERNAL");
            try (PipelineTester tester = tester(server, Map.of("mode", "upsert", "conflict_keys", "id"))) {
                push(tester, 0, 10);
                SinkTester.untilSettled(tester);
                disk.fill();
                push(tester, 10, ROWS);
                SinkTester.until(tester, () -> server.output().stream()
                        .anyMatch(line -> line.contains("PANIC") && line.contains("No space left on device")));
                SinkTester.until(tester, () -> tester.pipeline().waitingFor().isPresent());
                assertThat(tester.state()).isEqualTo(PipelineState.RUNNING);
                server.kill9(); // in case it has come up again, to fail again
                disk.free();
                server.restart();
                SinkTester.untilSettled(tester);
                tester.assertAllDelivered();
                assertThat(SinkTester.errors(tester)).isEmpty();
            }
            assertExactlyAsSent(server);
        }
    }
}
