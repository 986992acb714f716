package io.bspump.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ExpansionTest {

    private static final Map<String, String> ENVIRONMENT =
            Map.of("HOST", "h1", "EMPTY", "", "DOLLAR", "${HOST}", "LINES", "a\n[x]\nb=c", "both", "environment");

    private static final Duration SAFETY_NET = Duration.ofSeconds(30);

    static Stream<Arguments> expandable() {
        return Stream.of(
                arguments("$<HOST>", "h1"),
                arguments("${HOST}", "h1"),
                arguments("$HOST", "h1"),
                arguments("$HOST/x", "h1/x"),
                arguments("a${HOST}b$<HOST>c", "ah1bh1c"),
                arguments("${HOST:-d}", "h1"),
                arguments("${NONE:-d}", "d"),
                arguments("${NONE:-}", ""),
                arguments("${EMPTY:-d}", "d"),
                arguments("${EMPTY}", ""),
                arguments("${NONE:-http://h:80/x}", "http://h:80/x"),
                arguments("${NONE:-${HOST}}", "h1"),
                arguments("${NONE:-${NOTHING:-${HOST}}}", "h1"),
                arguments("${NONE:-{\"a\": {}}}", "{\"a\": {}}"),
                arguments("${NONE:-a$$b}", "a$b"),
                arguments("$$", "$"),
                arguments("$$HOST", "$HOST"),
                arguments("$${HOST}", "${HOST}"),
                arguments("$$${HOST}", "$h1"),
                arguments("${DOLLAR}", "${HOST}"),
                arguments("${LINES}", "a\n[x]\nb=c"),
                arguments("${own}", "o"),
                arguments("${OWN}", "o"),
                arguments("${shared}", "d"),
                arguments("${t:k}", "tv"),
                arguments("${t:K}", "tv"),
                arguments("${t:shared}", "d"),
                arguments("${connection:Orders:host}", "orders"),
                arguments("${both}", "environment"),
                arguments("${s:both}", "section"),
                arguments("${own:-x}", "o"),
                arguments("${t:none:-x}", "x"),
                arguments("${THIS_DIR}/x", "/srv/pump/x"),
                arguments("$<THIS_DIR>", "/srv/pump"),
                arguments("${prop}", "property"));
    }

    @ParameterizedTest
    @MethodSource("expandable")
    void replacesReferences(String value, String expected) {
        String text = "[DEFAULT]\nshared=d\n[t]\nk=tv\n[connection:Orders]\nhost=orders\n[s]\nown=o\nboth=section\nv="
                + value;
        Configuration configuration = Configuration.builder()
                .text(text)
                .environment(ENVIRONMENT)
                .systemProperties(Map.of("prop", "property", "HOST", "hidden"))
                .workingDirectory(Texts.DIRECTORY)
                .load();
        assertThat(Texts.problems(configuration)).isEmpty();
        assertThat(configuration.section("s").get("v")).isEqualTo(expected);
        assertThat(configuration.sections()).containsExactly("t", "connection:Orders", "s");
    }

    static Stream<Arguments> refused() {
        String unset = ", which is neither set in the environment nor a key of the section";
        String dollar = "; write '$$' for a dollar sign";
        return Stream.of(
                arguments("${NONE}", "v refers to '${NONE}'" + unset),
                arguments("$<NONE>", "v refers to '$<NONE>', which is not set in the environment"),
                arguments("${x:y}", "v refers to '${x:y}', but there is no such section"),
                arguments("${t:y}", "v refers to '${t:y}', but the section has no such key"),
                arguments("a$b", "v has a '$' that is no reference" + dollar + " or ${NAME} for a variable"),
                arguments("a$", "v has a '$' that is no reference" + dollar + " or ${NAME} for a variable"),
                arguments("$1", "v has a '$' that is no reference" + dollar + " or ${NAME} for a variable"),
                arguments("${", "v has a '${' without a '}'" + dollar),
                arguments("${a", "v has a '${' without a '}'" + dollar),
                arguments("${}", "v has a '${' that is not followed by a name and '}'" + dollar),
                arguments("${${HOST}}", "v has a '${' that is not followed by a name and '}'" + dollar),
                arguments("${:-x}", "v has a '${' that is not followed by a name and '}'" + dollar),
                arguments("$<a b>", "v has a '$<' that is not followed by a name and '>'" + dollar),
                arguments("$<HOST", "v has a '$<' that is not followed by a name and '>'" + dollar));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusesWhatIsNoReference(String value, String message) {
        Configuration configuration = Texts.load("[t]\n[s]\nv=" + value, ENVIRONMENT);
        assertThat(Texts.problems(configuration)).containsExactly("[s] " + message + " (pipelines.conf:3)");
    }

    @Test
    void reportsAllUnsetVariablesTogether() {
        assertThat(Texts.problems("[a]\nx=${ONE}-$<TWO>\n[b]\ny=${THREE}\nz=1\n"))
                .containsExactly(
                        "[a] x refers to '${ONE}', which is neither set in the environment nor a key of the section"
                                + " (pipelines.conf:2)",
                        "[a] x refers to '$<TWO>', which is not set in the environment (pipelines.conf:2)",
                        "[b] y refers to '${THREE}', which is neither set in the environment nor a key of the section"
                                + " (pipelines.conf:4)");
    }

    @Test
    void reportsABrokenValueOnceHoweverManyReferToIt() {
        assertThat(Texts.problems("[a]\nx=${y}\nz=${y}\ny=${NONE}\n"))
                .containsExactly("[a] y refers to '${NONE}', which is neither set in the environment nor a key of the"
                        + " section (pipelines.conf:4)");
    }

    @Test
    void neverRepeatsAPieceOfAPassword() {
        assertThat(Texts.problems("[a]\npassword=x${hunter2}y\ntoken=a$hunter2\nsecret=${hunter:two\n"))
                .hasSize(3)
                .noneMatch(problem -> problem.contains("hunter"));
        assertThat(Texts.problems("[a]\npassword=${DB_PASSWORD}\n").get(0)).contains("'${DB_PASSWORD}'");
    }

    @Test
    void reportsACycleWithItsPath() {
        assertThat(Texts.problems("[d]\na=${t:a}\n[t]\na=x${d:a}\n"))
                .containsExactly("[d] a refers to itself: ${d:a} -> ${t:a} -> ${d:a} (pipelines.conf:2)");
        assertThat(Texts.problems("[d]\na=${a}\n"))
                .containsExactly("[d] a refers to itself: ${d:a} -> ${d:a} (pipelines.conf:2)");
        assertThat(Texts.problems("[d]\nx=${a}\na=${b}\nb=${a}\n"))
                .containsExactly("[d] a refers to itself: ${d:a} -> ${d:b} -> ${d:a} (pipelines.conf:3)");
    }

    @Test
    void expandsInheritedValuesWhereTheyAreUsed() {
        Configuration configuration =
                Texts.load("[DEFAULT]\npath=/data/${name}\n[general]\n[s]\nname=n\n[t]\nname=m\n");
        assertThat(Texts.problems(configuration)).isEmpty();
        assertThat(configuration.section("s").get("path")).isEqualTo("/data/n");
        assertThat(configuration.section("t").get("path")).isEqualTo("/data/m");
        assertThat(Texts.problems("[DEFAULT]\npath=/data/${name}\n[s]\nx=1\n"))
                .containsExactly("[DEFAULT] path refers to '${name}', which is neither set in the environment nor a key"
                        + " of the section (pipelines.conf:2)");
    }

    @Test
    void boundsTheDepthOfReferences() {
        String chain = IntStream.rangeClosed(1, 64)
                .mapToObj(i -> "x" + i + "=${x" + (i - 1) + "}")
                .collect(Collectors.joining("\n"));
        Configuration deepest = Texts.load("[s]\nx0=v\n" + chain);
        assertThat(Texts.problems(deepest)).isEmpty();
        assertThat(deepest.section("s").get("x64")).isEqualTo("v");

        String last = "[s] x65 refers through more than 64 other values (pipelines.conf:%d)";
        assertThat(Texts.problems("[s]\nx0=v\n" + chain + "\nx65=${x64}")).containsExactly(last.formatted(67));
        String backwards = chain.lines().sorted(Comparator.reverseOrder()).collect(Collectors.joining("\n"));
        assertThat(Texts.problems("[s]\nx65=${x64}\n" + backwards + "\nx0=v")).containsExactly(last.formatted(2));
    }

    @Test
    void boundsTheLengthOfValues() {
        String doubling = IntStream.rangeClosed(1, 40)
                .mapToObj(i -> "x" + i + "=${x" + (i - 1) + "}${x" + (i - 1) + "}")
                .collect(Collectors.joining("\n"));
        List<String> problems = assertTimeoutPreemptively(SAFETY_NET, () -> Texts.problems("[s]\nx0=v\n" + doubling));
        assertThat(problems)
                .containsExactly("[s] x21 is longer than 1048576 characters when its references are replaced"
                        + " (pipelines.conf:23)");
        List<String> reversed = assertTimeoutPreemptively(
                SAFETY_NET,
                () -> Texts.problems("[s]\n"
                        + doubling.lines().sorted(Comparator.reverseOrder()).collect(Collectors.joining("\n"))
                        + "\nx0=v"));
        assertThat(reversed).hasSize(1).first().asString().contains("x21 is longer than");
    }

    @Test
    void boundsTheLengthOfAllValuesTogether() {
        String many = IntStream.range(0, 1_000).mapToObj(i -> "y" + i + "=${x}").collect(Collectors.joining("\n"));
        List<String> problems = assertTimeoutPreemptively(
                SAFETY_NET, () -> Texts.problems("[s]\nx=" + "v".repeat(900_000) + "\n" + many));
        assertThat(problems).isNotEmpty().allMatch(problem -> problem.contains("is longer than"));
    }

    @Test
    void takesHostileTextsInStride() {
        assertTimeoutPreemptively(SAFETY_NET, () -> {
            assertThat(Texts.problems("[s]\nv=" + "${".repeat(50_000))).hasSize(1);
            assertThat(Texts.problems("[s]\nv=" + "${".repeat(50_000) + "}".repeat(50_000)))
                    .hasSize(1);
            assertThat(Texts.problems("[s]\nv=" + "${a:-".repeat(50_000) + "}".repeat(50_000)))
                    .hasSize(1);
            assertThat(Texts.problems("[s]\nv=" + "$$".repeat(500_000))).isEmpty();
            String chain = IntStream.range(0, 50_000)
                    .mapToObj(i -> "x" + i + "=${x" + (i + 1) + "}${x" + (i + 1) + "}")
                    .collect(Collectors.joining("\n"));
            assertThat(Texts.problems("[s]\n" + chain)).isNotEmpty();
        });
    }

    @Test
    void readsAHundredThousandSections() {
        String text = IntStream.range(0, 100_000)
                .mapToObj(i -> "[s" + i + "]\nk=${DEFAULT:d}\nn=" + i + "\n")
                .collect(Collectors.joining());
        Configuration configuration =
                assertTimeoutPreemptively(SAFETY_NET, () -> Texts.load("[DEFAULT]\nd=x\n" + text));
        assertThat(configuration.sections()).hasSize(100_000);
        assertThat(configuration.section("s99999").get("k")).isEqualTo("x");
        assertThat(assertTimeoutPreemptively(SAFETY_NET, configuration::checkUnused))
                .hasSize(1_000);
    }

    @Test
    void environmentReplacesAValueBeforeItIsExpanded() {
        Configuration configuration = Texts.load("[s]\nx=${NONE}\ny=<${x}>\n", Map.of("BSPUMP__S__X", "${literal}"));
        assertThat(Texts.problems(configuration)).isEmpty();
        assertThat(configuration.section("s").get("x")).isEqualTo("${literal}");
        assertThat(configuration.section("s").get("y")).isEqualTo("<${literal}>");
    }
}
