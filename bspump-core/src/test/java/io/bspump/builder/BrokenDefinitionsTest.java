package io.bspump.builder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.bspump.TestApp;
import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Definitions that are wrong in every way, those of {@code broken.txt} and others made from a good one by chance. */
class BrokenDefinitionsTest {

    private static final Duration SAFETY_NET = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    static Stream<Arguments> cases() throws IOException {
        try (InputStream in = BrokenDefinitionsTest.class.getResourceAsStream("broken.txt")) {
            String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return Stream.of(all.split("(?m)^=== ")).skip(1).map(text -> {
                List<String> definition = new ArrayList<>();
                List<String> problems = new ArrayList<>();
                text.lines().skip(1).forEach(line -> (line.startsWith("!! ") ? problems : definition).add(line));
                return Arguments.of(
                        text.lines().findFirst().orElseThrow(),
                        String.join("\n", definition),
                        problems.stream().map(line -> line.substring(3)).toList());
            });
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void saysEverythingThatIsWrong(String name, String definition, List<String> problems) throws IOException {
        List<String> found = problems(definition.getBytes(StandardCharsets.UTF_8));
        assertThat(problems).isNotEmpty();
        assertThat(found).isEqualTo(problems);
        assertThat(found).noneMatch(message -> message.contains("hunter2"));
    }

    private List<String> problems(byte[] definition) throws IOException {
        Path file = Files.write(directory.resolve("pump.yaml"), definition);
        try (TestApp app = TestApp.in(directory)) {
            List<ConfigProblem> problems = new ArrayList<>();
            try {
                assertTimeoutPreemptively(SAFETY_NET, () -> new PumpBuilder(file).constructPump(app));
            } catch (ConfigException e) {
                problems.addAll(e.problems());
            }
            problems.addAll(app.configuration().problems());
            problems.addAll(app.configuration().checkUnused());
            return problems.stream()
                    .map(ConfigProblem::toString)
                    .map(text -> text.replace(directory + "/", ""))
                    .distinct()
                    .toList();
        }
    }
}
