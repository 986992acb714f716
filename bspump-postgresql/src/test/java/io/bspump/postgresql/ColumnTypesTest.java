package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ColumnTypesTest {

    private static final int TEXT_ARRAY = 1009;

    private final ColumnTypes types = new ColumnTypes();

    private @Nullable Object decode(int type, String text) {
        return types.of(type).decodeOrKeep(text);
    }

    @Test
    void numbersAreNumbers() {
        assertThat(decode(16, "t")).isEqualTo(true);
        assertThat(decode(21, "-32768")).isEqualTo(-32768);
        assertThat(decode(23, "2147483647")).isEqualTo(2147483647);
        assertThat(decode(20, "-9223372036854775808")).isEqualTo(Long.MIN_VALUE);
        assertThat(decode(26, "4294967295")).isEqualTo(4294967295L);
        assertThat(decode(700, "0.1")).isEqualTo(0.1f);
        assertThat(decode(701, "-Infinity")).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(decode(1700, "12345678901234567890.120")).isEqualTo(new BigDecimal("12345678901234567890.120"));
    }

    @Test
    void timesAreTimes() {
        assertThat(decode(1082, "2026-02-28")).isEqualTo(LocalDate.of(2026, 2, 28));
        assertThat(decode(1083, "23:59:59.5")).isEqualTo(LocalTime.of(23, 59, 59, 500_000_000));
        assertThat(decode(1266, "12:00:00+05:30")).isEqualTo(OffsetTime.parse("12:00:00+05:30"));
        assertThat(decode(1114, "2026-01-02 03:04:05")).isEqualTo(LocalDateTime.of(2026, 1, 2, 3, 4, 5));
        assertThat(decode(1184, "2026-01-02 03:04:05.123456-02"))
                .isEqualTo(Instant.parse("2026-01-02T05:04:05.123456Z"));
        assertThat(decode(1184, "1890-01-01 00:00:00+01:23:45")).isEqualTo(Instant.parse("1889-12-31T22:36:15Z"));
    }

    @ParameterizedTest
    @CsvSource({
        "1184, infinity",
        "1184, 0044-03-15 12:00:00+00 BC",
        "1114, 10000-01-01 00:00:00",
        "1082, -infinity",
        "1082, 12026-01-01",
        "1083, 24:00:00",
        "1700, NaN",
        "1186, 1 year 2 mons",
        "869, 10.0.0.0/8",
        "999999, happy",
    })
    void whatJavaHasNothingForStaysText(int type, String text) {
        assertThat(decode(type, text)).isEqualTo(text);
    }

    @Test
    void bytesComeInBothForms() {
        assertThat(decode(17, "\\x00ff10")).isEqualTo(new byte[] {0, -1, 16});
        assertThat(decode(17, "a\\\\b\\377\\000")).isEqualTo(new byte[] {'a', '\\', 'b', -1, 0});
    }

    @Test
    void jsonIsWhatTheJsonStagesMakeOfIt() {
        assertThat(decode(3802, "{\"a\": [1, 2.5, null], \"b\": {\"c\": true}}"))
                .isEqualTo(Map.of("a", Arrays.asList(1, 2.5, null), "b", Map.of("c", true)));
        assertThat(decode(114, "null")).isNull();
        assertThat(decode(114, "{\"a\": 1, \"a\": 2}")).isEqualTo(Map.of("a", 2));
        assertThat(decode(2950, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"))
                .isEqualTo(UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"));
    }

    @Test
    void arraysAreLists() {
        assertThat(decode(1007, "{1,NULL,3}")).isEqualTo(Arrays.asList(1, null, 3));
        assertThat(decode(1007, "{}")).isEqualTo(List.of());
        assertThat(decode(1007, "[0:1][5:6]={{1,2},{3,4}}")).isEqualTo(List.of(List.of(1, 2), List.of(3, 4)));
        assertThat(decode(TEXT_ARRAY, "{\"a \\\"b\\\" \\\\\",\"NULL\",NULL,\"{,}\",c d}"))
                .isEqualTo(Arrays.asList("a \"b\" \\", "NULL", null, "{,}", "c d"));
        assertThat(decode(1020, "{(1,1),(0,0);(2,2),(1,1)}")).isEqualTo(List.of("(1,1),(0,0)", "(2,2),(1,1)"));
        assertThat(decode(3807, "{\"{\\\"a\\\": 1}\"}")).isEqualTo(List.of(Map.of("a", 1)));
    }

    @Test
    void whatIsNoArrayStaysText() {
        assertThat(decode(1007, "{1,2")).isEqualTo("{1,2");
        assertThat(decode(1007, "{1}2")).isEqualTo("{1}2");
    }

    @Test
    void typesOfADatabaseCanBeTold() {
        types.add(20001, 23, false);
        types.add(20002, 20001, true);
        types.addNamed(20003, "_mood");
        types.addNamed(20004, "jsonb");
        assertThat(decode(20001, "7")).isEqualTo(7);
        assertThat(decode(20002, "{7,8}")).isEqualTo(List.of(7, 8));
        assertThat(decode(20003, "{sad,ok}")).isEqualTo(List.of("sad", "ok"));
        assertThat(decode(20004, "[1]")).isEqualTo(List.of(1));
    }
}
