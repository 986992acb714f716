package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.json.JsonDocument;
import io.bspump.test.PumpProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random transactions while the server and the pump are killed: what the pump has emitted, applied to an empty table, gives the
 * same table; and the server keeps no more of its log than what has not settled.
 */
class ReplicationLossTest {

    private static final int CHANGES = Boolean.getBoolean("bspump.full") ? 200_000 : 5_000;
    private static final int KILLS = Boolean.getBoolean("bspump.full") ? 12 : 5;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);

    @TempDir
    Path directory;

    private int changes;

    private int moved;
    private int serverKills;
    private int pumpKills;

    @Test
    void theChangesMakeTheSameTable() throws Exception {
        Path lines = Files.createFile(directory.resolve("lines"));
        try (TestPostgres server = TestPostgres.start()) {
            server.run("CREATE TABLE work (id int PRIMARY KEY, what text, n bigint)");
            Path conf = configuration(server);
            PumpProcess pump = pump(lines, conf);
            try {
                untilSlot(server);
                for (int kill : kills()) {
                    change(server, kill);
                    if (serverIsNext()) {
                        server.kill9();
                        server.restart();
                    } else {
                        pump.kill9();
                        pump.close();
                        pump = pump(lines, conf);
                    }
                }
                change(server, CHANGES);
                untilConfirmed(server);
            } finally {
                pump.close();
            }
            report(lines);
            assertThat(applied(lines)).as("seed %d", seed).isEqualTo(table(server));
        }
    }

    /** After how many changes to kill, in ascending order. */
    private int[] kills() {
        return random.ints(KILLS, 1, CHANGES).sorted().toArray();
    }

    /** Chooses whom to kill, each of the two at least once. */
    private boolean serverIsNext() {
        boolean server = random.nextBoolean();
        if (serverKills + pumpKills == KILLS - 1 && Math.min(serverKills, pumpKills) == 0) {
            server = serverKills == 0;
        }
        serverKills += server ? 1 : 0;
        pumpKills += server ? 0 : 1;
        return server;
    }

    private Path configuration(TestPostgres server) throws IOException {
        return Files.writeString(
                directory.resolve("pipelines.conf"),
                "[general]\nvar_dir = " + directory.resolve("var") + "\n[connection:Server]\ntype = postgresql\n"
                        + "reconnect_max_delay = 500ms\n" + server.section()
                        + "[pipeline:Relay:PostgreSQLLogicalReplicationSource]\nslot = loss\ntables = work\n"
                        + "commit_interval = 100ms\n");
    }

    private static PumpProcess pump(Path lines, Path conf) {
        return PumpProcess.main(ReplicationLossPump.class)
                .jvmArgs("-Xmx128m", "-XX:TieredStopAtLevel=1")
                .args(lines.toString(), "-c", conf.toString())
                .start();
    }

    private static void untilSlot(TestPostgres server) {
        Awaitility.await().atMost(PATIENCE).until(() -> !server.rows("SELECT 1 FROM pg_replication_slots")
                .isEmpty());
    }

    /** The slot is moved to the end of the log: nothing more is kept than what has not settled. */
    private static void untilConfirmed(TestPostgres server) {
        String end = server.rows("SELECT pg_current_wal_lsn()").get(0);
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> Lsn.parse(server.rows("SELECT confirmed_flush_lsn FROM pg_replication_slots")
                                .get(0))
                        >= Lsn.parse(end));
    }

    /** Makes transactions until there have been so many changes. */
    private void change(TestPostgres server, int until) throws SQLException {
        try (Connection connection = server.open();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            while (changes < until) {
                int size = 1 + random.nextInt(random.nextInt(10) == 0 ? 500 : 10);
                for (int i = 0; i < size; i++) {
                    statement.execute(statement(random.nextInt(1000)));
                }
                if (random.nextInt(10) == 0) {
                    connection.rollback();
                } else {
                    connection.commit();
                    changes += size;
                }
            }
        }
    }

    private String statement(int id) {
        int kind = random.nextInt(2000);
        if (kind == 0) {
            return "TRUNCATE work";
        }
        if (kind < 500) {
            return "DELETE FROM work WHERE id = " + id;
        }
        if (kind < 700) {
            return "UPDATE work SET id = " + (1000 + moved++) + " WHERE id = " + id;
        }
        return "INSERT INTO work VALUES (" + id + ", 'text " + random.nextInt() + "', " + random.nextLong()
                + ") ON CONFLICT (id) DO UPDATE SET what = excluded.what, n = excluded.n";
    }

    private static Map<Object, Object> table(TestPostgres server) {
        Map<Object, Object> table = new TreeMap<>();
        for (String row : server.rows("SELECT id || '|' || what || '|' || n FROM work")) {
            String[] values = row.split("\\|", 2);
            table.put(Integer.valueOf(values[0]), values[1]);
        }
        return table;
    }

    private static Map<Object, Object> applied(Path lines) throws IOException {
        Map<Object, Object> table = new TreeMap<>();
        for (String line : Files.readAllLines(lines)) {
            apply((Map<?, ?>) java.util.Objects.requireNonNull(JsonDocument.parse(line)), table);
        }
        return table;
    }

    private static void apply(Map<?, ?> event, Map<Object, Object> table) {
        if (event.get("operation").equals("truncate")) {
            table.clear();
        }
        if (event.get("old") instanceof Map<?, ?> old) {
            table.remove(old.get("id"));
        }
        if (event.get("new") instanceof Map<?, ?> row) {
            table.put(row.get("id"), row.get("what") + "|" + row.get("n"));
        }
    }

    @SuppressWarnings("SystemOut")
    private void report(Path lines) throws IOException {
        List<String> all = Files.readAllLines(lines);
        System.out.println(changes + " statements, server killed " + serverKills + " times, pump " + pumpKills + ", "
                + all.size() + " events, "
                + (all.size() - all.stream().distinct().count()) + " lines that were there before, seed " + seed);
    }
}
