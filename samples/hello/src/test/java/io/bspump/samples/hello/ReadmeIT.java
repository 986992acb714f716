package io.bspump.samples.hello;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.test.PumpProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Holds the project's README to what the sample really is and prints. */
class ReadmeIT {

    private static final Path ROOT = Path.of("").toAbsolutePath().getParent().getParent();
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Test
    void showsTheSampleAsItIs() throws IOException {
        String readme = Files.readString(ROOT.resolve("README.md"));
        String java = Files.readString(Path.of("src/main/java/io/bspump/samples/hello/Hello.java"));
        assertThat(readme)
                .contains("```java\n" + java + "```")
                .contains("```ini\n" + Files.readString(Path.of("pipelines.conf")) + "```");
        assertThat(java.lines()).hasSizeLessThanOrEqualTo(25);
    }

    @Test
    void showsTheMessageOfABrokenKey() throws IOException {
        List<String> readme = Files.readAllLines(ROOT.resolve("README.md"));
        int command = readme.indexOf(readme.stream()
                .filter(line -> line.startsWith("$ java"))
                .findFirst()
                .orElseThrow());
        String java = Path.of(System.getProperty("java.home"), "bin").toString();
        try (PumpProcess pump = PumpProcess.command("sh")
                .args("-c", readme.get(command).substring(2) + " 2>&1")
                .env("PATH", java + ":" + System.getenv("PATH"))
                .workingDirectory(ROOT)
                .start()) {
            assertThat(pump.awaitExit(PATIENCE)).isEqualTo(2);
            assertThat(pump.output()).isEqualTo(readme.subList(command + 1, readme.indexOf("## What exists") - 2));
        }
    }
}
