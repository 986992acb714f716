package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.test.PipelineTester;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All types of columns take what the documentation says they do. */
@SuppressWarnings("JavaUtilDate") // it is taken, too
class ColumnTypesOfSinkTest {

    /** A type, a value, and what the column says then. */
    private record Sample(String type, Object value, String text) {}

    private enum Mood {
        SAD,
        HAPPY
    }

    private static final UUID ID = UUID.fromString("6d4a3b1e-0000-4000-8000-0123456789ab");

    private static List<Sample> samples() {
        return List.of(
                new Sample("smallint", 7, "7"),
                new Sample("integer", 7.0, "7"),
                new Sample("integer", "42", "42"),
                new Sample("bigint", Long.MIN_VALUE, "-9223372036854775808"),
                new Sample("bigint", BigInteger.TEN, "10"),
                new Sample("oid", 4_000_000_000L, "4000000000"),
                new Sample("real", 1.5f, "1.5"),
                new Sample("double precision", Double.NaN, "NaN"),
                new Sample("double precision", Double.NEGATIVE_INFINITY, "-Infinity"),
                new Sample("double precision", 5, "5"),
                new Sample(
                        "numeric(40,10)",
                        new BigDecimal("123456789012345678901234567890.1234567891"),
                        "123456789012345678901234567890.1234567891"),
                new Sample("numeric", new BigDecimal("1E+3"), "1000"),
                new Sample("boolean", true, "true"),
                new Sample("boolean", 0, "false"),
                new Sample("boolean", "yes", "true"),
                new Sample("text", "", ""),
                new Sample("text", 12, "12"),
                new Sample("text", Mood.SAD, "SAD"),
                new Sample("text", Map.of("a", List.of(1, "x")), "{\"a\":[1,\"x\"]}"),
                new Sample("text", "üñí 😀 \b\f\u000b", "üñí 😀 \b\f\u000b"),
                new Sample("varchar(3)", "abc", "abc"),
                new Sample("char(3)", "abc", "abc"),
                new Sample("bpchar", "abcdef", "abcdef"),
                new Sample("bit(3)", "101", "101"),
                new Sample("bit varying(9)", "10111", "10111"),
                new Sample(
                        "timestamptz", Instant.parse("2026-01-02T03:04:05.123456Z"), "2026-01-02 03:04:05.123456+00"),
                new Sample("timestamptz", OffsetDateTime.parse("2026-01-02T03:04+02:00"), "2026-01-02 01:04:00+00"),
                new Sample(
                        "timestamptz",
                        ZonedDateTime.of(2026, 1, 2, 3, 4, 5, 0, ZoneId.of("Europe/Prague")),
                        "2026-01-02 02:04:05+00"),
                new Sample("timestamptz", LocalDateTime.parse("2026-01-02T03:04:05"), "2026-01-02 03:04:05+00"),
                new Sample("timestamptz", new Date(1500), "1970-01-01 00:00:01.5+00"),
                new Sample("timestamptz", 1_700_000_000L, "2023-11-14 22:13:20+00"),
                new Sample("timestamptz", -0.25, "1969-12-31 23:59:59.75+00"),
                new Sample("timestamptz", "infinity", "infinity"),
                new Sample("timestamp", Instant.parse("2026-01-02T03:04:05Z"), "2026-01-02 03:04:05"),
                new Sample("timestamp", LocalDateTime.parse("2026-01-02T03:04:05"), "2026-01-02 03:04:05"),
                new Sample("date", LocalDate.parse("2026-01-02"), "2026-01-02"),
                new Sample("date", Instant.parse("2026-01-02T23:59:59Z"), "2026-01-02"),
                new Sample("time", LocalTime.parse("03:04:05.5"), "03:04:05.5"),
                new Sample("interval", Duration.ofMinutes(90), "01:30:00"),
                new Sample("interval", Period.of(1, 2, 3), "1 year 2 mons 3 days"),
                new Sample("interval", 1.5, "00:00:01.5"),
                new Sample("uuid", ID, ID.toString()),
                new Sample("uuid", ID.toString(), ID.toString()),
                new Sample("json", Map.of("a", Arrays.asList(1, null)), "{\"a\":[1,null]}"),
                new Sample("jsonb", List.of(1, Map.of("b", true)), "[1, {\"b\": true}]"),
                new Sample("jsonb", "{\"text\": 1}", "{\"text\": 1}"),
                new Sample("jsonb", 5, "5"),
                new Sample("bytea", new byte[] {0, 1, (byte) 0xff}, "\\x0001ff"),
                new Sample("bytea", "é", "\\xc3a9"),
                new Sample("int[]", Arrays.asList(1, null, 3), "{1,NULL,3}"),
                new Sample("int[]", List.of(), "{}"),
                new Sample("int[]", "{4,5}", "{4,5}"),
                new Sample("int[]", List.of(List.of(1, 2), List.of(3, 4)), "{{1,2},{3,4}}"),
                new Sample(
                        "text[]",
                        new Object[] {"a b", "NULL", "", "\"\\{,}", "x"},
                        "{\"a b\",\"NULL\",\"\",\"\\\"\\\\{,}\",x}"),
                new Sample("timestamptz[]", List.of(Instant.EPOCH), "{\"1970-01-01 00:00:00+00\"}"),
                new Sample("bytea[]", List.of(new byte[] {1}), "{\"\\\\x01\"}"),
                new Sample("jsonb[]", List.of(Map.of("a", 1)), "{\"{\\\"a\\\": 1}\"}"),
                new Sample("mood", Mood.HAPPY, "HAPPY"),
                new Sample("mood[]", List.of("SAD", Mood.HAPPY), "{SAD,HAPPY}"),
                new Sample("positive", 3, "3"),
                new Sample("int4range", "[1,5)", "[1,5)"),
                new Sample("inet", "10.0.0.1/24", "10.0.0.1/24"),
                new Sample("point", "(1,2)", "(1,2)"),
                new Sample("box", "(2,2),(1,1)", "(2,2),(1,1)"),
                new Sample("pair", "(1,\"a b\")", "(1,\"a b\")"),
                new Sample("xml", "<a/>", "<a/>"),
                new Sample("tsvector", "a b", "'a' 'b'"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"insert", "copy", "statement"})
    void takeWhatTheyShould(String mode) {
        try (TestPostgres server = TestPostgres.start("timezone=UTC", "intervalstyle=postgres")) {
            server.run(
                    "CREATE TYPE mood AS ENUM ('SAD', 'HAPPY')",
                    "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
                    "CREATE TYPE pair AS (a int, b text)",
                    "CREATE TABLE t (n int)");
            List<Sample> samples = samples();
            Map<String, Object> event = new LinkedHashMap<>(Map.of("n", 1));
            for (int i = 0; i < samples.size(); i++) {
                server.run("ALTER TABLE t ADD c" + i + " " + samples.get(i).type());
                event.put("c" + i, samples.get(i).value());
            }
            try (PipelineTester tester = SinkTester.of(server, section(mode, samples, List.copyOf(event.keySet())))) {
                tester.pushAll(event, Map.of("n", 2));
                SinkTester.untilSettled(tester);
                assertThat(SinkTester.errors(tester)).isEmpty();
                tester.assertAllDelivered();
            }
            for (int i = 0; i < samples.size(); i++) {
                assertThat(server.rows("SELECT c" + i + "::text FROM t ORDER BY n"))
                        .as(mode + " " + samples.get(i))
                        .containsExactly(samples.get(i).text(), "null");
            }
        }
    }

    /** In a statement nobody knows the types of the columns, so some values need a cast. */
    private static Map<String, String> section(String mode, List<Sample> samples, List<String> names) {
        if (!mode.equals("statement")) {
            return Map.of("table", "t", "columns", String.join(", ", names), "mode", mode);
        }
        StringBuilder values = new StringBuilder(":n");
        for (int i = 0; i < samples.size(); i++) {
            values.append(", ").append(parameter(":c" + i, samples.get(i)));
        }
        return Map.of("statement", "INSERT INTO t (" + String.join(", ", names) + ") VALUES (" + values + ")");
    }

    private static String parameter(String name, Sample sample) {
        if (sample.type().equals("bytea") && sample.value() instanceof String) {
            return "convert_to(" + name + ", 'UTF8')";
        }
        if (sample.value() instanceof Number
                && (sample.type().startsWith("timestamp") || sample.type().equals("date"))) {
            return "to_timestamp(" + name + "::double precision)";
        }
        if (sample.value() instanceof Double && sample.type().equals("integer")) {
            return name + "::double precision";
        }
        return sample.type().endsWith("[]") ? name + "::" + sample.type() : name;
    }

    @Test
    void charactersThatTheServerCannotHoldAreTheErrorOfTheirRow() {
        try (TestPostgres server = TestPostgres.start()) {
            server.run("CREATE TABLE t (v text)");
            try (PipelineTester tester =
                    SinkTester.of(server, Map.of("table", "t", "columns", "v"), "[pipeline:P]\non_error = skip")) {
                tester.pushAll(Map.of("v", "a\0b"), Map.of("v", "fine"));
                SinkTester.untilSettled(tester);
                assertThat(SinkTester.errors(tester))
                        .singleElement()
                        .asString()
                        .startsWith("22021 invalid byte sequence");
            }
            assertThat(server.rows("SELECT v FROM t")).containsExactly("fine");
        }
    }
}
