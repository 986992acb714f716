package io.bspump.json;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.bspump.Application;
import io.bspump.Context;
import io.bspump.DeadLetter;
import io.bspump.Pipeline;
import io.bspump.TestApp;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonTest {

    @TempDir
    Path directory;

    private TestApp app;
    private StdJsonToDictParser parser;
    private StdDictToJsonParser writer;
    private DictToJsonBytesParser bytesWriter;

    private static final class Empty extends Pipeline {
        Empty(Application app) {
            super(app, "P");
        }
    }

    @BeforeEach
    void open() {
        app = TestApp.in(directory);
        Pipeline pipeline = new Empty(app);
        parser = new StdJsonToDictParser(app, pipeline);
        writer = new StdDictToJsonParser(app, pipeline);
        bytesWriter = new DictToJsonBytesParser(app, pipeline);
    }

    @AfterEach
    void close() {
        app.close();
    }

    private Object parse(Object event) {
        return parser.process(new Context(), event);
    }

    private String write(Object event) {
        String text = writer.process(new Context(), event);
        assertThat(new String(bytesWriter.process(new Context(), event), UTF_8)).isEqualTo(text);
        return text;
    }

    @Test
    void readsAnyValueOfJson() {
        assertThat(parse("{\"b\": [1, null], \"a\": {}}"))
                .isEqualTo(Map.of("b", new ArrayList<>(java.util.Arrays.asList(1, null)), "a", Map.of()));
        assertThat(parse("[]")).isEqualTo(List.of());
        assertThat(parse(" \"x\" ")).isEqualTo("x");
        assertThat(parse("true")).isEqualTo(true);
        assertThat(parse("9223372036854775807")).isEqualTo(Long.MAX_VALUE);
        assertThat(parse("9223372036854775808")).isEqualTo(new BigInteger("9223372036854775808"));
        assertThat(parse("-1.5e3")).isEqualTo(-1500.0);
    }

    @Test
    void readsBytesInAnyUnicodeEncoding() {
        assertThat(parse("\"žluť \uD83D\uDE00\"".getBytes(UTF_8))).isEqualTo("žluť \uD83D\uDE00");
        assertThat(parse("\"žluť\"".getBytes(UTF_16BE))).isEqualTo("žluť");
    }

    @Test
    void nullDropsTheEvent() {
        assertThat(parse("null")).isNull();
    }

    @Test
    void keepsTheOrderOfFieldsAndMayBeChanged() {
        @SuppressWarnings("unchecked")
        Map<String, Object> map = (Map<String, Object>) parse("{\"z\":1,\"a\":2,\"m\":3}".getBytes(UTF_8));
        map.put("a", 0);
        map.put("new", "x");
        assertThat(write(map)).isEqualTo("{\"z\":1,\"a\":0,\"m\":3,\"new\":\"x\"}");
    }

    @Test
    void saysWhereATextIsNotJson() {
        assertThatThrownBy(() -> parse("{\"a\": 1,\n  \"b\": tru}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the event is not JSON at line 2, column 8: Unrecognized token 'tru'");
        assertThatThrownBy(() -> parse(""))
                .hasMessageStartingWith("the event is not JSON at line 1, column 0: No content to map");
        assertThatThrownBy(() -> parse("   ")).hasMessageContaining("No content to map");
        assertThatThrownBy(() -> parse("{\"a\": 1")).hasMessageContaining("Unexpected end-of-input");
        assertThatThrownBy(() -> parse("[01]")).hasMessageContaining("Leading zeroes");
    }

    @Test
    void whatStandsBehindTheValueIsAnError() {
        assertThatThrownBy(() -> parse("{} {}")).hasMessageContaining("Trailing token");
        assertThatThrownBy(() -> parse("1 x".getBytes(UTF_8)))
                .hasMessageStartingWith("the event is not JSON at line 1");
        assertThat(parse("{} \n ")).isEqualTo(Map.of());
    }

    @Test
    void garbageIsAnErrorAndNothingElse() {
        Random random = new Random(7);
        for (int i = 0; i < 5000; i++) {
            byte[] garbage = new byte[random.nextInt(40)];
            random.nextBytes(garbage);
            try {
                parse(garbage);
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageStartingWith("the event is not JSON");
            }
        }
        assertThatThrownBy(() -> parse(new byte[] {0, 0, 0, (byte) 0x99, 1, 2, 3, 4}))
                .hasMessageStartingWith("the event is not JSON");
    }

    @Test
    void anErrorQuotesNoMoreThanAWordOfTheEvent() {
        String secret = "secret".repeat(1000);
        for (String text : List.of(secret, "{\"a\": " + secret, "[1, 2" + secret, "{\"" + secret + "\": \"" + secret)) {
            assertThatThrownBy(() -> parse(text)).satisfies(e -> {
                assertThat(e.getMessage()).hasSizeLessThan(400).doesNotContain("secretsecretsecretsecretsecret");
                assertThat(e.getCause().getMessage()).doesNotContain("secretsecretsecretsecretsecret");
            });
        }
    }

    @Test
    void readsAndWritesWhatDataBindingDoes() throws Exception {
        ObjectMapper binding = new ObjectMapper();
        Random random = new Random(11);
        for (int i = 0; i < 2000; i++) {
            Object event = randomValue(random, 0);
            String text = binding.writeValueAsString(event);
            assertThat(write(event)).isEqualTo(text);
            assertThat(parse(text)).isEqualTo(event).isEqualTo(binding.readValue(text, Object.class));
            assertThat(parse(text.getBytes(UTF_8))).isEqualTo(event);
        }
    }

    private static Object randomValue(Random random, int depth) {
        return switch (random.nextInt(depth < 4 ? 9 : 7)) {
            case 0 -> random.nextInt();
            case 1 -> random.nextLong() | 1L << 40;
            case 2 -> Double.parseDouble(random.nextInt(1000) + "." + random.nextInt(1000));
            case 3 -> random.nextBoolean();
            case 4 -> new BigInteger(90, random).setBit(80);
            case 5 -> "";
            case 6 ->
                random.ints(random.nextInt(30), 1, 0xd800)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
            case 7 -> {
                List<Object> list = new ArrayList<>();
                for (int i = random.nextInt(5); i > 0; i--) {
                    list.add(randomValue(random, depth + 1));
                }
                yield list;
            }
            default -> {
                Map<String, Object> map = new LinkedHashMap<>();
                for (int i = random.nextInt(5); i > 0; i--) {
                    map.put("\u017e\"" + random.nextInt(), randomValue(random, depth + 1));
                }
                yield map;
            }
        };
    }

    @Test
    void goesOnAfterAnEventThatCannotBeWritten() {
        Map<Object, Object> inner = new LinkedHashMap<>();
        inner.put("bad", new Object());
        assertThatThrownBy(() -> write(Map.of("list", List.of(1, inner))))
                .hasMessageContaining("cannot be written as JSON at $.list[1].bad");
        assertThat(write(Map.of("a", 1))).isEqualTo("{\"a\":1}");
        assertThat(write(Map.of(7, LocalDate.of(2026, 1, 2)))).isEqualTo("{\"7\":\"2026-01-02\"}");
        assertThat(write(List.of("b"))).isEqualTo("[\"b\"]");
    }

    @Test
    void deepNestingIsAnErrorAndNoStackOverflow() {
        assertThatThrownBy(() -> parse("[".repeat(1_000_000)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nesting depth");
    }

    @Test
    void readsNothingButBytesAndText() {
        assertThatThrownBy(() -> parse(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the event must be a byte[] or a String, was a java.lang.Integer");
    }

    @Test
    void writesTimesAsText() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("instant", Instant.EPOCH);
        map.put("date", LocalDate.of(2024, 2, 29));
        map.put("duration", Duration.ofSeconds(90));
        map.put("old", java.sql.Timestamp.from(Instant.EPOCH));
        map.put("bytes", new byte[] {1, 2});
        map.put("nothing", null);
        assertThat(write(map))
                .isEqualTo("{\"instant\":\"1970-01-01T00:00:00Z\",\"date\":\"2024-02-29\",\"duration\":\"PT1M30S\","
                        + "\"old\":\"1970-01-01T00:00:00.000+00:00\",\"bytes\":\"AQI=\",\"nothing\":null}");
    }

    @Test
    void writesDeadLettersAsMaps() {
        DeadLetter letter = new DeadLetter(
                "P",
                "Parser",
                "žluť".getBytes(UTF_8),
                Map.of("filename", "in"),
                new IllegalStateException("no"),
                3,
                Instant.EPOCH);
        assertThat(write(letter))
                .isEqualTo("{\"pipeline\":\"P\",\"stage\":\"Parser\",\"error\":\"java.lang.IllegalStateException\","
                        + "\"message\":\"no\",\"attempts\":3,\"time\":\"1970-01-01T00:00:00Z\","
                        + "\"context\":{\"filename\":\"in\"},\"event\":\"žluť\"}");
    }

    @Test
    void saysWhatCannotBeWritten() {
        Map<String, Object> map = Map.of("a", List.of(new Object()));
        assertThatThrownBy(() -> write(map))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "cannot be written as JSON at $.a[0]: No serializer found for class java.lang.Object");
    }

    @Test
    void aCycleIsAnErrorAndNoStackOverflow() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("self", map);
        assertThatThrownBy(() -> write(map))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nesting depth")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1000));
    }
}
