package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Pipeline;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A password is changed in the server and in the file while events flow. */
class PasswordRotationTest {

    private static final int EVENTS = 200_000;

    @TempDir
    Path directory;

    private static String configuration(TestPostgres server, String password) {
        return """
                [connection:Store]
                type = postgresql
                host = 127.0.0.1:%d
                user = writer
                database = postgres
                password = %s
                reconnect_max_delay = 100ms
                auth_retry_delay = 200ms
                ping_interval = 100ms
                [general]
                stop_when_finished = no
                [pipeline:Load:PostgreSQLSink]
                table = numbers
                columns = n
                batch_size = 100
                """
                .formatted(server.port(), password);
    }

    private final class Load extends Pipeline {
        Load(Application app) {
            super(app, "Load");
            build(
                    new NumberSource(app, this, EVENTS, directory.resolve("position")),
                    new PostgreSQLSink(app, this, "Store"));
        }
    }

    private static long written(TestPostgres server) {
        return Long.parseLong(server.rows("SELECT count(*) FROM numbers").get(0));
    }

    private static void untilMore(TestPostgres server) {
        long before = written(server);
        TestPump.until(() -> written(server) > before + 500);
    }

    @Test
    void losesNothing() {
        try (TestPostgres server = TestPostgres.start()) {
            server.run(
                    "CREATE ROLE writer LOGIN PASSWORD 'first-one'",
                    "CREATE TABLE numbers (n bigint)",
                    "GRANT INSERT ON numbers TO writer");
            try (TestPump pump = new TestPump(directory, configuration(server, "first-one"))) {
                Pipeline pipeline = pump.app().pumpService().addPipeline(new Load(pump.app()));
                pump.start();
                untilMore(server);
                // Sessions that are open stay so; new ones are refused.
                server.run(
                        "ALTER ROLE writer PASSWORD 'second-one'",
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'writer'");
                TestPump.until(() -> pump.failure().message().contains("password authentication failed"));
                TestPump.until(() -> pipeline.waitingFor().isPresent());
                pump.configure(configuration(server, "second-one"));
                pump.app().reload().block(Duration.ofSeconds(20));
                untilMore(server);
                pump.app().stop();
                assertThat(pump.exitCode()).isZero();
            }
            assertThat(server.rows("SELECT max(n) - count(DISTINCT n) FROM numbers"))
                    .containsExactly("0");
        }
    }
}
