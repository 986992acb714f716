package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.PipelineState;
import io.bspump.Source;
import io.bspump.test.RecordingSink;
import io.bspump.trigger.PubSubTrigger;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;

class PostgreSQLSourceTest {

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

    private RunningPump pump(String section) {
        return pump("", section);
    }

    private RunningPump pump(String pipeline, String section) {
        return RunningPump.of(
                directory,
                server,
                "[pipeline:P]\n" + pipeline + "\n[pipeline:P:PostgreSQLSource]\nconnection = Server\n" + section);
    }

    private static RecordingSink source(RunningPump pump) {
        return pump.record("P", PostgreSQLSource::new);
    }

    /** A source that runs its query when {@code go!} is published. */
    private static RecordingSink triggered(RunningPump pump) {
        return pump.record("P", (app, pipeline) -> {
            Source<?> made = new PostgreSQLSource(app, pipeline).on(new PubSubTrigger(app, "go!"));
            return made;
        });
    }

    private static String error(RecordingSink recorder) {
        RunningPump.until(() -> recorder.pipeline().isError());
        return recorder.pipeline().error().orElseThrow().toString();
    }

    @Test
    void everyTypeIsMapped() {
        server.run(
                "CREATE TYPE mood AS ENUM ('sad', 'ok')",
                "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
                """
                CREATE TABLE every_type AS SELECT true AS b, 1::smallint AS i2, 2 AS i4, 3::bigint AS i8,
                  1.50::numeric AS n, 'NaN'::numeric AS nan, 0.1::real AS f4, 0.2::float8 AS f8, 'x'::text AS t,
                  'y'::varchar(5) AS v, 'z'::char(3) AS c, '\\x00ff'::bytea AS bin, DATE '2026-01-31' AS d,
                  TIME '01:02:03.5' AS ti, '04:05:06+02'::timetz AS tz, TIMESTAMP '2026-01-31 01:02:03' AS ts,
                  TIMESTAMPTZ '2026-01-31 01:02:03.000004+01' AS tstz, INTERVAL '1 day 2 hours' AS iv,
                  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS u, '{"a": [1]}'::json AS j, '{"b": null}'::jsonb AS jb,
                  ARRAY[1, NULL] AS ia, ARRAY[['a', 'b']] AS ta, 'ok'::mood AS m, ARRAY['sad', 'ok']::mood[] AS ma,
                  7::positive AS p, ARRAY[7, 8]::positive[] AS pa, int4range(1, 5) AS r, '10.0.0.1'::inet AS ip,
                  '(1,2)'::point AS pt, NULL::int AS nothing, 'infinity'::timestamptz AS inf""");
        try (RunningPump pump = pump("query = TABLE every_type;")) {
            RecordingSink recorder = source(pump);
            pump.start();
            RunningPump.await(recorder, 1);
            Map<?, ?> row = (Map<?, ?>) recorder.seen().get(0).event();
            assertThat(row.get("bin")).isEqualTo(new byte[] {0, -1});
            assertThat(row.get("nothing")).isNull();
            assertThat(row.containsKey("nothing")).isTrue();
            List<Object> expected = Arrays.asList(
                    true,
                    1,
                    2,
                    3L,
                    new BigDecimal("1.50"),
                    "NaN",
                    0.1f,
                    0.2d,
                    "x",
                    "y",
                    "z  ",
                    LocalDate.of(2026, 1, 31),
                    LocalTime.parse("01:02:03.5"),
                    OffsetTime.parse("04:05:06+02:00"),
                    LocalDateTime.parse("2026-01-31T01:02:03"),
                    Instant.parse("2026-01-31T00:02:03.000004Z"),
                    "1 day 02:00:00",
                    UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
                    Map.of("a", List.of(1)),
                    Collections.singletonMap("b", null),
                    Arrays.asList(1, null),
                    List.of(List.of("a", "b")),
                    "ok",
                    List.of("sad", "ok"),
                    7,
                    List.of(7, 8),
                    "[1,5)",
                    "10.0.0.1",
                    "(1,2)",
                    "infinity");
            List<Object> seen = row.entrySet().stream()
                    .filter(each -> !List.of("bin", "nothing").contains(each.getKey()))
                    .<Object>map(Map.Entry::getValue)
                    .toList();
            assertThat(seen).isEqualTo(expected);
            assertThat(pump.exitCode()).isZero();
        }
    }

    @Test
    void rowsComeInOrderEachInAMapOfItsOwn() {
        try (RunningPump pump =
                pump("query = SELECT i FROM generate_series(1, 20000) i ORDER BY i\nfetch_size = 777")) {
            RecordingSink recorder = source(pump);
            pump.start();
            RunningPump.await(recorder, 20_000);
            assertThat(RunningPump.values(recorder, "i"))
                    .isEqualTo(IntStream.rangeClosed(1, 20_000).boxed().toList());
            assertThat(pump.exitCode()).isZero();
        }
        assertThat(server.rows("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"))
                .containsExactly("0");
    }

    @Test
    void noMoreThanTwoPagesAreFetchedAhead() {
        server.run("CREATE SEQUENCE fetched");
        try (RunningPump pump = pump(
                "max_in_flight = 50",
                "query = SELECT nextval('fetched') AS i FROM generate_series(1, 100000)\nfetch_size = 20")) {
            RecordingSink recorder = source(pump);
            recorder.hold();
            pump.start();
            RunningPump.await(recorder, 50);
            RunningPump.until(
                    () -> server.rows("SELECT last_value FROM fetched").equals(List.of("100")));
            RunningPump.confirm(recorder, 25);
            RunningPump.await(recorder, 75);
            RunningPump.until(
                    () -> server.rows("SELECT last_value FROM fetched").equals(List.of("120")));
        }
    }

    @Test
    void aQueryThatFailsOnItsWaySaysWhyBehindTheRowsBefore() {
        try (RunningPump pump =
                pump("query = SELECT 100 / (50 - i) AS q FROM generate_series(1, 1000) i\nfetch_size = 20")) {
            RecordingSink recorder = source(pump);
            pump.start();
            assertThat(error(recorder))
                    .contains("[pipeline:P:PostgreSQLSource] the query failed: 22012 division by zero");
            assertThat(recorder.seen()).hasSize(40);
        }
    }

    @Test
    void aQueryThatCannotRunIsNamed() {
        try (RunningPump pump = pump("query = SELECT * FROM nowhere")) {
            RecordingSink recorder = source(pump);
            pump.start();
            assertThat(error(recorder))
                    .contains(
                            "[pipeline:P:PostgreSQLSource] the query failed: 42P01 relation \"nowhere\" does not exist");
        }
    }

    @Test
    void twoColumnsOfOneNameAreRefused() {
        try (RunningPump pump = pump("query = SELECT 1 AS a, 2 AS a")) {
            RecordingSink recorder = source(pump);
            pump.start();
            assertThat(error(recorder)).contains("the query has two columns 'a'; tell them apart with AS");
        }
    }

    @Test
    void whatIsWrongWithTheSectionIsSaid() {
        try (RunningPump pump = pump("query = ;\nstart = 5")) {
            assertThatThrownBy(() -> source(pump))
                    .hasMessageStartingWith("[pipeline:P:PostgreSQLSource] query must not be empty, was ';'");
        }
    }

    @Test
    void anIncrementalQueryGoesOnAfterARestart() throws Exception {
        server.run(
                "CREATE TABLE grows (id int, at timestamp)",
                "INSERT INTO grows SELECT i, now() FROM generate_series(1, 100) i");
        String section = "query = SELECT * FROM grows -- all\nincremental_column = id";
        try (RunningPump pump = pump(section)) {
            RecordingSink recorder = source(pump);
            recorder.hold();
            pump.start();
            RunningPump.await(recorder, 100);
            RunningPump.confirm(recorder, 40);
            RunningPump.until(() -> recorder.pipeline().unsettled() == 60);
            pump.app().stop();
            pump.app().stop(); // cut the drain short
        }
        assertThat(Files.readString(directory.resolve("var/positions/P.PostgreSQLSource.json")))
                .contains("\"column\":\"id\"", "\"value\":\"40\"");
        server.run("INSERT INTO grows SELECT i, now() FROM generate_series(101, 110) i");
        try (RunningPump pump = pump(section)) {
            RecordingSink recorder = source(pump);
            pump.start();
            assertThat(pump.exitCode()).isZero();
            assertThat(RunningPump.values(recorder, "id"))
                    .isEqualTo(IntStream.rangeClosed(41, 110).boxed().toList());
        }
    }

    @Test
    void rowsWithTheLastValueThatComeLaterAreReadAndNoneTwice() {
        server.run(
                "CREATE TABLE ties (day date, what text)",
                "INSERT INTO ties VALUES ('2026-01-01', 'a'), ('2026-01-01', 'a'), ('2026-01-01', 'b')");
        try (RunningPump pump = pump("query = SELECT day, what FROM ties\nincremental_column = day")) {
            RecordingSink recorder = triggered(pump);
            pump.start();
            go(pump, recorder, 3);
            server.run("INSERT INTO ties VALUES ('2026-01-01', 'a'), ('2026-01-01', 'c')");
            go(pump, recorder, 5);
            go(pump, recorder, 5);
            server.run("INSERT INTO ties VALUES ('2026-01-02', 'd')");
            go(pump, recorder, 6);
            assertThat(RunningPump.values(recorder, "what")).containsExactlyInAnyOrder("a", "a", "b", "a", "c", "d");
        }
        server.run(
                "INSERT INTO ties VALUES ('2026-01-02', 'd'), ('2026-01-02', 'e'), ('2025-01-01', 'late'), (NULL, 'none')");
        try (RunningPump pump = pump("query = SELECT day, what FROM ties\nincremental_column = day")) {
            RecordingSink recorder = source(pump);
            pump.start();
            assertThat(pump.exitCode()).isZero();
            assertThat(RunningPump.values(recorder, "what")).containsExactlyInAnyOrder("d", "e");
        }
    }

    /** Lets a cycle run, and expects so many rows in all after it. */
    private static void go(RunningPump pump, RecordingSink recorder, int expected) {
        CountDownLatch ended = new CountDownLatch(1);
        Disposable watch =
                recorder.pipeline().pubSub().subscribe("bspump.pipeline.cycle_end!", message -> ended.countDown());
        RunningPump.until(() -> {
            pump.app().pubSub().publish("go!");
            return ended.await(20, TimeUnit.MILLISECONDS);
        });
        watch.dispose();
        RunningPump.await(recorder, expected);
        assertThat(recorder.seen()).hasSize(expected);
    }

    @Test
    void aStartCanBeGiven() {
        try (RunningPump pump =
                pump("query = SELECT i FROM generate_series(1, 10) i\nincremental_column = i\nstart = 8")) {
            RecordingSink recorder = source(pump);
            pump.start();
            assertThat(pump.exitCode()).isZero();
            assertThat(RunningPump.values(recorder, "i")).containsExactly(8, 9, 10);
        }
    }

    @Test
    void aColumnThatIsNotThereIsNamed() {
        try (RunningPump pump = pump("query = SELECT 1 AS a, 2 AS b\nincremental_column = c")) {
            RecordingSink recorder = source(pump);
            pump.start();
            assertThat(error(recorder)).contains("42703 column \"c\" does not exist");
        }
    }

    @Test
    void aPositionOfAnotherColumnIsRefused() throws Exception {
        Path file = directory.resolve("var/positions/P.PostgreSQLSource.json");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "{\"column\":\"x\",\"value\":\"1\",\"rows\":{}}");
        try (RunningPump pump = pump("query = SELECT 1 AS a\nincremental_column = a")) {
            RecordingSink recorder = source(pump);
            pump.start();
            assertThat(error(recorder))
                    .contains("the remembered position is one of the column 'x', incremental_column is 'a'; delete '"
                            + file + "' to read from the beginning");
        }
    }

    @Test
    void anIncrementalQueryGoesOnWhenTheServerComesBack() {
        try (TestPostgres other = TestPostgres.start()) {
            other.run("CREATE TABLE many AS SELECT i FROM generate_series(1, 3000) i");
            try (RunningPump pump = RunningPump.of(
                    directory,
                    other,
                    """
                    [pipeline:P]
                    max_in_flight = 100
                    [pipeline:P:PostgreSQLSource]
                    connection = Server
                    query = SELECT i FROM many
                    incremental_column = i
                    """)) {
                RecordingSink recorder = source(pump);
                recorder.hold();
                pump.start();
                RunningPump.await(recorder, 100);
                other.kill9();
                other.restart();
                recorder.release();
                assertThat(pump.exitCode()).isZero();
                assertThat(RunningPump.values(recorder, "i"))
                        .isEqualTo(IntStream.rangeClosed(1, 3000).boxed().toList());
            }
        }
    }

    @Test
    void aPlainQueryThatIsCutSaysSo() {
        try (TestPostgres other = TestPostgres.start()) {
            try (RunningPump pump = RunningPump.of(
                    directory,
                    other,
                    """
                    [pipeline:P]
                    max_in_flight = 100
                    [pipeline:P:PostgreSQLSource]
                    connection = Server
                    query = SELECT i FROM generate_series(1, 3000) i
                    fetch_size = 100
                    """)) {
                other.kill9();
                RecordingSink recorder = source(pump);
                recorder.hold();
                pump.start();
                RunningPump.until(() -> recorder.pipeline().state() == PipelineState.RUNNING);
                other.restart();
                RunningPump.await(recorder, 100);
                other.kill9();
                recorder.release();
                // Those in flight, and the pages that had been fetched.
                assertThat(error(recorder))
                        .containsPattern(
                                "\\[pipeline:P:PostgreSQLSource\\] the connection was lost after [1-4]\\d\\d rows of"
                                        + " the query, which can only begin anew: ");
                other.restart();
                recorder.pipeline().resume();
                assertThat(pump.exitCode()).isZero();
                assertThat(recorder.seen()).hasSizeBetween(3100, 3400);
            }
        }
    }

    @Test
    void aPlainQueryThatIsCutWhenAllHasBeenReadIsComplete() {
        try (TestPostgres other = TestPostgres.start()) {
            other.run("CREATE TABLE t (i int)");
            other.run("CREATE FUNCTION wait() RETURNS trigger AS"
                    + " 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END' LANGUAGE plpgsql");
            // The commit takes a minute.
            other.run("CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED"
                    + " FOR EACH ROW EXECUTE FUNCTION wait()");
            other.run("CREATE FUNCTION add() RETURNS int AS 'INSERT INTO t VALUES (7) RETURNING i' LANGUAGE sql");
            try (RunningPump pump = RunningPump.of(
                    directory,
                    other,
                    "[pipeline:P:PostgreSQLSource]\nconnection = Server\nquery = SELECT add() AS i\n")) {
                RecordingSink recorder = source(pump);
                pump.start();
                RunningPump.await(recorder, 1);
                other.kill9();
                other.restart();
                assertThat(pump.exitCode()).isZero();
                assertThat(recorder.seen()).hasSize(1);
            }
        }
    }
}
