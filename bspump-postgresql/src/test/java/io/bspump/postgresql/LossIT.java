package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.test.LossAccount;
import io.bspump.test.PumpProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Numbered events go into a table while the server is killed three times, once so that it recovers by itself, comes back on
 * another port once, and the pump is killed five times.
 */
class LossIT {

    private static final boolean FULL = Boolean.getBoolean("bspump.full");
    private static final int EVENTS = FULL ? 500_000 : 40_000;
    private static final Duration PATIENCE = Duration.ofMinutes(FULL ? 10 : 2);

    /** What happens, one after the other. */
    private static final List<String> FAULTS =
            List.of("server", "pump", "panic", "pump", "failover", "pump", "server", "pump", "pump");

    @TempDir
    Path directory;

    private TestPostgres server;
    private PumpProcess pump;

    @Test
    void insertLosesNothing() throws IOException {
        LossAccount account = run("CREATE TABLE numbers (n bigint, text text)", "", "mode = insert");
        account.assertNothingMissing();
    }

    @Test
    void upsertWritesEachNumberOnce() throws IOException {
        LossAccount account =
                run("CREATE TABLE numbers (n bigint PRIMARY KEY, text text)", "", "mode = upsert\nconflict_keys = n");
        account.assertNothingMissing();
        assertThat(account.report().duplicates()).isZero();
    }

    @Test
    void copyExactlyOnceWritesEachNumberOnce() throws IOException {
        LossAccount account =
                run("CREATE TABLE numbers (n bigint, text text)", "delivery = exactly_once", "mode = copy");
        account.assertNothingMissing();
        assertThat(account.report().duplicates()).isZero();
    }

    private LossAccount run(String table, String pipeline, String sink) throws IOException {
        int spare = TestPostgres.freePort();
        server = TestPostgres.start();
        try {
            server.run(table);
            Path conf = configuration(server.port(), spare, pipeline, sink);
            startPump(conf);
            for (int i = 0; i < FAULTS.size(); i++) {
                long after = EVENTS * (i + 1L) / (FAULTS.size() + 2);
                Awaitility.await().atMost(PATIENCE).until(() -> last() >= after);
                fault(FAULTS.get(i), conf, spare);
            }
            Awaitility.await().atMost(PATIENCE).until(() -> last() == EVENTS && count() >= EVENTS);
            pump.terminate();
            assertThat(pump.awaitExit(Duration.ofSeconds(60))).isZero();
            return account();
        } finally {
            pump.close();
            server.close();
        }
    }

    private void fault(String what, Path conf, int spare) {
        switch (what) {
            case "pump" -> {
                pump.kill9();
                pump.close();
                startPump(conf);
            }
            case "panic" -> server.panic();
            case "failover" -> {
                server.kill9();
                server.restartOn(spare);
            }
            default -> {
                server.kill9();
                server.restart();
            }
        }
    }

    private long last() {
        return number("SELECT coalesce(max(n), 0) FROM numbers");
    }

    private long count() {
        return number("SELECT count(*) FROM numbers");
    }

    /** A server that recovers lets nobody in. */
    private long number(String query) {
        try {
            return Long.parseLong(server.rows(query).get(0));
        } catch (IllegalStateException e) {
            return -1;
        }
    }

    private LossAccount account() {
        LossAccount account = new LossAccount();
        account.expect(1, EVENTS);
        server.rows("SELECT n FROM numbers").forEach(n -> account.saw(Long.parseLong(n)));
        report(account);
        return account;
    }

    @SuppressWarnings("SystemOut")
    private static void report(LossAccount account) {
        System.out.println(EVENTS + " events, faults " + FAULTS + ": " + account);
    }

    private void startPump(Path conf) {
        pump = PumpProcess.main(LossPump.class)
                .jvmArgs(
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-Dloss.count=" + EVENTS,
                        "-Dloss.position=" + directory.resolve("position"))
                .args("-c", conf.toString())
                .start();
        pump.awaitLine("running", Duration.ofSeconds(60));
    }

    private Path configuration(int port, int spare, String pipeline, String sink) throws IOException {
        return Files.writeString(
                directory.resolve("pipelines.conf"),
                """
                [general]
                stop_when_finished = no
                [connection:Store]
                type = postgresql
                host = 127.0.0.1:%d, 127.0.0.1:%d
                database = postgres
                user = postgres
                password = %s
                target_role = primary
                reconnect_max_delay = 500ms
                connect_timeout = 5s
                [pipeline:Load]
                %s
                [pipeline:Load:PostgreSQLSink]
                table = numbers
                columns = n, text
                batch_size = 200
                %s
                """
                        .formatted(port, spare, TestPostgres.PASSWORD, pipeline, sink));
    }
}
