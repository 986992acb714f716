package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.test.RecordingSink;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgreSQLLogicalReplicationSourceTest {

    private static TestPostgres server;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() {
        server = TestPostgres.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** Nothing is left behind by a pump that has stopped: nobody reads a slot. */
    @AfterEach
    void clean() {
        assertThat(server.rows("SELECT count(*) FROM pg_stat_replication")).containsExactly("0");
        server.run(
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots",
                "DO $$ DECLARE p name; BEGIN FOR p IN SELECT pubname FROM pg_publication LOOP EXECUTE format('DROP"
                        + " PUBLICATION %I', p); END LOOP; END $$");
    }

    private RunningPump pump(TestPostgres to, String section) {
        return RunningPump.of(
                directory,
                to,
                "[pipeline:P]\nmax_in_flight = 1000\n[pipeline:P:PostgreSQLLogicalReplicationSource]\nconnection = Server\n"
                        + "commit_interval = 20ms\n" + section);
    }

    private RunningPump pump(String section) {
        return pump(server, section);
    }

    private static RecordingSink source(RunningPump pump) {
        return pump.record("P", PostgreSQLLogicalReplicationSource::new);
    }

    /** A slot is active while it is created, too; it is read once a sender of the log has it. */
    private static void untilReading(TestPostgres from) {
        RunningPump.until(
                () -> from.rows("SELECT count(*) FROM pg_replication_slots JOIN pg_stat_replication ON pid = active_pid"
                                + " WHERE state IN ('catchup', 'streaming')")
                        .equals(List.of("1")));
    }

    private static String error(RecordingSink recorder) {
        RunningPump.until(() -> recorder.pipeline().isError());
        return recorder.pipeline().error().orElseThrow().toString();
    }

    private static Map<?, ?> event(RecordingSink recorder, int number) {
        return (Map<?, ?>) recorder.seen().get(number).event();
    }

    @Test
    void everyKindOfChangeIsAnEventWithOldAndNewRow() {
        server.run("CREATE TABLE kinds (id int PRIMARY KEY, what text, tags text[])");
        try (RunningPump pump = pump("slot = kinds\ntables = kinds")) {
            RecordingSink recorder = source(pump);
            pump.start();
            untilReading(server);
            server.run(
                    "BEGIN; INSERT INTO kinds VALUES (1, 'a', '{x}'), (2, NULL, NULL);"
                            + " UPDATE kinds SET what = 'b' WHERE id = 1; UPDATE kinds SET id = 3 WHERE id = 2; COMMIT",
                    "DELETE FROM kinds WHERE id = 3",
                    "ALTER TABLE kinds REPLICA IDENTITY FULL",
                    "UPDATE kinds SET what = 'c'",
                    "DELETE FROM kinds",
                    "TRUNCATE kinds RESTART IDENTITY");
            RunningPump.await(recorder, 8);
            Map<String, Object> two = new java.util.HashMap<>(Map.of("id", 2));
            two.put("what", null);
            two.put("tags", null);
            assertThat(event(recorder, 0))
                    .isEqualTo(Map.of(
                            "operation",
                            "insert",
                            "schema",
                            "public",
                            "table",
                            "kinds",
                            "new",
                            Map.of("id", 1, "what", "a", "tags", List.of("x"))));
            assertThat(event(recorder, 1).get("new")).isEqualTo(two);
            assertThat(event(recorder, 2))
                    .isEqualTo(Map.of(
                            "operation",
                            "update",
                            "schema",
                            "public",
                            "table",
                            "kinds",
                            "new",
                            Map.of("id", 1, "what", "b", "tags", List.of("x"))));
            assertThat(event(recorder, 3).get("old")).isEqualTo(Map.of("id", 2));
            assertThat(event(recorder, 4))
                    .isEqualTo(Map.of(
                            "operation", "delete", "schema", "public", "table", "kinds", "old", Map.of("id", 3)));
            assertThat(event(recorder, 5).get("old")).isEqualTo(Map.of("id", 1, "what", "b", "tags", List.of("x")));
            assertThat(event(recorder, 6).get("old")).isEqualTo(Map.of("id", 1, "what", "c", "tags", List.of("x")));
            assertThat(event(recorder, 7))
                    .isEqualTo(Map.of(
                            "operation",
                            "truncate",
                            "schema",
                            "public",
                            "table",
                            "kinds",
                            "cascade",
                            false,
                            "restart_identity",
                            true));
            Map<String, Object> context = recorder.seen().get(1).context();
            assertThat(context)
                    .containsEntry("postgresql_schema", "public")
                    .containsEntry("postgresql_table", "kinds")
                    .containsEntry("postgresql_sequence", 2L);
            assertThat(context.get("postgresql_commit_time")).isInstanceOf(Instant.class);
            assertThat(context.get("postgresql_xid")).isInstanceOf(Long.class);
            assertThat(Lsn.parse((String) context.get("postgresql_lsn"))).isPositive();
        }
    }

    @Test
    void largeValuesThatHaveNotChangedAreMarked() {
        server.run(
                "CREATE TABLE large (id int PRIMARY KEY, n int, big text)",
                "ALTER TABLE large ALTER big SET STORAGE EXTERNAL",
                "INSERT INTO large VALUES (1, 1, repeat('x', 100000))");
        try (RunningPump pump = pump("slot = large\ntables = public.large")) {
            RecordingSink recorder = source(pump);
            pump.start();
            untilReading(server);
            server.run("UPDATE large SET n = 2", "ALTER TABLE large REPLICA IDENTITY FULL", "UPDATE large SET n = 3");
            RunningPump.await(recorder, 2);
            assertThat(event(recorder, 0).get("new")).isEqualTo(Map.of("id", 1, "n", 2));
            assertThat(event(recorder, 0).get("unchanged")).isEqualTo(List.of("big"));
            assertThat(event(recorder, 1).get("new")).isEqualTo(Map.of("id", 1, "n", 3, "big", "x".repeat(100_000)));
            assertThat(event(recorder, 1).containsKey("unchanged")).isFalse();
        }
    }

    @Test
    void typesOfTheDatabaseAreKnown() {
        server.run(
                "CREATE TYPE color AS ENUM ('red', 'blue')",
                "CREATE DOMAIN amount AS numeric",
                "CREATE TABLE own_types (c color, cs color[], a amount, j jsonb, t timestamptz)");
        try (RunningPump pump = pump("slot = own_types\ntables = own_types")) {
            RecordingSink recorder = source(pump);
            pump.start();
            untilReading(server);
            server.run(
                    "INSERT INTO own_types VALUES ('red', '{red,blue}', 1.50, '{\"a\": null}', '2026-01-31 01:02:03+01')");
            RunningPump.await(recorder, 1);
            assertThat(event(recorder, 0).get("new"))
                    .isEqualTo(Map.of(
                            "c",
                            "red",
                            "cs",
                            List.of("red", "blue"),
                            "a",
                            new java.math.BigDecimal("1.50"),
                            "j",
                            Collections.singletonMap("a", null),
                            "t",
                            Instant.parse("2026-01-31T00:02:03Z")));
        }
    }

    @Test
    void theSlotIsConfirmedOnlyOverSettledTransactions() {
        server.run("CREATE TABLE slow (id int)");
        try (RunningPump pump = pump("slot = slow\ntables = slow")) {
            RecordingSink recorder = source(pump);
            recorder.hold();
            pump.start();
            untilReading(server);
            String before = confirmed("slow");
            server.run("INSERT INTO slow VALUES (1), (2)", "INSERT INTO slow VALUES (3)");
            RunningPump.await(recorder, 3);
            String first = (String) recorder.seen().get(0).context().get("postgresql_lsn");
            String second = (String) recorder.seen().get(2).context().get("postgresql_lsn");
            RunningPump.confirm(recorder, 1);
            RunningPump.until(() -> recorder.pipeline().unsettled() == 2);
            server.run("SELECT pg_logical_emit_message(true, 'other', 'x')");
            assertThat(Lsn.parse(confirmed("slow"))).isLessThanOrEqualTo(Lsn.parse(first));
            assertThat(Lsn.parse(confirmed("slow"))).isGreaterThanOrEqualTo(Lsn.parse(before));
            RunningPump.confirm(recorder, 1);
            RunningPump.until(() -> Lsn.parse(confirmed("slow")) > Lsn.parse(first));
            assertThat(Lsn.parse(confirmed("slow"))).isLessThanOrEqualTo(Lsn.parse(second));
            RunningPump.confirm(recorder, 1);
            RunningPump.until(() -> Lsn.parse(confirmed("slow")) > Lsn.parse(second));
        }
    }

    private static String confirmed(String slot) {
        return server.rows("SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '" + slot + "'")
                .get(0);
    }

    @Test
    void anIdleSlotMovesWithTheLog() {
        server.run("CREATE TABLE watched (id int)", "CREATE TABLE other (id int)");
        try (RunningPump pump = pump("slot = watched\ntables = watched")) {
            source(pump);
            pump.start();
            untilReading(server);
            server.run("INSERT INTO other SELECT generate_series(1, 1000)");
            String end = server.rows("SELECT pg_current_wal_lsn()").get(0);
            RunningPump.until(() -> Lsn.parse(confirmed("watched")) >= Lsn.parse(end));
        }
    }

    @Test
    void aCleanStopGoesOnExactlyBehindTheLastEvent() {
        server.run("CREATE TABLE numbers (id int)");
        String section = "slot = numbers\ntables = numbers";
        try (RunningPump pump = pump(section)) {
            RecordingSink recorder = source(pump);
            pump.start();
            untilReading(server);
            server.run("INSERT INTO numbers SELECT generate_series(1, 100)");
            RunningPump.await(recorder, 100);
        }
        server.run("INSERT INTO numbers SELECT generate_series(101, 200)");
        try (RunningPump pump = pump(section)) {
            RecordingSink recorder = source(pump);
            pump.start();
            RunningPump.await(recorder, 100);
            assertThat(recorder.seen().stream().map(each -> id(each.event())).toList())
                    .isEqualTo(IntStream.rangeClosed(101, 200).boxed().toList());
        }
    }

    private static Object id(Object event) {
        return ((Map<?, ?>) ((Map<?, ?>) event).get("new")).get("id");
    }

    @Test
    void aServerThatIsKilledMakesNoEventTwice() {
        try (TestPostgres other = TestPostgres.start()) {
            other.run("CREATE TABLE many (id int)");
            try (RunningPump pump = pump(other, "slot = many\ntables = many")) {
                RecordingSink recorder = source(pump);
                recorder.hold();
                pump.start();
                untilReading(other);
                other.run(
                        "INSERT INTO many SELECT generate_series(1, 20)",
                        "INSERT INTO many SELECT generate_series(21, 5000)");
                RunningPump.await(recorder, 1000); // in the middle of the second transaction
                other.kill9();
                other.restart();
                untilReading(other);
                recorder.release();
                RunningPump.await(recorder, 5000);
                other.run("INSERT INTO many VALUES (5001)");
                RunningPump.await(recorder, 5001);
                assertThat(recorder.seen().stream()
                                .map(each -> id(each.event()))
                                .toList())
                        .isEqualTo(IntStream.rangeClosed(1, 5001).boxed().toList());
            }
        }
    }

    @Test
    void aSlowPipelineIsNotCutOff() {
        try (TestPostgres other = TestPostgres.start("wal_sender_timeout=2s")) {
            other.run("CREATE TABLE held (id int)");
            try (RunningPump pump = pump(other, "slot = held\ntables = held")) {
                RecordingSink recorder = source(pump);
                recorder.hold();
                pump.start();
                untilReading(other);
                String pid = other.rows("SELECT pid FROM pg_stat_replication").get(0);
                other.run("INSERT INTO held SELECT generate_series(1, 50000)");
                RunningPump.await(recorder, 1000);
                String answers =
                        "SELECT count(*) FROM pg_stat_replication WHERE now() > backend_start + interval '6 s'";
                RunningPump.until(() -> other.rows(answers).equals(List.of("1")));
                assertThat(recorder.seen()).hasSize(1000);
                assertThat(other.rows("SELECT pid FROM pg_stat_replication")).containsExactly(pid);
                recorder.release();
                RunningPump.await(recorder, 50_000);
                assertThat(recorder.seen()).hasSize(50_000);
            }
        }
    }

    @Test
    void aSlotInUseIsWaitedFor() {
        server.run("CREATE TABLE shared (id int)");
        try (RunningPump first = pump("slot = shared\ntables = shared")) {
            source(first);
            first.start();
            untilReading(server);
            try (RunningPump second = pump("slot = shared\ntables = shared")) {
                RecordingSink recorder = source(second);
                second.start();
                RunningPump.until(() -> second.connection("Server").status().isConnected());
                assertThat(recorder.pipeline().isError()).isFalse();
                first.app().stop();
                untilReading(server);
                server.run("INSERT INTO shared VALUES (1)");
                RunningPump.await(recorder, 1);
                assertThat(recorder.seen()).hasSize(1);
            }
        }
    }

    @Test
    void whatIsMissingIsNamed() {
        try (RunningPump pump = pump("slot = missing\ncreate = no")) {
            RecordingSink recorder = source(pump);
            pump.start();
            assertThat(error(recorder))
                    .contains(
                            "[pipeline:P:PostgreSQLLogicalReplicationSource] publication must be one of the database, was"
                                    + " 'missing'");
            server.run("CREATE PUBLICATION missing FOR ALL TABLES");
            recorder.pipeline().resume();
            RunningPump.until(() -> error(recorder).contains("slot must be one of the server, was 'missing'"));
        }
    }

    @Test
    void aTableThatThePublicationLacksIsNamed() {
        server.run("CREATE TABLE has (id int)", "CREATE PUBLICATION lacks FOR TABLE has");
        try (RunningPump pump = pump("slot = lacks\ntables = has, public.has, has_not")) {
            RecordingSink recorder = source(pump);
            pump.start();
            assertThat(error(recorder))
                    .contains(
                            "tables must be of the publication 'lacks', it lacks 'has_not'; add them with ALTER PUBLICATION");
        }
    }

    @Test
    void aSlotOfAnotherPluginIsRefused() {
        server.run("SELECT pg_create_logical_replication_slot('foreign', 'test_decoding')");
        try (RunningPump pump = pump("slot = foreign")) {
            RecordingSink recorder = source(pump);
            pump.start();
            assertThat(error(recorder))
                    .contains("slot must be one of pgoutput in this database, 'foreign' is one of test_decoding");
        }
    }

    @Test
    void aSlotThatDisappearsIsNotMadeAnewInSilence() {
        server.run("CREATE TABLE gone (id int)");
        try (RunningPump pump = pump("slot = gone\ntables = gone")) {
            RecordingSink recorder = source(pump);
            pump.start();
            untilReading(server);
            server.run("DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_replication; LOOP BEGIN"
                    + " PERFORM pg_drop_replication_slot('gone'); EXIT; EXCEPTION WHEN object_in_use THEN"
                    + " PERFORM pg_terminate_backend(pid) FROM pg_stat_replication; END; END LOOP; END $$");
            assertThat(error(recorder)).contains("the slot 'gone' is not there any more, changes may be missing");
        }
    }

    @Test
    void aNameThatNoSlotCanHaveIsRefused() {
        try (RunningPump pump = pump("slot = My-Slot")) {
            assertThatThrownBy(() -> source(pump))
                    .hasMessageStartingWith(
                            "[pipeline:P:PostgreSQLLogicalReplicationSource] slot must consist of up to 63 of"
                                    + " a-z, 0-9 and _, was 'My-Slot'");
        }
    }

    @Test
    void changesOfWhatIsNotWantedComeNot() {
        server.run("CREATE TABLE wanted (id int)", "CREATE TABLE unwanted (id int)");
        try (RunningPump pump = pump("slot = wanted\ntables = wanted")) {
            RecordingSink recorder = source(pump);
            pump.start();
            untilReading(server);
            server.run("INSERT INTO unwanted VALUES (1)", "INSERT INTO wanted VALUES (2)");
            RunningPump.await(recorder, 1);
            assertThat(recorder.seen().stream().map(each -> id(each.event())).toList())
                    .isEqualTo(Arrays.asList(2));
        }
    }
}
