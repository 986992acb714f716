package io.bspump.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class OverridesTest {

    static final class Sink {
        public static final Options OPTIONS = Options.of(
                Option.integer("batch_size").defaultTo(1).doc("Size."),
                Option.string("bootstrap.servers").defaultTo("-").doc("Servers."),
                Option.string("a__b").defaultTo("-").doc("Odd."));
    }

    private static Config claim(String text, Map<String, String> environment) {
        Configuration configuration = Texts.load(text, environment);
        Config config = configuration.component("pipeline:Hello:FileSink", Sink.class, Map.of());
        assertThat(Texts.problems(configuration)).isEmpty();
        assertThat(Texts.unused(configuration)).isEmpty();
        return config;
    }

    @Test
    void upperCaseWithUnderscoresReachesSectionAndKey() {
        String variable = "BSPUMP__PIPELINE_HELLO_FILESINK__BATCH_SIZE";
        assertThat(claim("[pipeline:Hello:FileSink]\nbatch_size=5", Map.of(variable, "7"))
                        .getInt("batch_size"))
                .isEqualTo(7);
        assertThat(claim("", Map.of(variable, "7")).getInt("batch_size")).isEqualTo(7);
        assertThat(claim("", Map.of("BSPUMP__PIPELINE_HELLO_FILESINK__BOOTSTRAP_SERVERS", "h"))
                        .get("bootstrap.servers"))
                .isEqualTo("h");
        assertThat(claim("", Map.of("BSPUMP__PIPELINE_HELLO_FILESINK__A__B", "x"))
                        .get("a__b"))
                .isEqualTo("x");
    }

    @Test
    void theExactSpellingOfTheSectionIsAcceptedToo() {
        assertThat(claim("", Map.of("BSPUMP__pipeline:Hello:FileSink__batch_size", "7"))
                        .getInt("batch_size"))
                .isEqualTo(7);
        assertThat(claim("", Map.of("BSPUMP__pipeline:Hello:FileSink__BATCH_SIZE", "8"))
                        .getInt("batch_size"))
                .isEqualTo(8);
    }

    @Test
    void undeclaredKeysComeInLowerCase() {
        Configuration configuration =
                Texts.load("[s]\nclient.id=a\n", Map.of("BSPUMP__S__NEW_KEY", "1", "BSPUMP__S__CLIENT_ID", "b"));
        Config config = configuration.section("s");
        assertThat(config.get("new_key")).isEqualTo("1");
        assertThat(config.get("client.id")).isEqualTo("b");
        assertThat(config.keys()).containsExactlyInAnyOrder("new_key", "client.id");
    }

    @Test
    void theyAreTakenLiterally() {
        assertThat(claim("", Map.of("BSPUMP__PIPELINE_HELLO_FILESINK__A__B", "$x ${y} $$"))
                        .get("a__b"))
                .isEqualTo("$x ${y} $$");
    }

    @Test
    void aNameThatFitsTwoSectionsIsAProblem() {
        Configuration configuration = Texts.load("[p:a-b]\nx=1\n[p:a_b]\nx=2\n", Map.of("BSPUMP__P_A_B__X", "3"));
        assertThat(Texts.problems(configuration))
                .containsExactly("the name fits more than one section: [p:a-b], [p:a_b] (environment variable"
                        + " BSPUMP__P_A_B__X)");
        Configuration claimed = Texts.load("", Map.of("BSPUMP__P_A_B__X", "3"));
        claimed.section("p:a-b");
        assertThat(claimed.problems()).isEmpty();
        claimed.section("p:a_b");
        assertThat(claimed.problems()).hasSize(1);
        assertThat(Texts.problems(Texts.load("[p:a-b]\nx=1\n[p:a_b]\nx=2\n"))).isEmpty();
    }

    @Test
    void referencesSeeThem() {
        Configuration configuration =
                Texts.load("[t]\nx=1\n[s]\na=${t:x}\nb=${u:y}\n", Map.of("BSPUMP__T__X", "2", "BSPUMP__U__Y", "3"));
        assertThat(Texts.problems(configuration)).isEmpty();
        assertThat(configuration.section("s").get("a")).isEqualTo("2");
        assertThat(configuration.section("s").get("b")).isEqualTo("3");
    }
}
