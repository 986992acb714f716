package io.bspump.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that are wrong in every way, those of {@code broken.txt} and others made from a good one by chance. */
class BrokenFilesTest {

    private static final Duration SAFETY_NET = Duration.ofSeconds(30);
    private static final String GOOD =
            """
            # A good file.
            [general]
            include = d.conf
            [passwords]
            db = hunter$$2
            [DEFAULT]
            shared = ${HOST:-none}
            [c] ; the component
            host = ${HOST}-$<HOST>-${d:x}
            port = 5432
            timeout: 1.5s
            topics =
              one
              # comment
              two = 2

              [three]
            password = ${passwords:db}
            """;

    @TempDir
    Path directory;

    static class Component {
        public static final Options OPTIONS = Options.of(
                Option.string("host").required().doc("Host."),
                Option.integer("port")
                        .between(1, 65_535)
                        .defaultTo(5432)
                        .alias("tcp_port")
                        .doc("Port."),
                Option.duration("timeout").defaultTo("10s").doc("Timeout."),
                Option.size("buffer").defaultTo("64kB").doc("Buffer."),
                Option.choice("on_error", "stop", "skip").defaultTo("stop").doc("Policy."),
                Option.url("url", "http").doc("URL."),
                Option.bool("flag").defaultTo(false).doc("Flag."),
                Option.list("topics").defaultTo("").doc("Topics."),
                Option.secret("password").doc("Password."));
    }

    private List<ConfigProblem> problems(byte[] file) throws IOException {
        Files.writeString(directory.resolve("d.conf"), "[d]\nx=1\n");
        Files.writeString(directory.resolve("broken.conf"), "[c]\nhunter2\n");
        Files.write(directory.resolve("pipelines.conf"), file);
        Configuration configuration = Configuration.builder()
                .environment(Map.of("HOST", "h"))
                .systemProperties(Map.of())
                .workingDirectory(directory)
                .load();
        Config config = configuration.component("c", Component.class, Map.of());
        config.get("host");
        config.getInt("port");
        config.getDuration("timeout");
        config.getList("topics");
        config.getSecret("password", Secret.of(""));
        List<ConfigProblem> all = new ArrayList<>(configuration.problems());
        all.addAll(configuration.checkUnused());
        return all;
    }

    static Stream<Arguments> written() throws IOException {
        try (InputStream in = BrokenFilesTest.class.getResourceAsStream("broken.txt")) {
            assertThat(in).isNotNull();
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return Stream.of(text.split("(?m)^=== ", -1)).skip(1).map(BrokenFilesTest::arguments);
        }
    }

    private static Arguments arguments(String entry) {
        int name = entry.indexOf('\n');
        int expected = entry.indexOf("--- ", name);
        List<String> messages = entry.substring(expected)
                .lines()
                .map(line -> line.substring("--- ".length()))
                .toList();
        return Arguments.of(entry.substring(0, name), entry.substring(name + 1, expected), messages);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("written")
    void eachBrokenFileGivesItsMessages(String name, String text, List<String> messages) throws IOException {
        List<ConfigProblem> problems = problems(bytes(text));
        assertThat(problems)
                .extracting(problem -> problem.toString().replace(directory.toString(), "DIRECTORY"))
                .containsExactlyElementsOf(messages);
    }

    @Test
    void thereAreManyBrokenFiles() throws IOException {
        assertThat(written()).hasSizeGreaterThanOrEqualTo(60);
    }

    private static byte[] bytes(String text) {
        byte[] plain = text.replace("<NUL>", "\0")
                .replace("<ESC>", "\u001b")
                .replace("<BOM>", "\uFEFF")
                .replace("<BAD>", "\u0001")
                .getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < plain.length; i++) {
            plain[i] = plain[i] == 1 ? (byte) 0xFF : plain[i];
        }
        return plain;
    }

    @Test
    void theGoodFileIsGood() throws IOException {
        assertThat(problems(GOOD.getBytes(StandardCharsets.UTF_8))).isEmpty();
    }

    static IntStream seeds() {
        return IntStream.range(0, 300);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aFileMadeByChanceIsReadOrRefused(int seed) {
        byte[] file = mutate(GOOD.getBytes(StandardCharsets.UTF_8), new Random(seed));
        List<ConfigProblem> problems = assertTimeoutPreemptively(SAFETY_NET, () -> problems(file));
        assertThat(problems).allSatisfy(problem -> {
            assertThat(problem.message()).isNotBlank().doesNotContain("\n", "\r", "hunter");
            if (problem.file() == null) {
                assertThat(problem).hasToString("[c] host is required");
            } else {
                assertThat(problem.file()).isIn("pipelines.conf", "d.conf");
                assertThat(problem.line()).isPositive();
            }
        });
    }

    private static byte[] mutate(byte[] good, Random random) {
        byte[] file = good;
        for (int i = 0; i <= random.nextInt(4); i++) {
            file = mutateOnce(file, random);
        }
        return file;
    }

    private static byte[] mutateOnce(byte[] file, Random random) {
        int at = random.nextInt(file.length);
        return switch (random.nextInt(9)) {
            case 0 -> splice(file, at, 1, new byte[] {(byte) random.nextInt(256)});
            case 1 -> splice(file, at, Math.min(file.length - at, 1 + random.nextInt(20)), new byte[0]);
            case 2 -> splice(file, at, 0, new byte[1 + random.nextInt(3)]);
            case 3 -> splice(file, at, 0, "$".getBytes(StandardCharsets.UTF_8));
            case 4 ->
                splice(file, at, 0, "${".repeat(1 + random.nextInt(10_000)).getBytes(StandardCharsets.UTF_8));
            case 5 -> splice(file, at, 0, "\n".getBytes(StandardCharsets.UTF_8));
            case 6 -> splice(file, at, 0, "x".repeat(random.nextInt(1_000_000)).getBytes(StandardCharsets.UTF_8));
            case 7 -> without(file, random.nextBoolean() ? ']' : '=');
            default -> splice(file, at, 0, file);
        };
    }

    private static byte[] without(byte[] file, char unwanted) {
        return new String(file, StandardCharsets.ISO_8859_1)
                .replace(String.valueOf(unwanted), "")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] splice(byte[] file, int at, int removed, byte[] added) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(file, 0, at);
        out.writeBytes(added);
        out.write(file, at + removed, file.length - at - removed);
        return out.toByteArray();
    }
}
