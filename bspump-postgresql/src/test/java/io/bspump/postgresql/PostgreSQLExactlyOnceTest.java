package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.test.FaultProxy;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Positions in the transactions of their events. */
@SuppressWarnings("try") // the pump works by itself
class PostgreSQLExactlyOnceTest {

    private static final int EVENTS = 3000;

    @TempDir
    Path directory;

    private TestPostgres server;

    @BeforeEach
    void start() {
        server = TestPostgres.start();
        server.run("CREATE TABLE numbers (n bigint, text text CONSTRAINT fine CHECK (text <> 'number 777'))");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private final class Load extends Pipeline {
        Load(Application app) {
            super(app, "Load");
            build(
                    new NumberSource(app, this, EVENTS, directory.resolve("unused")),
                    new PostgreSQLSink(app, this, "Store"));
        }
    }

    private TestPump pump(int port, String... sink) {
        TestPump pump = new TestPump(
                directory,
                """
                [connection:Store]
                type = postgresql
                host = 127.0.0.1:%d
                user = postgres
                password = right-one
                reconnect_delay = 20ms
                reconnect_max_delay = 100ms
                ping_interval = 200ms
                [general]
                stop_when_finished = no
                [pipeline:Load]
                delivery = exactly_once
                on_error = skip
                [pipeline:Load:PostgreSQLSink]
                table = numbers
                columns = n, text
                batch_size = 50
                linger = 10ms
                %s
                """
                        .formatted(port, String.join("\n", sink)));
        pump.app().pumpService().addPipeline(new Load(pump.app()));
        return pump.start();
    }

    private void untilDone() {
        TestPump.until(() -> position().equals(List.of(Integer.toString(EVENTS))));
    }

    private List<String> position() {
        return server.rows("SELECT to_regclass('bspump_position') IS NOT NULL").contains("t")
                ? server.rows("SELECT value FROM bspump_position WHERE pipeline = 'Load' AND name = 'Numbers/all'")
                : List.of();
    }

    private void assertAllOnce() {
        List<String> expected = IntStream.rangeClosed(1, EVENTS)
                .filter(n -> n != 777)
                .mapToObj(Integer::toString)
                .toList();
        assertThat(server.rows("SELECT n FROM numbers ORDER BY n")).isEqualTo(expected);
    }

    @Test
    void writesThemTogetherAndGoesOnFromThere() {
        try (TestPump pump = pump(server.port())) {
            TestPump.until(() -> !position().isEmpty());
        }
        assertThat(server.rows("SELECT max(n) FROM numbers")).isEqualTo(position());
        try (TestPump pump = pump(server.port())) {
            untilDone();
        }
        assertAllOnce();
    }

    @Test
    void twoPumpsDoNotWriteTheSameEventsTwice() {
        try (TestPump one = pump(server.port());
                TestPump other = pump(server.port(), "mode = copy")) {
            untilDone();
        }
        assertAllOnce();
    }

    @Test
    void commitsWhoseAnswersAreLostAreNotRepeated() {
        try (FaultProxy proxy = FaultProxy.start("127.0.0.1", server.port());
                TestPump pump = pump(proxy.port())) {
            for (int i = 1; i <= 4; i++) {
                int before = i * EVENTS / 6;
                TestPump.until(() -> Integer.parseInt(server.rows("SELECT coalesce(max(n), 0) FROM numbers")
                                .get(0))
                        >= before);
                // What the pump has sent arrives, what it is answered does not.
                proxy.stall(FaultProxy.Direction.TO_CLIENT);
                TestPump.until(() -> server.rows(
                                "SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid()"
                                        + " AND backend_type = 'client backend'")
                        .contains("0"));
                proxy.reset();
                proxy.heal();
            }
            untilDone();
        }
        assertAllOnce();
    }

    @Test
    void usesATableThatIsThere() {
        server.run(
                "CREATE SCHEMA own",
                "CREATE TABLE own.places (pipeline text, name text, value text, batch text, changed timestamptz,"
                        + " PRIMARY KEY (pipeline, name))");
        try (TestPump pump = pump(server.port(), "position_table = own.places", "position_key = somebody")) {
            TestPump.until(() -> server.rows("SELECT value FROM own.places WHERE pipeline = 'somebody'")
                    .contains(Integer.toString(EVENTS)));
        }
        assertAllOnce();
    }

    @Test
    void saysWhatIsMissingWhenItMayNotMakeTheTable() {
        server.run(
                "CREATE ROLE writer LOGIN PASSWORD 'right-one'",
                "GRANT INSERT ON numbers TO writer",
                "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        try (TestPump pump = new TestPump(
                directory,
                """
                [connection:Store]
                type = postgresql
                host = 127.0.0.1:%d
                user = writer
                database = postgres
                password = right-one
                [pipeline:Load]
                delivery = exactly_once
                [pipeline:Load:PostgreSQLSink]
                table = numbers
                columns = n, text
                """
                        .formatted(server.port()))) {
            Pipeline pipeline = pump.app().pumpService().addPipeline(new Load(pump.app()));
            pump.start();
            TestPump.until(() -> pipeline.state() == PipelineState.ERROR);
            assertThat(pipeline.error().orElseThrow().error())
                    .hasMessageContaining("42501 permission denied for schema public");
        }
    }
}
