package io.bspump.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DotEnvTest {

    private static final Origin FILE = new Origin("group", 0, null);

    static Stream<Arguments> lines() {
        return Stream.of(
                arguments("X=v", "v"),
                arguments("  X = v  ", "v"),
                arguments("export X=v", "v"),
                arguments("export\tX=v", "v"),
                arguments("X=a=b==", "a=b=="),
                arguments("X=", ""),
                arguments("X=v # comment", "v"),
                arguments("X=v#no comment", "v#no comment"),
                arguments("X=# comment", ""),
                arguments("X=\"a # b\" # comment", "a # b"),
                arguments("X='a # b'", "a # b"),
                arguments("X='a\\nb'", "a\\nb"),
                arguments("X='it\\'s'", "it's"),
                arguments("X=\"a\\nb\\t\\\"c\\\" \\\\ \\x\"", "a\nb\t\"c\" \\ \\x"),
                arguments("X=\"one\ntwo\"", "one\ntwo"),
                arguments("X='one\r\ntwo'", "one\ntwo"),
                arguments("X=$Y ${Y}", "$Y ${Y}"),
                arguments("# c\n\n  # d\nX=v\n", "v"),
                arguments("X=a\nX=b", "b"),
                arguments("X=říp", "říp"));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void readsValues(String text, String value) {
        Problems problems = new Problems();
        assertThat(DotEnv.parse(text, FILE, problems)).isEqualTo(Map.of("X", value));
        assertThat(problems.all()).isEmpty();
    }

    @Test
    void reportsEveryBadLineWithoutItsText() {
        Problems problems = new Problems();
        String text = "A=1\nhunter2\n1X=hunter2\nB='x' hunter2\nC=\"a\nb\"\nD=\"hunter2\nE=2\n";
        assertThat(DotEnv.parse(text, FILE, problems)).containsOnlyKeys("A", "C", "E");
        assertThat(problems.all())
                .extracting(ConfigProblem::toString)
                .containsExactly(
                        "the line must be 'NAME=value' (group:2)",
                        "the line must be 'NAME=value' (group:3)",
                        "nothing but a comment may follow the quoted value of B (group:4)",
                        "the quote of D is not closed (group:7)");
    }
}
