package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.PipelineState;
import io.bspump.test.FaultProxy;
import io.bspump.test.PipelineTester;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What servers and people do to a sink that is at work: the right state and message, and nothing is lost. */
class PostgreSQLSinkTroubleTest {

    private TestPostgres server;

    @BeforeEach
    void start() {
        server = TestPostgres.start();
        server.run("CREATE TABLE t (id bigint, name text)");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private PipelineTester tester(String... keysAndValues) {
        Map<String, String> config = new HashMap<>(Map.of("table", "t", "columns", "id, name"));
        for (int i = 0; i < keysAndValues.length; i += 2) {
            config.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return SinkTester.of(server, config);
    }

    private static void push(PipelineTester tester, int from, int to) {
        tester.pushAll(IntStream.range(from, to)
                .mapToObj(i -> Map.of("id", i, "name", "n" + i))
                .toArray());
    }

    private static void deliver(PipelineTester tester, int from, int to) {
        push(tester, from, to);
        SinkTester.untilSettled(tester);
        tester.assertAllDelivered();
    }

    private static void untilError(PipelineTester tester) {
        SinkTester.until(tester, () -> tester.state() == PipelineState.ERROR);
    }

    @Test
    void tableDroppedWhileRunning() {
        try (PipelineTester tester = tester()) {
            deliver(tester, 0, 3);
            server.run("DROP TABLE t");
            push(tester, 3, 4);
            untilError(tester);
            assertThat(SinkTester.error(tester))
                    .hasMessage("table 't' does not exist, or is not to be seen by the user");
            server.run("CREATE TABLE t (id bigint, name text)");
            tester.resume();
            SinkTester.untilSettled(tester);
            tester.assertAllDelivered();
        }
        assertThat(server.rows("SELECT * FROM t")).containsExactly("3 n3");
    }

    @Test
    void tableMadeAnewIsNoErrorAtAll() {
        try (PipelineTester tester = tester()) {
            deliver(tester, 0, 3);
            server.run("DROP TABLE t", "CREATE TABLE t (name varchar(9), id int)");
            deliver(tester, 3, 4);
        }
        assertThat(server.rows("SELECT id, name FROM t")).containsExactly("3 n3");
    }

    @Test
    void columnTypeChangedWhileRunning() {
        try (PipelineTester tester = tester()) {
            deliver(tester, 0, 2);
            server.run("ALTER TABLE t ALTER id TYPE text, ALTER name TYPE jsonb USING to_jsonb(name)");
            tester.push(Map.of("id", 2, "name", Map.of("a", 1)));
            SinkTester.untilSettled(tester);
            tester.assertAllDelivered();
            server.run("ALTER TABLE t ALTER id TYPE int[] USING ARRAY[id::int]");
            tester.push(Map.of("id", java.util.List.of(3, 4)));
            SinkTester.untilSettled(tester);
            tester.assertAllDelivered();
        }
        assertThat(server.rows("SELECT * FROM t"))
                .containsExactly("{0} \"n0\"", "{1} \"n1\"", "{2} {\"a\": 1}", "{3,4} null");
    }

    @Test
    void columnThatDoesNotExist() {
        try (PipelineTester tester = tester("columns", "id, nmae")) {
            push(tester, 0, 1);
            untilError(tester);
            assertThat(SinkTester.error(tester)).hasMessage("table 't' has no column 'nmae' (it has id, name)");
        }
    }

    @Test
    void waitsForALock() throws SQLException {
        try (PipelineTester tester = tester("statement_timeout", "300ms");
                Connection other = server.open();
                Statement statement = other.createStatement()) {
            deliver(tester, 0, 1);
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE t");
            push(tester, 1, 5);
            // It has been told at least once that it took too long.
            SinkTester.until(
                    tester, () -> server.rows("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                            .contains("1"));
            SinkTester.until(
                    tester, () -> server.rows("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                            .contains("0"));
            assertThat(tester.state()).isEqualTo(PipelineState.RUNNING);
            assertThat(tester.settlements()).containsNull();
            other.rollback();
            SinkTester.untilSettled(tester);
            tester.assertAllDelivered();
        }
        assertThat(server.rows("SELECT count(*) FROM t")).containsExactly("5");
    }

    /** As long as the issue says with all sizes full; it is said in the log how often it took too long. */
    @ParameterizedTest
    @ValueSource(strings = {"0s", "6s"})
    void lockHeldForAMinute(String timeout) throws SQLException {
        Duration held = Duration.ofSeconds(Boolean.getBoolean("bspump.full") ? 60 : 2);
        try (PipelineTester tester = tester("statement_timeout", timeout);
                Connection other = server.open();
                Statement statement = other.createStatement()) {
            deliver(tester, 0, 1);
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE t");
            push(tester, 1, 5);
            SinkTester.until(
                    tester, () -> server.rows("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                            .contains("1"));
            Awaitility.await()
                    .pollInSameThread()
                    .pollInterval(Duration.ofMillis(100))
                    .atMost(held.plusSeconds(10))
                    .during(held)
                    .until(() -> {
                        tester.advance(Duration.ofMillis(100));
                        return tester.state() == PipelineState.RUNNING
                                && tester.settlements().contains(null)
                                && SinkTester.connection(tester).status().isConnected();
                    });
            other.rollback();
            SinkTester.untilSettled(tester);
            tester.assertAllDelivered();
            assertThat(SinkTester.errors(tester)).isEmpty();
        }
        assertThat(server.rows("SELECT id FROM t ORDER BY id")).containsExactly("0", "1", "2", "3", "4");
    }

    @Test
    void deadlocksAreTriedAgain() throws SQLException {
        server.run("DROP TABLE t", "CREATE TABLE t (id bigint PRIMARY KEY, name text)");
        server.run("INSERT INTO t VALUES (1, 'x'), (2, 'x')");
        try (PipelineTester tester = tester("mode", "upsert", "conflict_keys", "id", "options", "deadlock_timeout=2s");
                Connection other = server.open();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SET deadlock_timeout = '60s'");
            statement.execute("UPDATE t SET name = 'y' WHERE id = 2");
            push(tester, 1, 3);
            SinkTester.until(
                    tester, () -> server.rows("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                            .contains("1"));
            statement.execute("UPDATE t SET name = 'y' WHERE id = 1");
            other.commit();
            SinkTester.untilSettled(tester);
            tester.assertAllDelivered();
        }
        assertThat(server.rows("SELECT * FROM t ORDER BY id")).containsExactly("1 n1", "2 n2");
    }

    @Test
    void waitsWhileTheServerIsDown() {
        try (PipelineTester tester = tester()) {
            deliver(tester, 0, 1);
            server.kill9();
            push(tester, 1, 50);
            SinkTester.until(tester, () -> tester.pipeline().waitingFor().isPresent());
            assertThat(tester.state()).isEqualTo(PipelineState.RUNNING);
            server.restart();
            SinkTester.untilSettled(tester);
            tester.assertAllDelivered();
        }
        assertThat(server.rows("SELECT count(DISTINCT id) FROM t")).containsExactly("50");
    }

    @Test
    void waitsWhileNothingComesThrough() {
        try (FaultProxy proxy = FaultProxy.start("127.0.0.1", server.port());
                PipelineTester tester = SinkTester.at(
                        proxy.port(),
                        Map.of(
                                "table",
                                "t",
                                "columns",
                                "id, name",
                                "ping_interval",
                                "100ms",
                                "ping_timeout",
                                "300ms",
                                "connect_timeout",
                                "1s"))) {
            deliver(tester, 0, 1);
            proxy.stall();
            push(tester, 1, 10);
            SinkTester.until(tester, () -> tester.pipeline().waitingFor().isPresent());
            proxy.heal();
            SinkTester.untilSettled(tester);
            tester.assertAllDelivered();
        }
        assertThat(server.rows("SELECT count(DISTINCT id) FROM t")).containsExactly("10");
    }

    @Test
    void waitsWhileTheServerIsReadOnly() {
        server.run("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()");
        try (PipelineTester tester = tester()) {
            push(tester, 0, 3);
            SinkTester.until(tester, () -> tester.pipeline().waitingFor().isPresent());
            assertThat(tester.state()).isEqualTo(PipelineState.RUNNING);
            server.run(
                    "SET default_transaction_read_only = off",
                    "ALTER SYSTEM RESET default_transaction_read_only",
                    "SELECT pg_reload_conf()");
            SinkTester.untilSettled(tester);
            tester.assertAllDelivered();
        }
        assertThat(server.rows("SELECT count(*) FROM t")).containsExactly("3");
    }

    @Test
    void waitsWhileTheDiskIsFull() {
        // A limit that the server reports as the disk is reported: with 53100 from its own function.
        server.run(
                "CREATE TABLE full_disk ()",
                """
                CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                  IF EXISTS (SELECT FROM pg_class WHERE relname = 'full_disk') THEN
                    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
                  END IF;
                  RETURN NEW;
                END $$
                """,
                "CREATE TRIGGER fails BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION fail()");
        try (PipelineTester tester = tester()) {
            push(tester, 0, 3);
            SinkTester.until(tester, () -> tester.pipeline().waitingFor().isPresent());
            assertThat(tester.state()).isEqualTo(PipelineState.RUNNING);
            server.run("DROP TABLE full_disk");
            SinkTester.untilSettled(tester);
            tester.assertAllDelivered();
        }
        assertThat(server.rows("SELECT count(*) FROM t")).containsExactly("3");
    }
}
