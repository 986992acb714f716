package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.PipelineState;
import io.bspump.Settlement;
import io.bspump.test.PipelineTester;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the sink writes, and what becomes of what cannot be written. */
class PostgreSQLSinkTest {

    private static TestPostgres server;

    @BeforeAll
    static void start() {
        server = TestPostgres.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static final String SKIP = "[pipeline:P]\non_error = skip";

    private static Map<String, String> into(String table, String columns, String mode) {
        Map<String, String> config = new HashMap<>(Map.of("table", table, "columns", columns, "mode", mode));
        if (mode.equals("upsert")) {
            config.put("conflict_keys", "id");
        }
        return config;
    }

    private static PipelineTester tester(Map<String, String> sink, String... more) {
        return SinkTester.of(server, sink, more);
    }

    private static Map<String, Object> event(Object... keysAndValues) {
        Map<String, Object> event = new HashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            event.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return event;
    }

    private static void deliver(PipelineTester tester, Object... events) {
        tester.pushAll(events);
        SinkTester.untilSettled(tester);
    }

    private static void create(String columns) {
        server.run("DROP TABLE IF EXISTS t", "CREATE TABLE t (" + columns + ")");
    }

    @ParameterizedTest
    @ValueSource(strings = {"insert", "upsert", "copy"})
    void writesMapsByColumn(String mode) {
        create("id bigint PRIMARY KEY, name text, at timestamptz");
        try (PipelineTester tester = tester(into("t", "id, name=label, at", mode))) {
            deliver(
                    tester,
                    event("id", 1, "label", "one\t\\N\n\"x\" {a,b} NULL", "at", "2026-01-02T03:04:05Z"),
                    event("id", 2, "at", 1.5),
                    event("id", 3L, "label", "null", "at", null, "other", new Object()));
            tester.assertAllDelivered();
        }
        assertThat(server.rows("SELECT id, name, at AT TIME ZONE 'UTC' FROM t ORDER BY id"))
                .containsExactly(
                        "1 one\t\\N\n\"x\" {a,b} NULL 2026-01-02 03:04:05",
                        "2 null 1970-01-01 00:00:01.5",
                        "3 null null");
        assertThat(server.rows("SELECT id FROM t WHERE name IS NULL")).containsExactly("2");
    }

    @Test
    void writesListsAndArraysByPosition() {
        create("id bigint, name text");
        try (PipelineTester tester = tester(into("t", "id, name", "insert"))) {
            deliver(tester, Arrays.asList(1, null), new Object[] {2, "two"});
            tester.assertAllDelivered();
        }
        assertThat(server.rows("SELECT * FROM t ORDER BY id")).containsExactly("1 null", "2 two");
    }

    @ParameterizedTest
    @ValueSource(strings = {"insert", "upsert", "copy"})
    void writesManyBatches(String mode) {
        create("id bigint PRIMARY KEY, name text");
        Map<String, String> config = into("t", "id, name", mode);
        config.putAll(Map.of("batch_size", "1000", "max_concurrent_batches", "3"));
        try (PipelineTester tester = tester(config)) {
            deliver(
                    tester,
                    IntStream.range(0, 5000)
                            .mapToObj(i -> event("id", i, "name", "name " + i))
                            .toArray());
            tester.assertAllDelivered();
        }
        assertThat(server.rows("SELECT count(*), count(DISTINCT name) FROM t")).containsExactly("5000 5000");
    }

    @Test
    void upsertChangesWhatIsThereAndTheLastOfABatchWins() {
        create("id bigint PRIMARY KEY, name text, n int DEFAULT 7");
        server.run("INSERT INTO t VALUES (1, 'old', 1), (2, 'old', 2)");
        try (PipelineTester tester = tester(into("t", "id, name", "upsert"))) {
            deliver(
                    tester,
                    event("id", 1, "name", "a"),
                    event("id", 3, "name", "b"),
                    event("id", 1, "name", "c"),
                    event("id", 3, "name", "d"));
            tester.assertAllDelivered();
        }
        assertThat(server.rows("SELECT * FROM t ORDER BY id")).containsExactly("1 c 1", "2 old 2", "3 d 7");
    }

    /** The texts differ, the numbers do not. */
    @Test
    void upsertWritesOneKeyInTwoSpellingsInItsOrder() {
        create("id numeric PRIMARY KEY, name text");
        try (PipelineTester tester = tester(into("t", "id, name", "upsert"))) {
            deliver(
                    tester,
                    event("id", "1", "name", "a"),
                    event("id", "2", "name", "b"),
                    event("id", "1.0", "name", "c"));
            tester.assertAllDelivered();
        }
        assertThat(server.rows("SELECT id = 1, name FROM t ORDER BY id")).containsExactly("t c", "f b");
    }

    @Test
    void upsertFallsBackToTheVersionBeforeWhenTheLastIsRefused() {
        create("id bigint PRIMARY KEY, name text CHECK (name <> 'bad')");
        try (PipelineTester tester = tester(into("t", "id, name", "upsert"), SKIP)) {
            deliver(tester, event("id", 1, "name", "good"), event("id", 1, "name", "bad"));
            assertThat(tester.settlements()).containsExactly(Settlement.DELIVERED, Settlement.SKIPPED);
        }
        assertThat(server.rows("SELECT * FROM t")).containsExactly("1 good");
    }

    @Test
    void upsertOfKeysAloneLeavesWhatIsThere() {
        create("id bigint PRIMARY KEY, name text");
        server.run("INSERT INTO t VALUES (1, 'old')");
        try (PipelineTester tester = tester(into("t", "id", "upsert"))) {
            deliver(tester, event("id", 1), event("id", 2));
            tester.assertAllDelivered();
        }
        assertThat(server.rows("SELECT * FROM t ORDER BY id")).containsExactly("1 old", "2 null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"insert", "upsert", "copy", "statement"})
    void badRowsStandAloneAndTheOthersAreWritten(String mode) {
        create("id bigint PRIMARY KEY, name varchar(5) CONSTRAINT short_name CHECK (name <> 'no')");
        Map<String, String> config = mode.equals("statement")
                ? Map.of("statement", "INSERT INTO t (id, name) VALUES (:id, :name)")
                : into("t", "id, name", mode);
        List<Object> events = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            events.add(event("id", i, "name", i == 17 ? "no" : i == 100 ? "much too long" : "ok"));
        }
        events.set(299, event("id", "abc", "name", "ok"));
        events.set(200, event("id", null, "name", "ok"));
        try (PipelineTester tester = tester(config, SKIP)) {
            deliver(tester, events.toArray());
            assertThat(SinkTester.errors(tester))
                    .containsExactlyInAnyOrder(
                            "23514 new row for relation \"t\" violates check constraint \"short_name\""
                                    + " (constraint short_name, table t)",
                            "22001 value too long for type character varying(5)",
                            "23502 null value in column \"id\" of relation \"t\" violates not-null constraint"
                                    + " (table t, column id)",
                            "22P02 invalid input syntax for type bigint: \"…\"");
            assertThat(tester.settlements())
                    .filteredOn(each -> each == Settlement.SKIPPED)
                    .hasSize(4);
        }
        assertThat(server.rows("SELECT count(*), sum(id) FROM t"))
                .containsExactly("296 " + (299 * 298 / 2 - 17 - 100 - 200));
    }

    @Test
    void refusedRowsTellStateAndConstraint() {
        create("id bigint PRIMARY KEY");
        server.run("INSERT INTO t VALUES (1)");
        try (PipelineTester tester = tester(into("t", "id", "insert"))) {
            deliver(tester, event("id", 1));
            assertThat(tester.state()).isEqualTo(PipelineState.ERROR);
            assertThat(SinkTester.error(tester)).isInstanceOfSatisfying(PostgreSQLException.class, error -> {
                assertThat(error.sqlState()).isEqualTo("23505");
                assertThat(error.constraint()).contains("t_pkey");
                assertThat(error)
                        .hasMessage("23505 duplicate key value violates unique constraint \"t_pkey\""
                                + " (constraint t_pkey, table t)");
            });
        }
    }

    @Test
    void whatIsCheckedAtTheEndOnlyIsFoundToo() {
        server.run(
                "DROP TABLE IF EXISTS child",
                "DROP TABLE IF EXISTS parent",
                "CREATE TABLE parent (id bigint PRIMARY KEY)");
        server.run("INSERT INTO parent VALUES (1)");
        server.run("CREATE TABLE child (id bigint, parent bigint CONSTRAINT family REFERENCES parent"
                + " DEFERRABLE INITIALLY DEFERRED)");
        try (PipelineTester tester = tester(into("child", "id, parent", "insert"), SKIP)) {
            deliver(tester, event("id", 1, "parent", 1), event("id", 2, "parent", 2), event("id", 3, "parent", 1));
            assertThat(tester.settlements())
                    .containsExactly(Settlement.DELIVERED, Settlement.SKIPPED, Settlement.DELIVERED);
        }
        assertThat(server.rows("SELECT id FROM child ORDER BY id")).containsExactly("1", "3");
    }

    @Test
    void valuesThatCannotBeConvertedAreTheErrorOfTheirRow() {
        create("id bigint, at timestamptz, data bytea, list int[]");
        try (PipelineTester tester = tester(into("t", "id, at, data, list", "insert"), SKIP)) {
            deliver(
                    tester,
                    event("id", 1.5),
                    event("id", true),
                    event("at", List.of("secret")),
                    event("data", 12),
                    event("list", Map.of("secret", 1)),
                    "secret",
                    List.of(1),
                    event("id", 9.0, "list", List.of(1)));
            assertThat(SinkTester.errors(tester))
                    .containsExactly(
                            "column 'id' (bigint) takes whole numbers, was of Double with a fraction",
                            "column 'id' (bigint) takes whole numbers, was of Boolean",
                            "column 'at' (timestamp with time zone) takes times, was a list",
                            "column 'data' (bytea) takes bytes, was of Integer",
                            "column 'list' (integer[]) takes lists, was a map",
                            "events must be maps, lists or arrays, was text",
                            "events must have 4 values, one for each column, was 1");
        }
        assertThat(server.rows("SELECT id, list FROM t")).containsExactly("9 {1}");
    }

    @Test
    void namesAreQuoted() {
        server.run(
                "DROP SCHEMA IF EXISTS \"My; Schema\" CASCADE",
                "CREATE SCHEMA \"My; Schema\"",
                "CREATE TABLE \"My; Schema\".\"T\" (\"Id\" bigint, \"a\"\"b\" text, lower text)");
        try (PipelineTester tester = tester(into("\"My; Schema\".\"T\"", "Id\na\"b=x\nLOWER", "copy"))) {
            deliver(tester, event("Id", 1, "x", "'; DROP TABLE t; --", "LOWER", "l"));
            tester.assertAllDelivered();
        }
        assertThat(server.rows("SELECT * FROM \"My; Schema\".\"T\"")).containsExactly("1 '; DROP TABLE t; -- l");
    }

    @Test
    void runsAStatementForEachEvent() {
        create("id bigint PRIMARY KEY, tags text[], data jsonb, seen int DEFAULT 1");
        String statement =
                """
                INSERT INTO t (id, tags, data) VALUES (:id::bigint, :tags::text[], :data) -- :not :a 'parameter'
                ON CONFLICT (id) DO UPDATE SET seen = t.seen + 1, data = t.data || :data::jsonb
                """;
        try (PipelineTester tester = tester(Map.of("statement", statement))) {
            deliver(
                    tester,
                    event("id", 1, "tags", List.of("a", "b c"), "data", Map.of("x", List.of(1, 2))),
                    event("id", "1", "data", Map.of("y", "z")));
            tester.assertAllDelivered();
        }
        assertThat(server.rows("SELECT * FROM t")).containsExactly("1 {a,\"b c\"} {\"x\": [1, 2], \"y\": \"z\"} 2");
    }
}
