package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.test.FreePort;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Numbered events go into a table while the server is killed three times, once so that it recovers by itself, comes back on
 * another port once, and the pump is killed five times.
 */
@SuppressWarnings("try") // the brokers work by themselves
class PostgreSQLLossIT {

    private static final boolean FULL = Boolean.getBoolean("bspump.full");
    private static final int EVENTS = FULL ? 500_000 : 20_000;
    private static final Duration PATIENCE = Duration.ofMinutes(FULL ? 10 : 2);

    /** What happens, one after the other. */
    private static final List<String> FAULTS =
            List.of("server", "pump", "panic", "pump", "failover", "pump", "server", "pump", "pump");

    @TempDir
    Path directory;

    private TestPostgres server;
    private PumpProcess pump;

    @Test
    void copyExactlyOnceWritesEachNumberOnce() throws Exception {
        LossAccount account = run(
                "numbers",
                "CREATE TABLE numbers (n bigint, text text)",
                "[pipeline:Load]\ndelivery = exactly_once",
                "mode = copy");
        account.assertNothingMissing();
        assertThat(account.report().duplicates()).isZero();
    }

    @Test
    void upsertFromMqttWritesEachNumberOnce() throws Exception {
        int port = FreePort.find();
        try (AutoCloseable broker = TestBrokers.mqtt(port, EVENTS)) {
            LossAccount account = run(
                    "mqtt",
                    "CREATE TABLE numbers (n bigint PRIMARY KEY, text text)",
                    "[connection:Broker]\ntype = mqtt\nserver = tcp://127.0.0.1:%d\nclient_id = %s\n"
                                    .formatted(port, TestBrokers.CLIENT)
                            + "receive_maximum = 2000\n[pipeline:Load:MQTTSource]\ntopics = numbers",
                    "mode = upsert\nconflict_keys = n");
            account.assertNothingMissing();
            assertThat(account.report().duplicates()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"at_least_once", "exactly_once"})
    void insertFromKafkaLosesNothing(String delivery) throws Exception {
        int port = FreePort.find();
        try (AutoCloseable broker =
                TestBrokers.kafka(Files.createDirectory(directory.resolve("broker")), port, EVENTS)) {
            LossAccount account = run(
                    "kafka",
                    "CREATE TABLE numbers (n bigint, text text)",
                    "[connection:Broker]\ntype = kafka\nbootstrap_servers = 127.0.0.1:%d\n".formatted(port)
                            + "[pipeline:Load:KafkaSource]\ntopic = numbers\ngroup_id = loader\n"
                            + "auto_offset_reset = earliest\nsession_timeout_ms = 6000\n"
                            + "[pipeline:Load]\ndelivery = " + delivery,
                    "mode = insert");
            account.assertNothingMissing();
            if (delivery.equals("exactly_once")) {
                assertThat(account.report().duplicates()).isZero();
            }
        }
    }

    private LossAccount run(String source, String table, String more, String sink) throws Exception {
        int spare = FreePort.find();
        server = TestPostgres.start();
        try {
            server.run(table);
            Path conf = configuration(server.port(), spare, more, sink);
            startPump(source, conf);
            for (int i = 0; i < FAULTS.size(); i++) {
                long after = EVENTS * (i + 1L) / (FAULTS.size() + 2);
                Awaitility.await().atMost(PATIENCE).until(() -> last() >= after);
                fault(FAULTS.get(i), source, conf, spare);
            }
            Awaitility.await().atMost(PATIENCE).until(() -> last() == EVENTS && count() >= EVENTS);
            pump.terminate();
            assertThat(pump.awaitExit(Duration.ofSeconds(60))).isZero();
            return account(source + " " + sink.replace('\n', ' '));
        } finally {
            pump.close();
            server.close();
        }
    }

    private void fault(String what, String source, Path conf, int spare) {
        switch (what) {
            case "pump" -> {
                pump.kill9();
                pump.close();
                startPump(source, conf);
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

    private LossAccount account(String what) {
        LossAccount account = new LossAccount();
        account.expect(1, EVENTS);
        server.rows("SELECT n FROM numbers").forEach(n -> account.saw(Long.parseLong(n)));
        report(what, account);
        return account;
    }

    @SuppressWarnings("SystemOut")
    private static void report(String what, LossAccount account) {
        System.out.println(what + ": " + EVENTS + " events, faults " + FAULTS + ": " + account);
    }

    private void startPump(String source, Path conf) {
        pump = PumpProcess.main(LossPump.class)
                .jvmArgs(
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-Dloss.source=" + source,
                        "-Dloss.count=" + EVENTS,
                        "-Dloss.position=" + directory.resolve("position"))
                .args("-c", conf.toString())
                .start();
        pump.awaitLine("running", Duration.ofSeconds(60));
    }

    private Path configuration(int port, int spare, String more, String sink) throws IOException {
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
                %s
                [pipeline:Load:PostgreSQLSink]
                table = numbers
                columns = n, text
                batch_size = 200
                %s
                """
                        .formatted(port, spare, TestPostgres.PASSWORD, more, sink));
    }
}
