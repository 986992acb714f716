package io.bspump.postgresql;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Processors;
import io.bspump.Source;
import io.bspump.file.FileLineSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a table, or a file, to another table of the same server, while that and the pump are stopped hard: each row exactly once. */
@SuppressWarnings("try") // the pump works by itself
class PostgreSQLSourcesExactlyOnceTest {

    private static final int ROWS = 20_000;
    private static final int STOPS = 4;

    @TempDir
    Path directory;

    private TestPostgres server;

    @BeforeEach
    void start() {
        server = TestPostgres.start();
        server.run("CREATE TABLE origin (i int, n int)", "CREATE TABLE copied (i int)");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static final class Copy extends Pipeline {
        Copy(Application app, BiFunction<Application, Pipeline, Source<?>> source) {
            super(app, "Copy");
            build(
                    source.apply(app, this),
                    Processors.map(app, this, "Row", Copy::row),
                    new PostgreSQLSink(app, this, "Server"));
        }

        private static Object row(Object event) {
            if (event instanceof byte[] line) {
                return List.of(new String(line, UTF_8));
            }
            Object inserted = ((Map<?, ?>) event).get("new");
            return inserted == null ? event : inserted;
        }
    }

    private RunningPump pump(BiFunction<Application, Pipeline, Source<?>> source, String section) {
        RunningPump pump = RunningPump.of(
                directory,
                server,
                """
                [pipeline:Copy]
                delivery = exactly_once
                max_in_flight = 2000
                [pipeline:Copy:PostgreSQLSink]
                table = copied
                columns = i
                batch_size = 100
                linger = 20ms
                %s
                """
                        .formatted(section));
        pump.app().pumpService().addPipeline(new Copy(pump.app(), source));
        return pump.start();
    }

    private int copied() {
        return Integer.parseInt(server.rows("SELECT count(*) FROM copied").get(0));
    }

    /** Kills the server under each pump but the last, and then stops the pump without a drain. */
    private void copyAll(BiFunction<Application, Pipeline, Source<?>> source, String section) {
        for (int stop = 1; stop <= STOPS; stop++) {
            int before = ROWS * stop / (STOPS + 2);
            try (RunningPump pump = pump(source, section)) {
                RunningPump.until(() -> copied() >= before);
                server.kill9();
                server.restart();
                RunningPump.until(() -> copied() >= Math.min(ROWS, before + ROWS / 20));
                pump.app().stop();
                pump.app().stop();
            }
        }
        try (RunningPump pump = pump(source, section)) {
            RunningPump.until(() -> copied() >= ROWS);
        }
        assertThat(server.rows("SELECT i FROM copied ORDER BY i")).isEqualTo(numbers());
    }

    private static List<String> numbers() {
        return IntStream.rangeClosed(1, ROWS).mapToObj(Integer::toString).toList();
    }

    @Test
    void anIncrementalQuery() {
        server.run("INSERT INTO origin SELECT i, i / 7 FROM generate_series(1, " + ROWS + ") i");
        copyAll(
                PostgreSQLSource::new,
                """
                [pipeline:Copy:PostgreSQLSource]
                connection = Server
                query = SELECT i, n FROM origin
                incremental_column = n
                """);
        assertThat(server.rows("SELECT name FROM bspump_position")).isEqualTo(List.of("PostgreSQLSource/query"));
        assertThat(directory.resolve("var/positions")).doesNotExist();
    }

    @Test
    void replication() {
        server.run(
                "CREATE PUBLICATION copy FOR TABLE origin",
                "SELECT pg_create_logical_replication_slot('copy', 'pgoutput')",
                "INSERT INTO origin SELECT i FROM generate_series(1, " + ROWS / 2 + ") i",
                "INSERT INTO origin SELECT i FROM generate_series(" + (ROWS / 2 + 1) + ", " + ROWS + ") i");
        copyAll(
                PostgreSQLLogicalReplicationSource::new,
                """
                [pipeline:Copy:PostgreSQLLogicalReplicationSource]
                connection = Server
                slot = copy
                tables = origin
                commit_interval = 20ms
                """);
        assertThat(server.rows("SELECT name FROM bspump_position"))
                .isEqualTo(List.of("PostgreSQLLogicalReplicationSource/copy"));
    }

    @Test
    void linesOfAFile() throws IOException {
        Path file = directory.resolve("numbers.txt");
        Files.write(file, numbers());
        copyAll(FileLineSource::new, "[pipeline:Copy:FileLineSource]\npath = " + file + "\n");
        assertThat(server.rows("SELECT name FROM bspump_position")).isEqualTo(List.of("FileLineSource/" + file));
    }

    @Test
    void aPlainQueryIsRefused() {
        List<PostgreSQLSource> made = new ArrayList<>();
        String section = "[pipeline:Copy:PostgreSQLSource]\nconnection = Server\nquery = SELECT i FROM origin";
        try (RunningPump pump = pump(
                (app, pipeline) -> {
                    made.add(new PostgreSQLSource(app, pipeline));
                    return made.get(0);
                },
                section)) {
            assertThat(pump.exitCode()).isEqualTo(2);
            assertThat(made.get(0).obstacle())
                    .hasValue("PostgreSQLSource can read its query again from a position only with incremental_column");
        }
    }
}
