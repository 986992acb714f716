package io.bspump.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ComponentTest {

    static class Base {
        public static final Options OPTIONS = Options.of(
                Option.string("host").required().doc("Host."),
                Option.integer("port")
                        .between(1, 65_535)
                        .defaultTo(5432)
                        .alias("tcp_port")
                        .doc("Port."),
                Option.duration("timeout")
                        .atLeast(Duration.ofMillis(1))
                        .defaultTo("10s")
                        .doc("Timeout."),
                Option.size("buffer").atMost(1_000_000).defaultTo("64kB").doc("Buffer."),
                Option.choice("on_error", "stop", "skip").defaultTo("stop").doc("Policy."),
                Option.url("url", "http", "https").doc("URL."),
                Option.list("topics").defaultTo("a b").doc("Topics."),
                Option.bool("flag").deprecated("use 'on_error'").doc("Flag."),
                Option.number("ratio").between(0.0, 1.0).doc("Ratio."),
                Option.secret("password").doc("Password."));
    }

    static final class Closed extends Base {
        public static final Options OPTIONS =
                Options.of(Option.string("extra").defaultTo("e").doc("Extra."));
    }

    static final class Open extends Base {}

    private static Config claim(Configuration configuration, String section) {
        return configuration.component(section, Closed.class, Map.of());
    }

    @Test
    void laysTheSourcesOverEachOther() {
        String text = "[DEFAULT]\nport=3\n[c]\nhost=file\n";
        Map<String, Object> code = Map.of("Host", "code", "PORT", 2, "extra", "code", "timeout", Duration.ofMillis(7));
        Configuration plain = Texts.load(text);
        Config config = plain.component("c", Closed.class, code);
        assertThat(config.get("host")).isEqualTo("file");
        assertThat(config.getInt("port")).isEqualTo(3);
        assertThat(config.get("extra")).isEqualTo("code");
        assertThat(config.getDuration("timeout")).hasMillis(7);
        assertThat(config.getSize("buffer")).isEqualTo(64_000);

        Configuration overridden = Texts.load(
                text,
                Map.of("BSPUMP__C__HOST", "environment", "BSPUMP__C__EXTRA", "environment"),
                Map.of("c", Map.of("EXTRA", "line")));
        Config over = overridden.component("c", Closed.class, code);
        assertThat(over.get("host")).isEqualTo("environment");
        assertThat(over.get("extra")).isEqualTo("line");
        assertThat(over.getInt("port")).isEqualTo(3);
        assertThat(Texts.problems(overridden)).isEmpty();
        assertThat(Texts.unused(overridden)).isEmpty();
    }

    @Test
    void takesTypedValuesFromCode() {
        Config config = Texts.load("")
                .component(
                        "c",
                        Open.class,
                        Map.of(
                                "host",
                                Secret.of("hidden"),
                                "topics",
                                List.of("x y", "z"),
                                "array",
                                new String[] {"a b", "c"},
                                "flag",
                                true,
                                "ratio",
                                0.5,
                                "path",
                                Path.of("/a/b"),
                                "state",
                                Thread.State.NEW,
                                "literal",
                                "${NONE}"));
        assertThat(config.get("host")).isEqualTo("hidden");
        assertThat(config.shown("host")).hasValue("***");
        assertThat(config.getList("topics")).containsExactly("x y", "z");
        assertThat(config.getList("array")).containsExactly("a b", "c");
        assertThat(config.getBoolean("flag")).isTrue();
        assertThat(config.getDouble("ratio")).isEqualTo(0.5);
        assertThat(config.get("path")).isEqualTo("/a/b");
        assertThat(config.getEnum("state", Thread.State.class)).isEqualTo(Thread.State.NEW);
        assertThat(config.get("literal")).isEqualTo("${NONE}");
    }

    @Test
    void aNullFromCodeIsAProblem() {
        Map<String, Object> code = new HashMap<>();
        code.put("host", null);
        Configuration configuration = Texts.load("");
        assertThat(configuration.component("c", Open.class, code).get("host")).isEmpty();
        assertThat(Texts.problems(configuration)).containsExactly("[c] host must not be null (given in code)");
    }

    @Test
    void reportsEveryBadValueOfEveryComponentTogether() {
        Configuration configuration = Texts.load(
                """
                [connection:Orders]
                port=abc
                timeout=0
                buffer=2MB
                on_error=retry
                url=ftp://user:hunter2@host/
                ratio=1.5
                flag=maybe
                password=hunter3
                [connection:Other]
                host=
                port=65536
                """);
        Config orders = claim(configuration, "connection:Orders");
        Config other = claim(configuration, "connection:Other");
        assertThat(Texts.problems(configuration))
                .containsExactly(
                        "[connection:Orders] host is required (pipelines.conf:1)",
                        "[connection:Orders] port must be between 1 and 65535, was 'abc' (pipelines.conf:2)",
                        "[connection:Orders] timeout must be at least 1ms, was '0' (pipelines.conf:3)",
                        "[connection:Orders] buffer must be at most 1000000, was '2MB' (pipelines.conf:4)",
                        "[connection:Orders] on_error must be one of stop, skip, was 'retry' (pipelines.conf:5)",
                        "[connection:Orders] url must be a URL that starts with http:// or https://, was"
                                + " 'ftp://***@host/' (pipelines.conf:6)",
                        "[connection:Orders] flag must be one of true, yes, on, 1, false, no, off, 0, was 'maybe'"
                                + " (pipelines.conf:8)",
                        "[connection:Orders] ratio must be between 0.0 and 1.0, was '1.5' (pipelines.conf:7)",
                        "[connection:Other] host must not be empty (pipelines.conf:11)",
                        "[connection:Other] port must be between 1 and 65535, was '65536' (pipelines.conf:12)");
        assertThat(orders.get("host")).isEmpty();
        assertThat(orders.getInt("port")).isEqualTo(5432);
        assertThat(orders.getDuration("timeout")).hasSeconds(10);
        assertThat(orders.getSize("buffer")).isEqualTo(64_000);
        assertThat(orders.get("on_error")).isEqualTo("stop");
        assertThat(orders.getUrl("url")).hasToString("");
        assertThat(orders.getDouble("ratio")).isZero();
        assertThat(orders.getBoolean("flag")).isFalse();
        assertThat(orders.getSecret("password").reveal()).isEqualTo("hunter3");
        assertThat(other.getInt("port", 7)).isEqualTo(5432);
    }

    @Test
    void namesThePlaceOfABadValueThatIsInNoFile() {
        Configuration configuration =
                Texts.load("", Map.of("BSPUMP__C__PORT", "0"), Map.of("c", Map.of("timeout", "soon")));
        configuration.component("c", Open.class, Map.of("host", "h", "buffer", "big"));
        assertThat(Texts.problems(configuration))
                .containsExactly(
                        "[c] port must be between 1 and 65535, was '0' (environment variable BSPUMP__C__PORT)",
                        "[c] timeout must be at least 1ms, was 'soon' (command line)",
                        "[c] buffer must be at most 1000000, was 'big' (given in code)");
    }

    @Test
    void anAliasIsReadAsIfUnderTheName() {
        Configuration configuration = Texts.load("[c]\nhost=h\ntcp_port=7\n");
        Config config = configuration.component("c", Closed.class, Map.of("port", 5));
        assertThat(config.getInt("port")).isEqualTo(7);
        assertThat(config.getInt("tcp_port")).isEqualTo(7);
        assertThat(config.keys()).contains("port").doesNotContain("tcp_port");
        assertThat(Texts.problems(configuration)).isEmpty();
        assertThat(Texts.unused(configuration)).isEmpty();

        Configuration line = Texts.load("[c]\nhost=h\nport=7\n", Map.of(), Map.of("c", Map.of("tcp_port", "8")));
        assertThat(claim(line, "c").getInt("port")).isEqualTo(8);
    }

    @Test
    void anAliasBesideItsNameIsAProblem() {
        Configuration configuration = Texts.load("[c]\nhost=h\nport=6\ntcp_port=7\n");
        assertThat(claim(configuration, "c").getInt("port")).isEqualTo(5432);
        assertThat(Texts.problems(configuration))
                .containsExactly("[c] port is given twice, as port and as tcp_port (pipelines.conf:4)");
    }

    @Test
    void aDeprecatedOptionIsAWarning() {
        Configuration configuration = Texts.load("[c]\nhost=h\nflag=on\n");
        claim(configuration, "c");
        assertThat(configuration.problems()).isEmpty();
        assertThat(configuration.warnings())
                .extracting(ConfigProblem::toString)
                .containsExactly("[c] flag is deprecated, use 'on_error' (pipelines.conf:3)");
    }

    @Test
    void aBrokenReferenceIsReportedOnceAndNotAgainByTheGetter() {
        Configuration configuration = Texts.load("[c]\nhost=${NONE}\nfree=${NONE}\nport=${NONE}\n");
        Config config = configuration.component("c", Open.class, Map.of());
        assertThat(config.get("host")).isEmpty();
        assertThat(config.getInt("free")).isZero();
        assertThat(config.getInt("port")).isEqualTo(5432);
        assertThat(configuration.problems()).hasSize(3);
    }

    @Test
    void anUndeclaredKeyWithABadValueThrows() {
        Config config = Texts.load("[c]\nhost=h\nfree=x\n").component("c", Open.class, Map.of());
        assertThatThrownBy(() -> config.getInt("free"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("[c] free must be a whole number, was 'x' (pipelines.conf:3)");
    }

    @Test
    void anOptionalOptionMayBeAbsent() {
        Config config = claim(Texts.load("[c]\nhost=h\n"), "c");
        assertThat(config.contains("url")).isFalse();
        assertThat(config.contains("port")).isTrue();
        assertThatThrownBy(() -> config.getUrl("url")).hasMessage("[c] url is required");
    }

    @Test
    void claimsMayComeFromManyThreads() throws InterruptedException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 400; i++) {
            text.append("[c").append(i).append("]\nhost=h\nport=x\n");
        }
        Configuration configuration = Texts.load(text.toString());
        List<Thread> threads = IntStream.range(0, 4)
                .mapToObj(thread -> new Thread(() -> {
                    for (int i = 0; i < 400; i++) {
                        claim(configuration, "c" + i).getInt("port");
                    }
                }))
                .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join(30_000);
        }
        assertThat(configuration.problems()).hasSize(400);
    }

    @Test
    void aBadDeclaredOptionalValueUsesTheDefaultOfTheCall() {
        Configuration configuration = Texts.load("[c]\nhost=h\nratio=2\n");
        assertThat(claim(configuration, "c").getDouble("ratio", 0.25)).isEqualTo(0.25);
        assertThat(configuration.problems()).hasSize(1);
    }

    @Test
    void toStringShowsNoValues() {
        Config config = claim(Texts.load("[c]\nhost=hunter2\n"), "c");
        assertThat(config.toString()).startsWith("[c] ").contains("host").doesNotContain("hunter2");
    }

    @Test
    void aDurationMayBeNegativeIfItsBoundsAllowIt() {
        Option offset = Option.duration("offset")
                .atLeast(Duration.ofHours(-1))
                .defaultTo("0s")
                .doc("Offset.");
        Configuration configuration = Texts.load("[s]\noffset=-5s\nother=-5s\n");
        Config config = configuration.section("s", Options.of(offset));
        assertThat(configuration.problems()).isEmpty();
        assertThat(config.getDuration("offset")).hasSeconds(-5);
        assertThatThrownBy(() -> config.getDuration("other")).hasMessageContaining("was '-5s'");
    }

    @Test
    void aMissingKeyIsNotReportedIfItsSectionMayBeUnreadable() {
        Configuration configuration = Texts.load("[c\nhost=h\n");
        assertThat(claim(configuration, "c").get("host")).isEmpty();
        assertThat(Texts.problems(configuration))
                .containsExactly("the name of the section must end with ']' (pipelines.conf:1)");
    }
}
