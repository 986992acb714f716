package io.bspump.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilesTest {

    @TempDir
    Path directory;

    private final Map<String, String> environment = new HashMap<>();

    private void write(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private ConfigurationBuilder builder() {
        return Configuration.builder()
                .environment(environment)
                .systemProperties(Map.of())
                .workingDirectory(directory);
    }

    private Configuration load() {
        return builder().load();
    }

    private List<String> problems() {
        return Texts.problems(load());
    }

    @Test
    void looksTheFileUpInOrder() throws IOException {
        assertThat(load().path()).isEmpty();
        assertThat(load().sections()).isEmpty();
        assertThat(load().problems()).isEmpty();
        write("conf/pipelines.conf", "[conf]");
        assertThat(load().sections()).containsExactly("conf");
        write("pipelines.conf", "[here]");
        assertThat(load().sections()).containsExactly("here");
        write("asab.conf", "[asab]");
        environment.put("ASAB_CONFIG", "asab.conf");
        assertThat(load().sections()).containsExactly("asab");
        write("bspump.conf", "[bspump]");
        environment.put("BSPUMP_CONFIG", "bspump.conf");
        assertThat(load().sections()).containsExactly("bspump");
        write("named.conf", "[named]");
        Configuration named = builder().file(Path.of("named.conf")).load();
        assertThat(named.sections()).containsExactly("named");
        assertThat(named.path()).hasValue(directory.resolve("named.conf"));
        environment.put("BSPUMP_CONFIG", "");
        assertThat(load().sections()).containsExactly("asab");
    }

    @Test
    void aNamedFileThatIsMissingIsAnError() {
        assertThatThrownBy(() -> builder().file(Path.of("no.conf")).read())
                .isInstanceOf(ConfigException.class)
                .hasMessage("the configuration file does not exist (no.conf)");
        environment.put("ASAB_CONFIG", "/no/asab.conf");
        assertThat(problems())
                .containsExactly("the configuration file named by ASAB_CONFIG does not exist (/no/asab.conf)");
        environment.put("BSPUMP_CONFIG", "a\0b");
        assertThat(problems()).hasSize(1);
    }

    @Test
    void readsOneFileByPath() throws IOException {
        write("x.conf", "[s]\nk=v\n");
        assertThat(Configuration.read(directory.resolve("x.conf")).section("s").get("k"))
                .isEqualTo("v");
        Path broken = directory.resolve("broken.conf");
        Files.writeString(broken, "[s]\noops\nk=${BSPUMP_TEST_UNSET_1}\n");
        assertThatThrownBy(() -> Configuration.read(broken))
                .isInstanceOfSatisfying(
                        ConfigException.class, e -> assertThat(e.problems()).hasSize(2))
                .hasMessageContaining(broken + ":2")
                .hasMessageContaining(broken + ":3");
    }

    @Test
    void whatIsNoTextFileIsAnError() throws IOException {
        Files.createDirectories(directory.resolve("pipelines.conf"));
        assertThat(problems()).containsExactly("the file is not a regular file (pipelines.conf)");
        Files.delete(directory.resolve("pipelines.conf"));
        Files.write(
                directory.resolve("pipelines.conf"), "[s]\r\nk=1\r\nn=\u00e9".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(problems()).containsExactly("the file must be UTF-8 text (pipelines.conf:3)");
        Files.write(directory.resolve("pipelines.conf"), new byte[] {'[', 's', ']', '\n', (byte) 0xC3});
        assertThat(problems()).containsExactly("the file must be UTF-8 text (pipelines.conf:2)");
        Files.write(directory.resolve("pipelines.conf"), new byte[(1 << 24) + 1]);
        assertThat(problems()).containsExactly("the file is longer than 16 MiB (pipelines.conf)");
        write("pipelines.conf", "\uFEFF[s]\nk=v");
        assertThat(load().section("s").get("k")).isEqualTo("v");
        write("pipelines.conf", "");
        assertThat(problems()).isEmpty();
    }

    @Test
    void includedFilesOverrideTheIncludingOne() throws IOException {
        write(
                "pipelines.conf",
                "[general]\ninclude = site/*.conf extra.conf\n[s]\na=main\nb=main\nc=main\nother=main\n");
        write("site/2.conf", "[s]\nb=two\nc=two\n");
        write("site/1.conf", "[s]\na=one\nb=one\ndir=${THIS_DIR}\n[new]\nk=1\n");
        write("site/.hidden.conf", "[s]\na=hidden\n");
        write("extra.conf", "[s]\nc=extra\nref=${other}\n");
        Configuration configuration = load();
        assertThat(Texts.problems(configuration)).isEmpty();
        Config config = configuration.section("s");
        assertThat(config.get("a")).isEqualTo("one");
        assertThat(config.get("b")).isEqualTo("two");
        assertThat(config.get("c")).isEqualTo("extra");
        assertThat(config.get("ref")).isEqualTo("main");
        assertThat(config.get("dir"))
                .isEqualTo(directory.resolve("site").toAbsolutePath().toString());
        assertThat(configuration.sections()).containsExactly("general", "s", "new");
    }

    @Test
    void problemsInIncludedFilesNameThem() throws IOException {
        write("pipelines.conf", "[general]\ninclude = site/1.conf\n[s]\nk=1\n");
        write("site/1.conf", "[s]\nk=${NONE}\noops\n[t\n");
        assertThat(problems())
                .containsExactly(
                        "[s] the line must be 'key = value', or be indented to continue the value before it"
                                + " (site/1.conf:3)",
                        "the name of the section must end with ']' (site/1.conf:4)",
                        "[s] k refers to '${NONE}', which is neither set in the environment nor a key of the section"
                                + " (site/1.conf:2)");
    }

    @Test
    void includesAreNestedAndRelativeToTheirFile() throws IOException {
        environment.put("SITE", "site");
        write("pipelines.conf", "[general]\ninclude =\n  ${SITE}/with blank.conf\n  ${THIS_DIR}/abs.conf\n");
        write("site/with blank.conf", "[general]\ninclude = deep/x.conf\n[a]\nk=1\n");
        write("site/deep/x.conf", "[b]\nk=2\n");
        write("abs.conf", "[c]\nk=3\n");
        Configuration configuration = load();
        assertThat(Texts.problems(configuration)).isEmpty();
        assertThat(configuration.sections()).containsExactly("general", "a", "b", "c");
    }

    @Test
    void aFileIsReadOnce() throws IOException {
        write("pipelines.conf", "[general]\ninclude = a.conf b.conf pipelines.conf\n");
        write("a.conf", "[general]\ninclude = b.conf\n[s]\nk=a\n");
        write("b.conf", "[general]\ninclude = a.conf\n[s]\nk=b\n");
        Configuration configuration = load();
        assertThat(configuration.problems()).isEmpty();
        assertThat(configuration.section("s").get("k")).isEqualTo("b");
        assertThat(configuration.warnings())
                .extracting(ConfigProblem::toString)
                .containsExactly(
                        "[general] include names a file that has been read already: 'a.conf' (b.conf:2)",
                        "[general] include names a file that has been read already: 'b.conf' (pipelines.conf:2)",
                        "[general] include names a file that has been read already: 'pipelines.conf'"
                                + " (pipelines.conf:2)");
    }

    @Test
    void missingIncludesAreErrorsUnlessTheyArePatterns() throws IOException {
        write("pipelines.conf", "[general]\ninclude = no.conf none/*.conf n[o]ne.conf conf.d\n");
        Files.createDirectories(directory.resolve("conf.d"));
        assertThat(problems())
                .containsExactly(
                        "[general] include names a file that does not exist: 'no.conf' (pipelines.conf:2)",
                        "[general] include names a directory: '" + directory.resolve("conf.d")
                                + "' (pipelines.conf:2)");
        write("pipelines.conf", "[general]\ninclude = x[.conf\n");
        assertThat(problems())
                .containsExactly(
                        "[general] include cannot look for 'x[.conf': PatternSyntaxException" + " (pipelines.conf:2)");
        write("pipelines.conf", "[general]\ninclude = ${NONE}.conf\n");
        assertThat(problems()).hasSize(1).first().asString().contains("'${NONE}'");
    }

    @Test
    void includesAreBounded() throws IOException {
        for (int i = 0; i < 40; i++) {
            write("f" + i + ".conf", "[general]\ninclude = f" + (i + 1) + ".conf\n");
        }
        write("f40.conf", "[s]");
        write("pipelines.conf", "[general]\ninclude = f0.conf\n");
        assertThat(problems()).containsExactly("[general] include is nested more than 32 deep (f31.conf:2)");

        for (int i = 0; i < 1_001; i++) {
            write("many/" + i + ".conf", "[s" + i + "]");
        }
        write("pipelines.conf", "[general]\ninclude = many/*.conf\n");
        assertThat(problems()).containsExactly("[general] include leads to more than 1000 files (pipelines.conf:2)");
    }

    @Test
    void theEnvironmentMayReplaceTheIncludes() throws IOException {
        write("pipelines.conf", "[general]\ninclude = no.conf\n");
        write("yes.conf", "[yes]");
        environment.put("BSPUMP__GENERAL__INCLUDE", "yes.conf");
        assertThat(problems()).isEmpty();
        assertThat(load().sections()).containsExactly("general", "yes");
    }

    @Test
    void secretsBecomeVariables() throws IOException {
        write("pipelines.conf", "[secrets]\ngroups = db mq\ndir = private\n[s]\nu=${DB_USER}\np=${DB_PASS}\nq=${MQ}\n");
        write("private/db", "DB_USER=u1\nDB_PASS=\"p#1\"\n");
        write("private/mq", "export MQ='m'\nDB_USER=u2\n");
        environment.put("DB_PASS", "from-environment");
        Configuration configuration = load();
        assertThat(Texts.problems(configuration)).isEmpty();
        Config config = configuration.section("s");
        assertThat(config.get("u")).isEqualTo("u1");
        assertThat(config.get("p")).isEqualTo("from-environment");
        assertThat(config.get("q")).isEqualTo("m");
        for (String key : List.of("u", "p", "q")) {
            assertThat(config.shown(key)).hasValue("***");
        }
    }

    @Test
    void secretsAreLookedForWhereTheReferenceDoes() throws IOException {
        write("pipelines.conf", "[secrets]\ngroups = db\n[s]\nk=${X}\n");
        write("home/.config/bitswan/local-gitops/secrets/db", "X=home");
        write("gitops/secrets/db", "X=gitops");
        assertThat(problems())
                .contains("[secrets] groups needs the key 'dir', or the variable BITSWAN_GITOPS_DIR"
                        + " (pipelines.conf:2)");
        environment.put("HOME", directory.resolve("home").toString());
        assertThat(load().section("s").get("k")).isEqualTo("home");
        environment.put("BITSWAN_GITOPS_DIR", "gitops");
        assertThat(load().section("s").get("k")).isEqualTo("gitops");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../db", "a/b", "a\\b", ".."})
    void groupsStayInTheirDirectory(String group) throws IOException {
        write("pipelines.conf", "[secrets]\ndir = .\ngroups = " + group + "\n");
        write("db", "X=1");
        assertThat(problems())
                .containsExactly("[secrets] groups must be names of files without a directory, was '" + group
                        + "' (pipelines.conf:3)");
    }

    @Test
    void aMissingGroupIsAnError() throws IOException {
        write("pipelines.conf", "[secrets]\ngroups = db\ndir = private\n");
        assertThat(problems())
                .containsExactly("[secrets] groups names a file that does not exist: 'private/db' (pipelines.conf:2)");
    }

    @Test
    void secretsMayOverrideValues() throws IOException {
        write("pipelines.conf", "[secrets]\ngroups = db\ndir = .\n[s]\nk=1\n");
        write("db", "BSPUMP__S__K=hidden");
        Config config = load().section("s");
        assertThat(config.get("k")).isEqualTo("hidden");
        assertThat(config.shown("k")).hasValue("***");
    }

    @Test
    void filesTogetherAreBounded() throws IOException {
        String large = "#" + "x".repeat((1 << 24) - 100);
        for (int i = 0; i < 5; i++) {
            write("large" + i + ".conf", large);
        }
        write("pipelines.conf", "[general]\ninclude = large*.conf\n");
        assertThat(problems()).containsExactly("the files together are longer than 64 MiB (large4.conf)");
    }

    @Test
    void aVeryLongFileIsRead() throws IOException {
        String keys = IntStream.range(0, 200_000)
                .mapToObj(i -> "key" + i + " = value")
                .collect(Collectors.joining("\n"));
        write("pipelines.conf", "[s]\n" + keys + "\nlast=" + "x".repeat(5_000_000));
        assertThat(load().section("s").get("last")).hasSize(5_000_000);
    }
}
