package io.bspump.builder;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program without Java of one's own, as a process. */
class MainTest {

    @TempDir
    Path directory;

    private record Result(int code, String out, String err) {}

    private Result pump(String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "io.bspump.builder.Main"));
        command.addAll(List.of(args));
        Path out = directory.resolve("stdout");
        Path err = directory.resolve("stderr");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return new Result(
                    process.exitValue(),
                    Files.readString(out, StandardCharsets.UTF_8),
                    Files.readString(err, StandardCharsets.UTF_8));
        } finally {
            process.destroyForcibly();
        }
    }

    private void define(String sink) throws IOException {
        Files.writeString(directory.resolve("in"), "one\ntwo\n");
        Files.writeString(
                directory.resolve("pump.yaml"),
                """
                pipelines:
                - id: P
                  sources: [{class: FileLineSource, config: {path: in}}]
                  sink:
                    class: %s
                    config: {path: out}
                """
                        .formatted(sink));
    }

    @Test
    void runsADefinition() throws Exception {
        define("FileSink");
        Result result = pump("--pump", "pump.yaml");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(directory.resolve("out")).hasContent("one\ntwo\n");
    }

    @Test
    void checksADefinition() throws Exception {
        define("FileSink");
        assertThat(pump("--pump", "pump.yaml", "--check").err()).isEqualTo("no problems found\n");
        assertThat(directory.resolve("out")).doesNotExist();
        define("FileSnk");
        Result result = pump("--pump", "pump.yaml", "--check", "--set", "pipeline:P:FileLineSource:pth=x");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err())
                .contains("pipelines[0].sink.class must name a class, there is no 'FileSnk'")
                .contains("(pump.yaml:5)")
                .doesNotContain("\tat ");
    }

    @Test
    void needsADefinition() throws Exception {
        Result result = pump();
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains("[general] pump is required");
        assertThat(pump("--help").out()).contains("--pump=FILE");
    }
}
