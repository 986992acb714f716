package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.Application;
import io.bspump.ConnectionState;
import io.bspump.ConnectionStatus;
import io.bspump.ErrorClass;
import io.bspump.config.ConfigException;
import io.bspump.test.FreePort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

class PostgreSQLConnectionTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

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

    /** A connection {@code Store} to the server; what is given goes before it. */
    private TestPump pump(String... lines) {
        return pumpTo(server.section(), lines);
    }

    private TestPump pumpTo(String section, String... lines) {
        String all = "type = postgresql\n" + section;
        for (String line : lines) {
            String key = line.substring(0, line.indexOf('=')).strip();
            all = all.replaceAll("(?m)^" + key + " = .*\n", "") + line + "\n";
        }
        return new TestPump(
                        directory,
                        "[connection:Store]\nreconnect_delay = 20ms\nreconnect_max_delay = 200ms\n" + all
                                + "[general]\nstop_when_finished = no\n")
                .start();
    }

    private static String ask(PostgreSQLConnection connection, String query) {
        return connection
                .use(session -> session.createStatement(query)
                        .execute()
                        .flatMap(result -> result.map((row, metadata) -> String.valueOf(row.get(0)))))
                .next()
                .block(PATIENCE);
    }

    @Test
    void sectionOfTheReferenceWorksAsWritten() {
        System.setProperty("POSTGRES_PASSWORD", TestPostgres.PASSWORD);
        try (TestPump pump = new TestPump(
                directory,
                """
                [connection:Store]
                host=localhost
                port=%d
                database=postgres
                user=postgres
                password=${POSTGRES_PASSWORD}
                """
                        .formatted(server.port()))) {
            pump.app().pumpService().addConnection(new PostgreSQLConnection(pump.app(), "Store"));
            pump.start();
            pump.untilConnected();
            assertThat(ask(pump.connection(), "SELECT current_database()")).isEqualTo("postgres");
            assertThat(pump.connection().properties()).containsEntry("password", "***");
        } finally {
            System.clearProperty("POSTGRES_PASSWORD");
        }
    }

    @Test
    void takesTheNamesOfThePythonFrameworkToo() {
        server.run("DROP DATABASE IF EXISTS other", "CREATE DATABASE other");
        try (TestPump pump = pumpTo(
                server.section().replace("database = postgres\n", "").replace("user =", "username ="),
                "type = postgres",
                "db = other")) {
            pump.untilConnected();
            assertThat(ask(pump.connection(), "SELECT current_database()")).isEqualTo("other");
        }
    }

    @Test
    void setsUpItsSessions() {
        try (TestPump pump = pump(
                "application_name = importer",
                "statement_timeout = 90s",
                "lock_timeout = 7s",
                "options = search_path=metrics,public work_mem=8MB".replace(",public", ""))) {
            pump.untilConnected();
            PostgreSQLConnection connection = pump.connection();
            assertThat(ask(connection, "SHOW application_name")).isEqualTo("importer");
            assertThat(ask(connection, "SHOW statement_timeout")).isEqualTo("90s");
            assertThat(ask(connection, "SHOW lock_timeout")).isEqualTo("7s");
            assertThat(ask(connection, "SHOW search_path")).isEqualTo("metrics");
            assertThat(ask(connection, "SHOW work_mem")).isEqualTo("8MB");
            assertThat(ask(connection, "SHOW timezone")).isEqualTo("UTC");
        }
        try (TestPump pump = pump()) {
            pump.untilConnected();
            assertThat(ask(pump.connection(), "SHOW application_name")).isEqualTo("bspump-Store");
        }
    }

    // What is wrong

    @Test
    void wrongValuesAreToldTogether() {
        try (TestPump pump = pump("host = a:b:c, fine", "port = abc", "options = x", "pool_max = 0", "hots = x")) {
            assertThat(pump.exitCode()).isEqualTo(2);
        }
        Application app = new Application() {};
        assertThatThrownBy(() ->
                        new PostgreSQLConnection(app, "S", Map.of("user", "u", "host", "a/b fine c:0", "options", "x")))
                .isInstanceOfSatisfying(ConfigException.class, e -> assertThat(
                                e.problems().stream().map(Object::toString))
                        .containsExactly(
                                "[connection:S] host must be HOST or HOST:PORT, was 'a/b' (given in code)",
                                "[connection:S] host must be HOST or HOST:PORT, was 'c:0' (given in code)",
                                "[connection:S] options must be NAME=VALUE each, was 'x' (given in code)"));
    }

    private void assertFailure(ErrorClass expected, String text, String... lines) {
        try (TestPump pump = pump(lines)) {
            ConnectionStatus.Failure failure = pump.failure();
            assertThat(failure.message()).contains(text).doesNotContain("right-one", "wrong-one");
            assertThat(failure.errorClass()).isEqualTo(expected);
            TestPump.until(() -> pump.status().state()
                    == (expected == ErrorClass.TRANSIENT ? ConnectionState.DISCONNECTED : ConnectionState.FAILED));
        }
    }

    @Test
    void errorsAreOfTheRightClass() {
        server.run(
                "DROP ROLE IF EXISTS nobody",
                "CREATE ROLE nobody LOGIN PASSWORD 'right-one' CONNECTION LIMIT 0",
                "DROP ROLE IF EXISTS sleeper",
                "CREATE ROLE sleeper NOLOGIN PASSWORD 'right-one'");
        assertFailure(
                ErrorClass.AUTHENTICATION,
                "password authentication failed for user \"postgres\"",
                "password = wrong-one");
        assertFailure(ErrorClass.AUTHENTICATION, "role \"sleeper\" is not permitted to log in", "user = sleeper");
        assertFailure(ErrorClass.CONFIGURATION, "database \"nowhere\" does not exist", "database = nowhere");
        assertFailure(ErrorClass.CONFIGURATION, "unrecognized configuration parameter", "options = no_such_thing=1");
        assertFailure(ErrorClass.TRANSIENT, "too many connections for role \"nobody\"", "user = nobody");
        assertFailure(ErrorClass.TRANSIENT, "Cannot connect to", "port = " + FreePort.find());
        assertFailure(
                ErrorClass.CONFIGURATION,
                "[connection:Store] ssl_root_cert must be a file that can be read, was '/no/such/file'",
                "ssl_mode = verify-ca",
                "ssl_root_cert = /no/such/file");
        assertFailure(ErrorClass.TRANSIENT, "", "ssl_mode = require"); // the server has no TLS, and may get it
    }

    @Test
    void connectsWhenThereIsRoomAgain() {
        server.run("DROP ROLE IF EXISTS few", "CREATE ROLE few LOGIN PASSWORD 'right-one' CONNECTION LIMIT 0");
        try (TestPump pump = pump("user = few")) {
            assertThat(pump.failure().errorClass()).isEqualTo(ErrorClass.TRANSIENT);
            server.run("ALTER ROLE few CONNECTION LIMIT 9");
            pump.untilConnected();
        }
    }

    // The pool

    @Test
    void waitsForAFreeSessionAndSaysWhenNoneCame() {
        try (TestPump pump = pump("pool_max = 2", "pool_acquire_timeout = 200ms")) {
            pump.untilConnected();
            PostgreSQLConnection connection = pump.connection();
            Disposable.Composite held = reactor.core.Disposables.composite();
            for (int i = 0; i < 2; i++) {
                held.add(connection.use(session -> Mono.never()).subscribe());
            }
            assertThatThrownBy(() -> ask(connection, "SELECT 1"))
                    .hasMessage("all 2 connections of the pool are in use, none was free within 200ms");
            Mono<String> waiting = Mono.fromCallable(() -> ask(connection, "SELECT 'later'"))
                    .subscribeOn(pump.app().blocking())
                    .cache();
            AtomicReference<String> answer = new AtomicReference<>();
            waiting.retry(10).subscribe(answer::set);
            held.dispose();
            TestPump.until(() -> "later".equals(answer.get()));
            assertThat(pump.status().isConnected()).isTrue();
            assertThat(pump.status().generation()).isEqualTo(1);
        }
    }

    /** Returns the process that serves a session, which goes back to the pool. */
    private static @Nullable String backend(TestPump pump) {
        return pump.connection()
                .use(session -> session.createStatement("SELECT pg_backend_pid()::text")
                        .execute()
                        .flatMap(result -> result.map((row, metadata) -> row.get(0, String.class))))
                .blockLast(PATIENCE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pool_max_idle = 1ms", "pool_max_lifetime = 1ms"})
    void sessionsThatAreTooOldOrUnusedForTooLongAreMadeAnew(String limit) {
        try (TestPump pump = pump("pool_max = 1", limit)) {
            pump.untilConnected();
            String first = backend(pump);
            TestPump.until(() -> !Objects.equals(backend(pump), first));
            assertThat(pump.status().generation()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"local", "remote"})
    void sessionsAreKeptUntilTheyAreFoundDead(String validation) {
        try (TestPump pump = pump("pool_max = 1", "pool_validation = " + validation)) {
            pump.untilConnected();
            String first = backend(pump);
            for (int i = 0; i < 10; i++) {
                assertThat(backend(pump)).isEqualTo(first);
            }
            assertThat(server.rows("SELECT pg_terminate_backend(" + first + ", 10000)"))
                    .isEqualTo(List.of("t"));
            TestPump.until(() -> server.rows("SELECT 1 FROM pg_stat_activity WHERE pid = " + first)
                    .isEmpty());
            TestPump.until(pump.status()::isConnected);
            assertThat(backend(pump)).isNotEqualTo(first);
        }
    }

    @Test
    void sessionsAreOpenBeforeTheyAreUsed() {
        try (TestPump pump = pump("pool_min = 3", "application_name = warm")) {
            pump.untilConnected();
            // One more watches the server.
            assertThat(server.rows("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'warm'"))
                    .isEqualTo(List.of("4"));
        }
    }

    @Test
    void keepsNoTransactionOpenThatFailed() {
        try (TestPump pump = pump("pool_max = 1")) {
            pump.untilConnected();
            PostgreSQLConnection connection = pump.connection();
            assertThatThrownBy(() -> connection
                            .use(session -> session.beginTransaction()
                                    .then(session.createStatement("SELECT 1/0")
                                            .execute()
                                            .flatMap(result -> result.getRowsUpdated())
                                            .then()))
                            .blockLast(PATIENCE))
                    .hasMessageContaining("division by zero");
            assertThat(ask(connection, "SELECT 'usable'")).isEqualTo("usable");
        }
    }

    @Test
    void failsAtOnceWhenItIsNotConnected() {
        try (TestPump pump = pump("port = " + FreePort.find())) {
            assertThat(pump.failure()).isNotNull();
            PostgreSQLConnection connection = pump.connection();
            for (Mono<?> use : List.of(
                    connection.use(session -> Mono.empty()).then(),
                    connection.useOwn(session -> Mono.empty()).then(),
                    connection
                            .useReplication(Lines.anyLoop(), session -> Mono.empty())
                            .then())) {
                assertThatThrownBy(() -> use.block(PATIENCE)).hasMessage("[connection:Store] is not connected");
            }
        }
    }

    @Test
    void workEndsWhenTheServerGoesDown() {
        TestPostgres own = TestPostgres.start();
        try (TestPump pump = pumpTo(own.section())) {
            pump.untilConnected();
            AtomicReference<Throwable> pooled = new AtomicReference<>();
            AtomicReference<Throwable> alone = new AtomicReference<>();
            pump.connection().use(session -> Mono.never()).subscribe(x -> {}, pooled::set);
            pump.connection().useOwn(session -> Mono.never()).subscribe(x -> {}, alone::set);
            own.kill9();
            TestPump.until(() -> pooled.get() != null && alone.get() != null);
            assertThat(pump.status().isConnected()).isFalse();
            own.restart();
            pump.untilConnected();
            assertThat(ask(pump.connection(), "SELECT 'back'")).isEqualTo("back");
        } finally {
            own.close();
        }
    }

    // Several servers

    @Test
    void findsTheServerWithTheWantedRoleAndFollowsIt() {
        TestPostgres standby = TestPostgres.start();
        TestPostgres primary = TestPostgres.start();
        try {
            standby.stop();
            standby.restartAsStandby();
            String hosts = "host = 127.0.0.1:%d, 127.0.0.1:%d, 127.0.0.1:%d"
                    .formatted(FreePort.find(), standby.port(), primary.port());
            assertRole(hosts, "any", "t");
            assertRole(hosts, "secondary", "t");
            assertRole(hosts, "prefer_primary", "f");
            assertRole(hosts, "prefer_secondary", "t");
            try (TestPump pump = pump(hosts, "target_role = primary")) {
                pump.untilConnected();
                assertThat(isStandby(pump)).isEqualTo("f");
                primary.kill9();
                String message = pump.failure().message();
                TestPump.until(() -> pump.failure().message().startsWith("no server takes the client: "));
                assertThat(pump.failure().message())
                        .as("after %s", message)
                        .contains("127.0.0.1:" + standby.port() + " is a standby, target_role is primary")
                        .contains("127.0.0.1:" + primary.port(), "Connection refused");
                standby.run("SELECT pg_promote()");
                pump.untilConnected();
                assertThat(isStandby(pump)).isEqualTo("f");
            }
        } finally {
            standby.close();
            primary.close();
        }
    }

    private void assertRole(String hosts, String role, String standby) {
        try (TestPump pump = pump(hosts, "target_role = " + role)) {
            pump.untilConnected();
            assertThat(isStandby(pump)).as(role).isEqualTo(standby);
        }
    }

    private static String isStandby(TestPump pump) {
        return ask(pump.connection(), "SELECT pg_is_in_recovery()::text").substring(0, 1);
    }
}
