package io.bspump.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.RoundingMode;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitsTest {

    private static Config config(String value) {
        return Texts.load("[s]\nk=" + value.replace("\n", "\n  ")).section("s");
    }

    @ParameterizedTest
    @CsvSource({
        "100ms, 100", "5s, 5000", "2m, 120000", "1h, 3600000", "1d, 86400000", "1D, 86400000", "1w, 604800000",
        "1W, 604800000", "1M, 2678400000", "1y, 31536000000", "1Y, 31536000000", "5, 5000", "0, 0", "0.5, 500",
        ".5s, 500", "1.5h, 5400000", "1 h, 3600000", " 1 0 s , 10000", "+5s, 5000", "5.s, 5000", "0.0015s, 1"
    })
    void readsDurations(String text, long millis) {
        assertThat(config(text).getDuration("k").toMillis()).isEqualTo(millis);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "s",
                "5x",
                "5S",
                "5 sec",
                "1h30m",
                "1e3",
                "inf",
                "nan",
                "-5s",
                "--5",
                "0x10",
                "5us",
                "٣s",
                "293y",
                "99999999999999999999999999999999999999999999999999999999999999999999999999"
            })
    void refusesOtherDurations(String text) {
        assertThatThrownBy(() -> config(text).getDuration("k"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("[s] k must be a duration such as 100ms, 5s, 2m or 1.5h, was '")
                .hasMessageEndingWith("(pipelines.conf:2)");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "512, 512",
        "512B, 512",
        "1kB, 1000",
        "1k, 1000",
        "1K, 1000",
        "2MB, 2000000",
        "2M, 2000000",
        "3GB, 3000000000",
        "3G, 3000000000",
        "1TB, 1000000000000",
        "1T, 1000000000000",
        "1.5kB, 1500",
        "1 MB, 1000000",
        "1KiB, 1024",
        "1MiB, 1048576",
        "1GiB, 1073741824",
        "1TiB, 1099511627776",
        "0.5KiB, 512",
        "9223372036854775807, 9223372036854775807"
    })
    void readsSizes(String text, long bytes) {
        assertThat(config(text).getSize("k")).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "B",
                "1.5",
                "0.5B",
                "-1",
                "1kb",
                "1KB",
                "1mb",
                "1PB",
                "9223372036854775808",
                "99999999TB",
                "1e3"
            })
    void refusesOtherSizes(String text) {
        assertThatThrownBy(() -> config(text).getSize("k"))
                .isInstanceOf(ConfigException.class)
                .hasMessage(
                        "[s] k must be a size such as 512, 64kB, 1.5MB or 1MiB, was '" + text + "' (pipelines.conf:2)");
    }

    @ParameterizedTest
    @CsvSource({
        "1, true",
        "yes, true",
        "true, true",
        "on, true",
        "YES, true",
        "True, true",
        "oN, true",
        "0, false",
        "no, false",
        "false, false",
        "off, false",
        "OFF, false",
        "No, false"
    })
    void readsBooleans(String text, boolean value) {
        assertThat(config(text).getBoolean("k")).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "2", "y", "n", "t", "enabled", "true false", "01"})
    void refusesOtherBooleans(String text) {
        assertThatThrownBy(() -> config(text).getBoolean("k"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("[s] k must be one of true, yes, on, 1, false, no, off, 0, was '" + text
                        + "' (pipelines.conf:2)");
    }

    @Test
    void readsWholeNumbersToTheirBounds() {
        assertThat(config("2147483647").getInt("k")).isEqualTo(Integer.MAX_VALUE);
        assertThat(config("-2147483648").getInt("k")).isEqualTo(Integer.MIN_VALUE);
        assertThat(config("+7").getInt("k")).isEqualTo(7);
        assertThat(config("9223372036854775807").getLong("k")).isEqualTo(Long.MAX_VALUE);
        assertThat(config("-9223372036854775808").getLong("k")).isEqualTo(Long.MIN_VALUE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "abc", "1.0", "1e3", "0x10", "1_000", "2147483648", "9999999999999999999", "٣", "- 1"})
    void refusesOtherWholeNumbers(String text) {
        assertThatThrownBy(() -> config(text).getInt("k"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("[s] k must be a whole number, was '" + text + "' (pipelines.conf:2)");
    }

    @Test
    void readsDecimalNumbers() {
        assertThat(config("1.5").getDouble("k")).isEqualTo(1.5);
        assertThat(config("-1e-3").getDouble("k")).isEqualTo(-0.001);
        assertThat(config("7").getDouble("k")).isEqualTo(7.0);
        for (String text : List.of("", "NaN", "Infinity", "1e999", "1,5", "1f", "0x1p3")) {
            assertThatThrownBy(() -> config(text).getDouble("k"))
                    .hasMessage("[s] k must be a number, was '" + text + "' (pipelines.conf:2)");
        }
    }

    @Test
    void readsLists() {
        assertThat(config("a b,c ,  d,,e").getList("k")).containsExactly("a", "b", "c", "d", "e");
        assertThat(config("\na one\n\nb two,\nc").getList("k")).containsExactly("a one", "b two", "c");
        assertThat(config("").getList("k")).isEmpty();
        assertThat(config("one").getList("k")).containsExactly("one");
    }

    @Test
    void readsUrls() {
        assertThat(config(" http://h:80/x/ ").getUrl("k")).isEqualTo(URI.create("http://h:80/x"));
        assertThat(config("http://h//").getUrl("k")).isEqualTo(URI.create("http://h"));
        assertThat(config("file:///").getUrl("k")).isEqualTo(URI.create("file:///"));
        assertThat(config("jdbc:x://h/d").getUrl("k")).isEqualTo(URI.create("jdbc:x://h/d"));
        assertThat(config("mqtt://h").getUrl("k")).isEqualTo(URI.create("mqtt://h"));
        assertThat(config("http://h/?q=/").getUrl("k")).isEqualTo(URI.create("http://h/?q=/"));
        for (String text : List.of("", "h:", "http:/x", "//h", "/x", "http://a b", "http://")) {
            assertThatThrownBy(() -> config(text).getUrl("k"))
                    .hasMessage(
                            "[s] k must be a URL such as http://host:80/path, was '" + text + "' (pipelines.conf:2)");
        }
    }

    @Test
    void readsEnums() {
        assertThat(config("half-up").getEnum("k", RoundingMode.class)).isEqualTo(RoundingMode.HALF_UP);
        assertThatThrownBy(() -> config("x").getEnum("k", Thread.State.class))
                .hasMessage("[s] k must be one of new, runnable, blocked, waiting, timed_waiting, terminated, was 'x'"
                        + " (pipelines.conf:2)");
    }

    @Test
    void gettersWithADefaultUseItOnlyIfThereIsNoValue() {
        Config empty = Texts.load("[s]").section("s");
        assertThat(empty.get("k", "d")).isEqualTo("d");
        assertThat(empty.getInt("k", 1)).isEqualTo(1);
        assertThat(empty.getLong("k", 2)).isEqualTo(2);
        assertThat(empty.getDouble("k", 3)).isEqualTo(3);
        assertThat(empty.getBoolean("k", true)).isTrue();
        assertThat(empty.getDuration("k", Duration.ofSeconds(4))).hasSeconds(4);
        assertThat(empty.getSize("k", 5)).isEqualTo(5);
        assertThat(empty.getUrl("k", URI.create("x:y"))).isEqualTo(URI.create("x:y"));
        assertThat(empty.getList("k", List.of("z"))).containsExactly("z");
        assertThat(empty.getSecret("k", Secret.of("s")).reveal()).isEqualTo("s");
        assertThat(empty.getEnum("k", Thread.State.NEW)).isEqualTo(Thread.State.NEW);
        assertThat(config("7").getInt("k", 1)).isEqualTo(7);
        assertThatThrownBy(() -> config("x").getInt("k", 1)).hasMessageContaining("must be a whole number, was 'x'");
    }

    @Test
    void gettersWithoutADefaultNameSectionAndKey() {
        Config empty = Configuration.builder()
                .environment(Map.of())
                .workingDirectory(Texts.DIRECTORY)
                .load()
                .section("connection:Orders");
        assertThatThrownBy(() -> empty.get("Host"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("[connection:Orders] host is required");
        assertThat(empty.contains("host")).isFalse();
        assertThat(empty.name()).isEqualTo("connection:Orders");
        assertThat(empty.keys()).isEmpty();
    }

    @Test
    void longValuesAreCutInMessages() {
        assertThatThrownBy(() -> config("x".repeat(1_000_000)).getInt("k"))
                .hasMessage("[s] k must be a whole number, was '" + "x".repeat(100) + "...' (pipelines.conf:2)");
        assertThatThrownBy(() -> config("a\nb").getInt("k"))
                .hasMessage("[s] k must be a whole number, was 'a\\nb' (pipelines.conf:2)");
    }
}
