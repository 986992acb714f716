package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

class PostgreSQLLookupTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private TestPostgres server;

    @BeforeEach
    void start() {
        server = TestPostgres.start("log_statement=all");
        server.run(
                "CREATE TABLE hosts (id int PRIMARY KEY, name text UNIQUE, tags text[], seen timestamptz)",
                "INSERT INTO hosts SELECT i, 'host ' || i, ARRAY['a', i::text], '2026-01-01' FROM generate_series(1, 5000) i");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private PostgreSQLLookup lookup(TestPump pump) {
        return pump.app().pumpService().addLookup(new PostgreSQLLookup(pump.app(), "Hosts"));
    }

    private TestPump pump(String lookup) {
        return new TestPump(
                directory,
                "[connection:Store]\ntype = postgresql\nreconnect_max_delay = 100ms\nping_interval = 100ms\n"
                        + server.section() + "[lookup:Hosts]\nconnection = Store\n" + lookup
                        + "\n[general]\nstop_when_finished = no\n");
    }

    @Test
    void findsRowsAsMaps() {
        try (TestPump pump = pump("table = hosts\nkey = id\ncolumns = name, tags")) {
            PostgreSQLLookup lookup = lookup(pump);
            pump.start();
            pump.untilConnected();
            assertThat(lookup.get(7).block(PATIENCE)).isEqualTo(Map.of("name", "host 7", "tags", List.of("a", "7")));
            assertThat(lookup.get("8").block(PATIENCE)).containsEntry("name", "host 8");
            assertThat(lookup.get(-1).block(PATIENCE)).isNull();
            assertThatThrownBy(() -> lookup.get(1.5).block(PATIENCE))
                    .hasMessage("column 'id' (integer) takes whole numbers, was of Double with a fraction");
        }
    }

    @Test
    void asksForManyAtOnceAndRemembers() {
        try (TestPump pump = pump("from = public.hosts\nkey = name\nbatch_size = 500")) {
            PostgreSQLLookup lookup = lookup(pump);
            pump.start();
            pump.untilConnected();
            for (int round = 0; round < 2; round++) {
                List<Object> ids = Flux.fromStream(
                                IntStream.rangeClosed(1, 5000).boxed())
                        .flatMapSequential(i -> lookup.get("host " + i).map(row -> row.get("id")), 5000)
                        .collectList()
                        .block(PATIENCE);
                assertThat(ids).hasSize(5000).startsWith(1, 2, 3).endsWith(5000);
            }
            assertThat(queries()).isBetween(10L, 200L);
        }
    }

    private long queries() {
        return server.output().stream()
                .filter(line -> line.contains("WITH ORDINALITY"))
                .count();
    }

    @Test
    void waitsForTheConnection() {
        try (TestPump pump = pump("table = hosts\nkey = id\ntimeout = 15s")) {
            PostgreSQLLookup lookup = lookup(pump);
            pump.start();
            pump.untilConnected();
            server.kill9();
            TestPump.until(() -> !pump.status().isConnected());
            var answer = lookup.get(3).toFuture();
            assertThat(answer).isNotDone();
            server.restart();
            assertThat(answer)
                    .succeedsWithin(PATIENCE)
                    .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
                    .containsEntry("id", 3);
        }
    }

    @Test
    void failsInTimeAndGoesOn() {
        try (TestPump pump = pump("table = hosts\nkey = id\ntimeout = 3s")) {
            PostgreSQLLookup lookup = lookup(pump);
            pump.start();
            pump.untilConnected();
            server.run("ALTER TABLE hosts RENAME TO others");
            assertThatThrownBy(() -> lookup.get(1).block(PATIENCE))
                    .hasMessage("table 'hosts' does not exist, or is not to be seen by the user");
            server.run("ALTER TABLE others RENAME TO hosts");
            assertThat(lookup.get(1).block(PATIENCE)).containsEntry("name", "host 1");
            server.freeze();
            try {
                assertThatThrownBy(() -> lookup.get(2).block(PATIENCE))
                        .hasMessage("[lookup:Hosts] had no answer within 3000ms");
            } finally {
                server.thaw();
            }
            TestPump.until(() -> lookup.get(2).block(PATIENCE) != null);
        }
    }

    @Test
    void connectionMustBeThere() {
        try (TestPump pump = pump("table = hosts\nkey = id\nconnection = Stroe".replace("connection = Stroe", ""))) {
            pump.configure("");
            PostgreSQLLookup lookup = new PostgreSQLLookup(
                    pump.app(), "Other", Map.of("connection", "Stroe", "table", "hosts", "key", "id"));
            pump.app().pumpService().addLookup(lookup);
            pump.start();
            assertThat(pump.exitCode()).isNotZero();
        }
    }
}
