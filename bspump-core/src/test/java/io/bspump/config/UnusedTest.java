package io.bspump.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class UnusedTest {

    static class Base {
        public static final Options OPTIONS = Options.of(
                Option.string("on_error")
                        .defaultTo("stop")
                        .alias("stop_on_errors")
                        .doc("Policy."),
                Option.integer("batch_size").defaultTo(1).doc("Size."));
    }

    static final class Closed extends Base {
        public static final Options OPTIONS =
                Options.of(Option.string("path").defaultTo("-").doc("Path."));
    }

    static final class Open extends Base {}

    @Test
    void aClosedComponentKnowsWhatItDeclaresInheritsAndReads() {
        Configuration configuration = Texts.load(
                """
                [pipeline:Orders]
                on_eror=stop
                batch_size=2
                path=x
                stop_on_errors=no
                read=1
                something=2
                batch.size=3
                """);
        Config config = configuration.component("pipeline:Orders", Closed.class, Map.of());
        assertThat(config.getInt("Read")).isEqualTo(1);
        assertThat(Texts.unused(configuration))
                .containsExactlyInAnyOrder(
                        "[pipeline:Orders] unknown key 'on_eror', did you mean 'on_error'? (pipelines.conf:2)",
                        "[pipeline:Orders] unknown key 'something' (pipelines.conf:7)",
                        "[pipeline:Orders] unknown key 'batch.size', did you mean 'batch_size'? (pipelines.conf:8)");
        assertThat(configuration.problems()).isEmpty();
        assertThat(Texts.unused(configuration)).hasSize(3);
    }

    @Test
    void anOpenComponentKnowsAllKeysButNearMisses() {
        Configuration configuration = Texts.load("[s]\nhost=h\nfree=1\nbatch_sise=2\nbatch_sizes=3\n");
        Config config = configuration.component("s", Open.class, Map.of());
        assertThat(config.get("batch_sizes")).isEqualTo("3");
        assertThat(Texts.unused(configuration))
                .containsExactly("[s] unknown key 'batch_sise', did you mean 'batch_size'? (pipelines.conf:4)");
    }

    @Test
    void anOpenClassCanBeHeldToItsKeys() {
        Configuration configuration = Texts.load("[s]\nhost=h\nfree=1\n");
        Config config = configuration.closedComponent("s", Open.class, Map.of());
        assertThat(Texts.unused(configuration)).hasSize(2);
        assertThat(config.contains("host")).isTrue();
        assertThat(Texts.unused(configuration)).containsExactly("[s] unknown key 'free' (pipelines.conf:3)");
    }

    @Test
    void severalComponentsMayShareASection() {
        Configuration configuration = Texts.load("[s]\npath=p\nother=1\nbad=2\n");
        configuration.component("s", Closed.class, Map.of());
        configuration.section("s", Options.of(Option.string("other").doc("Other.")));
        assertThat(Texts.unused(configuration)).containsExactly("[s] unknown key 'bad' (pipelines.conf:4)");
    }

    @Test
    void keysGivenInCodeAreCheckedToo() {
        Configuration configuration = Texts.load("");
        configuration.component("s", Closed.class, Map.of("Pathh", "x"));
        assertThat(Texts.unused(configuration))
                .containsExactly("[s] unknown key 'pathh', did you mean 'path'? (given in code)");
    }

    @Test
    void inheritedKeysAreNeverUnknown() {
        Configuration configuration = Texts.load("[DEFAULT]\non_eror=1\nx=2\n[s]\n");
        assertThat(configuration.component("s", Closed.class, Map.of()).get("x"))
                .isEqualTo("2");
        assertThat(Texts.unused(configuration)).isEmpty();
    }

    @Test
    void unknownSectionsAreNamedWithTheNearest() {
        Configuration configuration = Texts.load(
                """
                [general]
                [web]
                [logging]
                [logging:file]
                [secrets]
                [passwords]
                p=1
                [pipeline:Odrers]
                [Pipeline:Orders]
                [read]
                [base]
                k=1
                [pipeline:Orders]
                path=${base:k}
                own=1
                on_error=${own}
                [genral]
                """);
        configuration.section("read");
        configuration.component("pipeline:Orders", Closed.class, Map.of());
        assertThat(Texts.unused(configuration))
                .containsExactly(
                        "[pipeline:Odrers] unknown section, did you mean 'pipeline:Orders'? (pipelines.conf:8)",
                        "[Pipeline:Orders] unknown section, did you mean 'pipeline:Orders'? (pipelines.conf:9)",
                        "[genral] unknown section, did you mean 'general'? (pipelines.conf:17)");
    }

    @Test
    void settingsFromOutsideThatReachNothingAreReported() {
        Configuration configuration = Texts.load(
                "[s]\npath=p\n",
                Map.of("BSPUMP__S__PAHT", "1", "BSPUMP__T__PATH", "1", "BSPUMP__S", "1", "BSPUMP__OPEN__X", "1"),
                Map.of("s", Map.of("pth", "1"), "nowhere", Map.of("a", "1"), "open", Map.of("y", "1")));
        configuration.component("s", Closed.class, Map.of());
        Config open = configuration.component("open", Open.class, Map.of());
        assertThat(open.keys()).contains("x", "y");
        assertThat(Texts.unused(configuration))
                .containsExactlyInAnyOrder(
                        "[nowhere] unknown section (command line)",
                        "[s] unknown key 'paht', did you mean 'path'? (environment variable BSPUMP__S__PAHT)",
                        "[s] unknown key 'pth', did you mean 'path'? (command line)",
                        "[open] unknown key 'x' (environment variable BSPUMP__OPEN__X)",
                        "[open] unknown key 'y' (command line)",
                        "the variable is for no section and key that anything uses (environment variable BSPUMP__S)",
                        "the variable is for no section and key that anything uses (environment variable"
                                + " BSPUMP__T__PATH)");
    }

    @Test
    void theConfigurationKnowsItsOwnKeys() {
        Configuration configuration = Texts.load(
                "[general]\ninclude=\ninclde=x\ndrain_timeout=5\n[secrets]\ngroups=\ngruops=x\n",
                Map.of("BSPUMP__GENERAL__INCLUDE", ""));
        configuration.section(
                "general",
                Options.of(Option.duration("drain_timeout").defaultTo("30s").doc("Time.")));
        assertThat(Texts.unused(configuration))
                .containsExactlyInAnyOrder(
                        "[general] unknown key 'inclde', did you mean 'include'? (pipelines.conf:3)",
                        "[secrets] unknown key 'gruops', did you mean 'groups'? (pipelines.conf:7)");
    }
}
