package io.bspump.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DialectTest {

    /** Text, section, key, value. */
    static Stream<Arguments> readable() {
        return Stream.of(
                arguments("[S]\nTopicName=x", "S", "topicname", "x"),
                arguments("[connection:KafkaConnection]\nk=v", "connection:KafkaConnection", "k", "v"),
                arguments("[pipeline:P:Sink]\nk=v", "pipeline:P:Sink", "k", "v"),
                arguments("[Upper]\nk=v\n[upper]\nk=w", "Upper", "k", "v"),
                arguments("[Upper]\nk=v\n[upper]\nk=w", "upper", "k", "w"),
                arguments("[a/b/c]\nk=v", "a/b/c", "k", "v"),
                arguments("[a\\b]\nk=v", "a\\b", "k", "v"),
                arguments("[ a ]\nk=v", "a", "k", "v"),
                arguments("[two words]\nk=v", "two words", "k", "v"),
                arguments("[s] ; comment\nk=v", "s", "k", "v"),
                arguments("[s] # comment [x]\nk=v", "s", "k", "v"),
                arguments("  [s]\n  k=v", "s", "k", "v"),
                arguments("[s]\nk = v", "s", "k", "v"),
                arguments("[s]\nk : v", "s", "k", "v"),
                arguments("[s]\nk:v=w", "s", "k", "v=w"),
                arguments("[s]\nk=v:w", "s", "k", "v:w"),
                arguments("[s]\nk == v", "s", "k", "= v"),
                arguments("[s]\nback\\=v", "s", "back\\", "v"),
                arguments("[s]\na b c = v", "s", "a b c", "v"),
                arguments("[s]\nurl=http://h:80/x?y=z&q=1", "s", "url", "http://h:80/x?y=z&q=1"),
                arguments("[s]\njson={\"a\": 1, \"b\": [2]}", "s", "json", "{\"a\": 1, \"b\": [2]}"),
                arguments("[s]\nk=", "s", "k", ""),
                arguments("[s]\nk:", "s", "k", ""),
                arguments("[s]\nk=   ", "s", "k", ""),
                arguments("[s]\nk=v ; no comment", "s", "k", "v ; no comment"),
                arguments("[s]\nk=v # no comment", "s", "k", "v # no comment"),
                arguments("[s]\npassword=a#b;c", "s", "password", "a#b;c"),
                arguments("# c\n; c\n[s]\n#k=a\n;k=b\nk=v", "s", "k", "v"),
                arguments("[s]\n   # indented\nk=v", "s", "k", "v"),
                arguments("[s]\nrem x=1", "s", "rem x", "1"),
                arguments("[s]\nk=C:\\new\\temp", "s", "k", "C:\\new\\temp"),
                arguments("[s]\nk=C:\\users", "s", "k", "C:\\users"),
                arguments("[s]\nk=C:\\data\\\nn=1", "s", "k", "C:\\data\\"),
                arguments("[s]\nk=C:\\data\\\nn=1", "s", "n", "1"),
                arguments("[s]\nk=\\\\host\\share", "s", "k", "\\\\host\\share"),
                arguments("[s]\nk=^\\d+\\s*\\.\\w$$", "s", "k", "^\\d+\\s*\\.\\w$"),
                arguments("[s]\nk=\\u010d\\t", "s", "k", "\\u010d\\t"),
                arguments("[s]\nservers=\n  a:9092\n  b:9092", "s", "servers", "\na:9092\nb:9092"),
                arguments("[s]\nk=one\n two\n\tthree", "s", "k", "one\ntwo\nthree"),
                arguments("[s]\nk=one\n  x=1\n  y: 2", "s", "k", "one\nx=1\ny: 2"),
                arguments("[s]\nk=one\n    two\n  three", "s", "k", "one\ntwo\nthree"),
                arguments("[s]\nk=one\n\n two", "s", "k", "one\n\ntwo"),
                arguments("[s]\nk=one\n   \n two", "s", "k", "one\n\ntwo"),
                arguments("[s]\nk=one\n\n\n[t]\na=b", "s", "k", "one"),
                arguments("[s]\nk=one\n\nn=two", "s", "k", "one"),
                arguments("[s]\nk=one\n # comment\n two", "s", "k", "one\ntwo"),
                arguments("[s]\nk=one\n# comment\n two", "s", "k", "one\ntwo"),
                arguments("[s]\nk=one\n [x]\n two", "s", "k", "one\n[x]\ntwo"),
                arguments("[s]\nk=one\\\nn=two", "s", "k", "one\\"),
                arguments("[s]\n  k=v\n  n=w", "s", "n", "w"),
                arguments("[s]\n  k=v\nn=w", "s", "n", "w"),
                arguments("[s]\n  k=v\n    more", "s", "k", "v\nmore"),
                arguments("[DEFAULT]\nk=d\n[s]\nn=1", "s", "k", "d"),
                arguments("[DEFAULT]\nk=d\n[s]\nk=own", "s", "k", "own"),
                arguments("[s]\nn=1\n[DEFAULT]\nk=d", "s", "k", "d"),
                arguments("[DEFAULT]\na=1\n[s]\n[DEFAULT]\nk=d", "s", "k", "d"),
                arguments("[s]\nk=\"quoted\"", "s", "k", "\"quoted\""),
                arguments("[s]\nk='quoted'", "s", "k", "'quoted'"),
                arguments("[s]\nk=%(x)s 100%", "s", "k", "%(x)s 100%"),
                arguments("[s]\nk=příliš žluťoučký 🐎", "s", "k", "příliš žluťoučký 🐎"),
                arguments("[žluť]\nklíč=v", "žluť", "klíč", "v"),
                arguments("\uFEFF[s]\nk=v", "s", "k", "v"),
                arguments("[s]\nk=\u00A0v\u00A0", "s", "k", "v"),
                arguments("[s]\nk=one\n\u00A0two", "s", "k", "one\ntwo"),
                arguments("[s]\r\nk=v\r\nn=w\r\n", "s", "k", "v"),
                arguments("[s]\r\nk=one\r\n two\r\n", "s", "k", "one\ntwo"),
                arguments("[s]\rk=v\rn=w", "s", "n", "w"),
                arguments("[s]\n<file:/etc/passwd>=v", "s", "<file", "/etc/passwd>=v"),
                arguments("[s]\nk=\n[t]\n", "s", "k", ""),
                arguments("[s]\nk=v", "s", "K", "v"));
    }

    @ParameterizedTest
    @MethodSource("readable")
    void readsAsConfigparserDoes(String text, String section, String key, String value) {
        Configuration configuration = Texts.load(text);
        assertThat(Texts.problems(configuration)).isEmpty();
        assertThat(configuration.section(section).get(key)).isEqualTo(value);
    }

    /** Text and the problems it has. */
    static Stream<Arguments> refused() {
        return Stream.of(
                arguments("[s]\nk=1\nk=2", "[s] k stands in the section twice, first in line 2 (pipelines.conf:3)"),
                arguments(
                        "[s]\nKey=1\nkEY=2", "[s] key stands in the section twice, first in line 2 (pipelines.conf:3)"),
                arguments(
                        "[s]\nk=1\n[t]\n[s]\nk=2",
                        "[s] the section stands in the file twice, first in line 1 (pipelines.conf:4)"),
                arguments("[]\nk=v", "the name of the section must not be empty (pipelines.conf:1)"),
                arguments("[ ]\nk=v", "the name of the section must not be empty (pipelines.conf:1)"),
                arguments("[s\nk=v", "the name of the section must end with ']' (pipelines.conf:1)"),
                arguments("[s] k=v", "[s] nothing but a comment may follow the name of the section (pipelines.conf:1)"),
                arguments(
                        "[s]\nhunter2",
                        "[s] the line must be 'key = value', or be indented to continue the value before it"
                                + " (pipelines.conf:2)"),
                arguments("[s]\n=hunter2", "[s] the line must have a key before the '=' (pipelines.conf:2)"),
                arguments("[s]\n : v", "[s] the line must have a key before the ':' (pipelines.conf:2)"),
                arguments("k=v\n[s]", "a section such as [general] must stand before the first key (pipelines.conf:1)"),
                arguments(
                        "\n\nk=v\n[s]",
                        "a section such as [general] must stand before the first key (pipelines.conf:3)"),
                arguments(
                        "[DEFAULT]\nk=1\n[s]\n[DEFAULT]\nk=2",
                        "[DEFAULT] k stands in the section twice, first in line 2 (pipelines.conf:5)"),
                arguments("[s]\nk=1\n[t\0]\nk=2", "the line holds the control character U+0000 (pipelines.conf:3)"),
                arguments(
                        "[s]\nk=1\n  [t\0]\nn=2", "[s] the line holds the control character U+0000 (pipelines.conf:3)"),
                arguments("[s]\nk=\uFDD0", "[s] the line holds the control character U+FDD0 (pipelines.conf:2)"),
                arguments("[s]\nk=a\0b", "[s] the line holds the control character U+0000 (pipelines.conf:2)"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusesWithTheLine(String text, String problem) {
        assertThat(Texts.problems(text)).containsExactly(problem);
    }

    @Test
    void reportsAllSyntaxErrorsOfAFileTogether() {
        assertThat(Texts.problems("x=1\n[a\nk=v\n[b]\noops\n  continued\nk=1\nk=2\n[b]\n"))
                .containsExactly(
                        "a section such as [general] must stand before the first key (pipelines.conf:1)",
                        "the name of the section must end with ']' (pipelines.conf:2)",
                        "[b] the line must be 'key = value', or be indented to continue the value before it"
                                + " (pipelines.conf:5)",
                        "[b] k stands in the section twice, first in line 7 (pipelines.conf:8)",
                        "[b] the section stands in the file twice, first in line 4 (pipelines.conf:9)");
    }

    @Test
    void givesUpOnAFileOfNothingButErrors() {
        assertThat(Texts.problems("oops\n".repeat(100_000)))
                .hasSize(101)
                .last()
                .isEqualTo("too many problems, the rest of the file was not read (pipelines.conf:100)");
    }

    @Test
    void keepsTheOrderOfSectionsAndKeys() {
        Configuration configuration = Texts.load("[z]\nb=1\na=2\n[y]\n[DEFAULT]\nq=1\n[x]\n");
        assertThat(configuration.sections()).containsExactly("z", "y", "x");
        assertThat(configuration.section("z").keys()).containsExactlyInAnyOrder("b", "a", "q");
        assertThat(configuration.hasSection("DEFAULT")).isFalse();
    }

    @Test
    void doesNotDependOnTheLanguageOfTheMachine() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("tr"));
        try {
            Configuration configuration =
                    Texts.load("[s]\nTITLE=x\nFLAG=TRUE\nLIMIT=I", Map.of("BSPUMP__S__TITLE", "y"));
            Config config = configuration.section("s");
            assertThat(config.get("title")).isEqualTo("y");
            assertThat(config.get("TITLE")).isEqualTo("y");
            assertThat(config.getBoolean("flag")).isTrue();
            assertThat(config.getEnum("limit", Letter.class)).isEqualTo(Letter.I);
        } finally {
            Locale.setDefault(before);
        }
    }

    private enum Letter {
        I
    }

    @Test
    void valuesKeepTheirLineAfterContinuationsAndComments() {
        Configuration configuration = Texts.load("[s]\nk=1\n  2\n\n# c\n  3\nn=${NONE}\n");
        assertThat(Texts.problems(configuration))
                .containsExactly("[s] n refers to '${NONE}', which is neither set in the environment nor a key of the"
                        + " section (pipelines.conf:7)");
    }

    @Test
    void doesNotDependOnTheSettingsOfIni4j() {
        List<String> names = List.of("tree", "escape", "escapeNewline", "include", "emptyOption", "globalSection");
        names.forEach(name -> System.setProperty("org.ini4j.config." + name, "true"));
        try {
            Configuration configuration = Texts.load("[a/b]\nk=\\t\\\nn=1\n<x>=2\n");
            assertThat(Texts.problems(configuration)).isEmpty();
            assertThat(configuration.sections()).containsExactly("a/b");
            assertThat(configuration.section("a/b").get("k")).isEqualTo("\\t\\");
            assertThat(configuration.section("a/b").get("<x>")).isEqualTo("2");
        } finally {
            names.forEach(name -> System.clearProperty("org.ini4j.config." + name));
        }
    }
}
