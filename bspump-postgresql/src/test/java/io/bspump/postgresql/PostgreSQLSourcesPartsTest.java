package io.bspump.postgresql;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Source;
import io.bspump.test.SourceContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Schedulers;

class PostgreSQLSourcesPartsTest {

    private static TestPostgres server;

    @BeforeAll
    static void start() {
        server = TestPostgres.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Map<String, Object> config(String key, Object value, String key2, Object value2) {
        return Map.of(
                "host",
                "127.0.0.1",
                "port",
                server.port(),
                "database",
                TestPostgres.DATABASE,
                "user",
                TestPostgres.USER,
                "password",
                TestPostgres.PASSWORD,
                key,
                value,
                key2,
                value2);
    }

    @Nested
    class PostgreSQLSourceContract extends SourceContract {

        @Override
        protected void prepare(int count) {
            server.run(
                    "DROP TABLE IF EXISTS contract",
                    "CREATE TABLE contract AS SELECT i FROM generate_series(1, " + count + ") i");
        }

        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return new PostgreSQLSource(
                    app, pipeline, null, null, config("query", "SELECT i FROM contract ORDER BY i", "fetch_size", 7));
        }
    }

    @Nested
    class IncrementalPostgreSQLSourceContract extends SourceContract {

        @TempDir
        Path directory;

        @Override
        protected String configuration() {
            return "[general]\nvar_dir = " + directory.resolve("var") + "\n";
        }

        @Override
        protected void prepare(int count) {
            if (Files.exists(directory.resolve("var"))) {
                TestPostgres.delete(directory.resolve("var"));
            }
            server.run(
                    "DROP TABLE IF EXISTS incremental",
                    "CREATE TABLE incremental AS SELECT i, i / 4 AS n FROM generate_series(1, " + count + ") i");
        }

        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return new PostgreSQLSource(
                    app, pipeline, null, null, config("query", "SELECT * FROM incremental", "incremental_column", "n"));
        }
    }

    @Nested
    class PostgreSQLLogicalReplicationSourceContract extends SourceContract {

        /** Before the source makes one; the changes come after that. */
        @Override
        protected void prepare(int count) {
            server.run(
                    "DO $$ BEGIN WHILE EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'contract') LOOP BEGIN"
                            + " PERFORM pg_drop_replication_slot('contract'); EXCEPTION WHEN object_in_use THEN"
                            + " PERFORM pg_sleep(0.01); END; END LOOP; END $$",
                    "DROP PUBLICATION IF EXISTS contract",
                    "DROP TABLE IF EXISTS changes",
                    "CREATE TABLE changes (i int)",
                    "CREATE PUBLICATION contract FOR TABLE changes");
            server.run("SELECT pg_create_logical_replication_slot('contract', 'pgoutput')");
            server.run("INSERT INTO changes SELECT generate_series(1, " + count + ")");
        }

        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return new PostgreSQLLogicalReplicationSource(
                    app, pipeline, null, null, config("slot", "contract", "commit_interval", "50ms"));
        }
    }

    @Nested
    class PostgreSQLNotificationSourceContract extends SourceContract {

        private final Disposable.Swap speaker = Disposables.swap();

        @AfterEach
        void silence() {
            speaker.dispose();
        }

        /** The server keeps nothing, so each session that begins to listen is told everything. */
        @Override
        protected void prepare(int count) {
            Set<String> told = new HashSet<>();
            speaker.update(Schedulers.boundedElastic()
                    .schedulePeriodically(
                            () -> server.rows("SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%'").stream()
                                    .filter(told::add)
                                    .forEach(pid -> server.run("SELECT pg_notify('contract', i::text) FROM"
                                            + " generate_series(1, " + count + ") i")),
                            0,
                            20,
                            TimeUnit.MILLISECONDS));
        }

        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return new PostgreSQLNotificationSource(
                    app, pipeline, null, null, config("channels", "contract", "buffer", "1MB"));
        }
    }
}
