package io.bspump.samples.accesslog;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Stage;
import io.bspump.test.ProcessorContract;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CombinedLogTest {

    private static final String LINE =
            "203.0.113.7 - ada [21/Nov/2026:03:14:53 +0100] \"GET /shop?n=5 HTTP/1.1\" 200 5123 \"https://a.example/\" \"curl/8.8.0\"";

    private final CombinedLog log = new CombinedLog();

    private Map<String, Object> parse(String line) {
        return log.parse(line.getBytes(UTF_8));
    }

    @Test
    void readsEveryField() {
        Map<String, Object> request = parse(LINE);
        assertThat(request.toString())
                .isEqualTo("{host=203.0.113.7, user=ada, @timestamp="
                        + OffsetDateTime.parse("2026-11-21T03:14:53+01:00").toEpochSecond()
                        + ", method=GET, path=/shop?n=5, protocol=HTTP/1.1, status=200, bytes=5123,"
                        + " referer=https://a.example/, agent=curl/8.8.0}");
    }

    @Test
    void leavesOutWhatIsUnknown() {
        assertThat(parse("::1 - - [01/Jan/1970:00:00:07 +0000] \"GET / HTTP/2.0\" 304 - \"-\" \"-\""))
                .isEqualTo(Map.of(
                        "host",
                        "::1",
                        "@timestamp",
                        7L,
                        "method",
                        "GET",
                        "path",
                        "/",
                        "protocol",
                        "HTTP/2.0",
                        "status",
                        304,
                        "bytes",
                        0L));
    }

    @Test
    void readsEscapedQuotesAndKeepsOtherEscapes() {
        Map<String, Object> request = parse(
                "h - - [21/Nov/2026:03:14:53 +0000] \"GET /a\\\"b HTTP/1.1\" 404 1 \"-\" \"back\\\\slash \\x1b \\\"q\\\"\"");
        assertThat(request).containsEntry("path", "/a\"b").containsEntry("agent", "back\\slash \\x1b \"q\"");
    }

    @Test
    void keepsARequestThatIsNone() {
        Map<String, Object> request =
                parse("h - - [21/Nov/2026:03:14:53 +0000] \"\\x16\\x03\\x01\" 400 157 \"-\" \"-\"");
        assertThat(request).containsEntry("request", "\\x16\\x03\\x01").doesNotContainKeys("method", "path");
    }

    @ParameterizedTest
    @CsvSource({
        "29/Feb/2024:23:59:59 -0730, 2024-02-29T23:59:59-07:30",
        "31/Dec/1969:23:59:58 +0000, 1969-12-31T23:59:58Z",
        "21/Nov/2026:12:00:00 +1400, 2026-11-21T12:00:00+14:00"
    })
    void readsTimes(String log, String iso) {
        String line = LINE.replace("21/Nov/2026:03:14:53 +0100", log);
        assertThat(parse(line))
                .containsEntry("@timestamp", OffsetDateTime.parse(iso).toEpochSecond());
        assertThat(parse(line))
                .containsEntry("@timestamp", OffsetDateTime.parse(iso).toEpochSecond());
    }

    @Test
    void readsEverySecondOfTwoDaysAsTheJavaLibraryDoes() {
        var format = java.time.format.DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", java.util.Locale.ENGLISH)
                .withZone(java.time.ZoneId.of("Europe/Prague"));
        long from = Instant.parse("2026-10-24T12:00:00Z").getEpochSecond(); // with the end of summer time
        for (long second = from; second < from + 2 * 86_400; second += 7) {
            assertThat(parse(LINE.replace("21/Nov/2026:03:14:53 +0100", format.format(Instant.ofEpochSecond(second)))))
                    .containsEntry("@timestamp", second);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | column 1: the host is missing, the line ended",
                "`203.0.113.7` | column 12: the identity is missing, the line ended",
                "`h - - yesterday` | `column 7: the time must be like [21/Nov/2026:03:14:53 +0100], was 'yesterday'`",
                "`h - - [31/Nov/2026:03:14:53 +0100] \"` | `column 7: the time must be like [21/Nov/2026:03:14:53 +0100], but Invalid date 'NOVEMBER 31', was '[31/Nov/2026:03:14:53 +0100] \"'`",
                "`h - - [21/Okt/2026:03:14:53 +0100] \"` | `column 7: the time must be like [21/Nov/2026:03:14:53 +0100], but there is no such month, was '[21/Okt/2026:03:14:53 +0100] \"'`",
                "`h - - [21/Nov/2026:24:14:53 +0100] \"` | `column 7: the time must be like [21/Nov/2026:03:14:53 +0100], but there is no such time, was '[21/Nov/2026:24:14:53 +0100] \"'`",
                "`h - - [21/Nov/2026:03:14:53 +0100] GET` | `column 36: the request must be in quotes, was 'GET'`",
                "`h - - [21/Nov/2026:03:14:53 +0100] \"GET / HTTP/1.1` | `column 36: the request has no closing quote, was '\"GET / HTTP/1.1'`",
                "`h - - [21/Nov/2026:03:14:53 +0100] \"\" 20 5` | `column 39: the status must have 3 digits, was '20 5'`",
                "`h - - [21/Nov/2026:03:14:53 +0100] \"\" 200 x` | `column 43: the size must be a number, was 'x'`",
                "`h - - [21/Nov/2026:03:14:53 +0100] \"\" 200 5 \"-\" \"-\" 0.003` | `column 53: the line must end after the agent, was '0.003'`",
                "`h - - [21/Nov/2026:03:14:53 +0100] \"\"200 5` | `column 38: a blank is missing, was '200 5'`"
            })
    void saysWhereALineIsBroken(String line, String message) {
        assertThatThrownBy(() -> parse(line == null ? "" : line))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void garbageIsAnErrorAndNothingElse() {
        Random random = new Random(5);
        byte[] good = LINE.getBytes(UTF_8);
        for (int i = 0; i < 50_000; i++) {
            byte[] line = java.util.Arrays.copyOf(good, random.nextInt(good.length + 1));
            for (int changes = random.nextInt(4); changes > 0 && line.length > 0; changes--) {
                line[random.nextInt(line.length)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(log.parse(line)).containsKeys("@timestamp", "status", "bytes");
            } catch (IllegalArgumentException e) {
                assertThat(e.getMessage()).startsWith("column ").hasSizeLessThan(200);
            }
        }
    }

    @Nested
    class IsAProcessor extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new CombinedLogParser(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return List.of(
                    LINE.getBytes(UTF_8),
                    LINE.replace("ada", "-").getBytes(UTF_8),
                    LINE.replace("curl", "wget").getBytes(UTF_8));
        }
    }
}
