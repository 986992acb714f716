package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.CommandLineOptions.Action;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandLineOptionsTest {

    @Test
    void nothingGivenMeansRun() {
        CommandLineOptions options = CommandLineOptions.parse();

        assertThat(options.action()).isEqualTo(Action.RUN);
        assertThat(options.file()).isEmpty();
        assertThat(options.overrides()).isEmpty();
        assertThat(options.problems()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"--check,CHECK", "--schema,SCHEMA", "--help,HELP", "-h,HELP", "--version,VERSION"})
    void actionIsRecognised(String argument, Action action) {
        assertThat(CommandLineOptions.parse(argument).action()).isEqualTo(action);
    }

    @Test
    void helpIsGivenEvenWithNonsenseBesideIt() {
        CommandLineOptions options = CommandLineOptions.parse("--nonsense", "--help");

        assertThat(options.action()).isEqualTo(Action.HELP);
    }

    @ParameterizedTest
    @CsvSource({"-c,x.conf", "--config,x.conf"})
    void configurationFileIsNamed(String option, String file) {
        assertThat(CommandLineOptions.parse(option, file).file()).contains(Path.of("x.conf"));
    }

    @Test
    void webWithoutAddressListensOnLoopbackOnly() {
        assertThat(CommandLineOptions.parse("-w").overrides())
                .isEqualTo(Map.of("web", Map.of("listen", "127.0.0.1:8080")));
    }

    @Test
    void webTakesAnAddress() {
        assertThat(CommandLineOptions.parse("--web", "0.0.0.0:9000", "-v").overrides())
                .isEqualTo(Map.of("web", Map.of("listen", "0.0.0.0:9000"), "logging", Map.of("verbose", "true")));
    }

    @Test
    void webDoesNotTakeTheNextOptionForItsAddress() {
        assertThat(CommandLineOptions.parse("-w", "-v").overrides())
                .isEqualTo(Map.of("web", Map.of("listen", "127.0.0.1:8080"), "logging", Map.of("verbose", "true")));
    }

    @Test
    void setTakesTheLastColonBeforeTheFirstEqualsSign() {
        CommandLineOptions options = CommandLineOptions.parse(
                "--set",
                "pipeline:Orders:on_error=skip",
                "--set",
                "connection:K:bootstrap_servers=a:1,b:2",
                "--set=pipeline:Orders:KafkaSource:filter=x=y:z",
                "--set",
                "general:var_dir=");

        assertThat(options.problems()).isEmpty();
        assertThat(options.overrides())
                .isEqualTo(Map.of(
                        "pipeline:Orders", Map.of("on_error", "skip"),
                        "connection:K", Map.of("bootstrap_servers", "a:1,b:2"),
                        "pipeline:Orders:KafkaSource", Map.of("filter", "x=y:z"),
                        "general", Map.of("var_dir", "")));
    }

    @Test
    void setWinsOverTheShorthandWhereverItStands() {
        assertThat(CommandLineOptions.parse("--set", "web:listen=1", "-w", "2").overrides())
                .isEqualTo(Map.of("web", Map.of("listen", "1")));
    }

    @Test
    void brokenSetIsReportedWithoutItsValue() {
        assertThat(CommandLineOptions.parse("--set", "nokey=secret", "--set", "a:b", "--set", "a: =secret")
                        .problems())
                .containsExactly(
                        "--set must be SECTION:KEY=VALUE, was 'nokey=...'",
                        "--set must be SECTION:KEY=VALUE, was 'a:b'",
                        "--set must be SECTION:KEY=VALUE, was 'a: =...'");
    }

    @Test
    void unknownOptionIsReportedWithTheNearestOne() {
        assertThat(CommandLineOptions.parse("--verbos").problems())
                .containsExactly("unknown option '--verbos', did you mean --verbose or --version?");
    }

    @Test
    void everythingWrongIsReportedAndTheRestUnderstood() {
        CommandLineOptions options = CommandLineOptions.parse("--set", "x", "stray", "--check", "-c");

        assertThat(options.action()).isEqualTo(Action.CHECK);
        assertThat(options.problems())
                .hasSize(3)
                .contains("unexpected argument 'stray', see --help", "--set must be SECTION:KEY=VALUE, was 'x'")
                .anyMatch(problem -> problem.contains("'--config' (FILE)"));
    }

    @Test
    void argumentFilesAreNotExpanded() {
        assertThat(CommandLineOptions.parse("@/etc/hostname").problems())
                .containsExactly("unexpected argument '@/etc/hostname', see --help");
    }

    @Test
    void usageNamesEveryOption() {
        assertThat(CommandLineOptions.usage(List.of()))
                .contains(
                        "-c, --config=FILE",
                        "-w, --web",
                        "-v, --verbose",
                        "--check",
                        "--schema",
                        "--set=SECTION:KEY=VALUE")
                .contains("-h, --help", "--version", "Exit codes")
                .doesNotContain("-c, -c", "--check, --check");
    }
}
