package io.bspump.ipc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.bspump.TestApp;
import io.bspump.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SubProcessSourceTest {

    @TempDir
    Path directory;

    private TestApp app;

    @BeforeEach
    void open() {
        app = TestApp.in(directory);
    }

    @AfterEach
    void close() {
        app.pumpService().pipelines().forEach(app::abort);
        app.close();
    }

    private Recorder<SubProcessSource> pipeline(Map<String, ?> config, Map<String, ?> pipelineConfig) {
        return app.pumpService()
                .addPipeline(new Recorder<>(app, pipelineConfig, p -> new SubProcessSource(app, p, null, config)));
    }

    private Recorder<SubProcessSource> shell(String script, Map<String, ?> more) {
        Map<String, Object> config = new HashMap<>(Map.of("command", script, "shell", "yes"));
        config.putAll(more);
        return pipeline(config, Map.of());
    }

    private Recorder<SubProcessSource> ran(String script) {
        Recorder<SubProcessSource> pipeline = shell(script, Map.of());
        app.run(pipeline);
        return pipeline;
    }

    private String errorOf(Recorder<SubProcessSource> pipeline) {
        app.begin(pipeline);
        await().until(pipeline::isError);
        return String.valueOf(pipeline.error().orElseThrow().error().getMessage());
    }

    @Test
    void emitsTheLinesOfItsOutput() {
        assertThat(ran("printf 'one\\n\\r\\n\\nlast'").seen).containsExactly("one", "", "", "last");
    }

    @Test
    void aProgramMaySayNothing() {
        assertThat(ran("true").seen).isEmpty();
    }

    @Test
    void usesNoShellUnlessAsked() {
        Recorder<SubProcessSource> pipeline =
                pipeline(Map.of("command", "printf \"%s\\n\" '$HOME; `x`' a\"b c\"d ''"), Map.of());
        app.run(pipeline);
        assertThat(pipeline.seen).containsExactly("$HOME; `x`", "ab cd", "");
    }

    @Test
    void takesAWordFromEachLine() {
        Recorder<SubProcessSource> pipeline = pipeline(Map.of("command", "printf\n%s,\nit's 1\n2"), Map.of());
        app.run(pipeline);
        assertThat(pipeline.seen).containsExactly("it's 1,2,");
    }

    @Test
    void losesNoneOfMillionLines() {
        Recorder<SubProcessSource> pipeline = pipeline(Map.of("command", "seq 1000000"), Map.of());
        app.run(pipeline);
        assertThat(pipeline.seen)
                .isEqualTo(IntStream.rangeClosed(1, 1_000_000)
                        .mapToObj(Integer::toString)
                        .toList());
    }

    @Test
    void aBadExitCodeIsAnErrorWithWhatWasSaid() {
        assertThat(errorOf(shell("echo line; echo first >&2; echo disk full >&2; exit 3", Map.of())))
                .isEqualTo("[pipeline:P:SubProcessSource] ran '/bin/sh' in vain: it ended with exit code 3,"
                        + " having said: first\ndisk full");
        Recorder<?> pipeline = (Recorder<?>) app.pumpService().pipelines().get(0);
        assertThat(pipeline.seen).containsExactly("line");
    }

    @Test
    void someExitCodesMayBeFine() {
        Recorder<SubProcessSource> pipeline = shell("exit 3", Map.of("ok_return_codes", "0 3"));
        app.run(pipeline);
        assertThat(pipeline.isError()).isFalse();
    }

    @Test
    void aFailedProgramRunsAgainByThePolicy() {
        Recorder<SubProcessSource> pipeline = pipeline(
                Map.of(
                        "shell",
                        "yes",
                        "command",
                        "echo run; test -e " + directory + "/now || { touch " + directory + "/now; exit 1; }"),
                Map.of("retry_attempts", 3, "retry_delay", "10ms"));
        app.run(pipeline);
        assertThat(pipeline.seen).containsExactly("run", "run");
    }

    @Test
    void aProgramThatIsMissingIsAnError() {
        assertThat(errorOf(pipeline(Map.of("command", "/no/such/program x"), Map.of())))
                .startsWith("[pipeline:P:SubProcessSource] ran '/no/such/program' in vain: Cannot run program")
                .contains("No such file");
    }

    @Test
    void aLineThatIsTooLongIsAnErrorAndEndsTheProgram() {
        assertThat(errorOf(shell("yes | tr -d '\\n'", Map.of("max_line_size", "10kB"))))
                .isEqualTo("[pipeline:P:SubProcessSource] ran '/bin/sh' in vain: a line is longer than 10000 bytes");
        await().untilAsserted(
                        () -> assertThat(ProcessHandle.current().descendants()).isEmpty());
    }

    @Test
    void endsTheProgramAndItsChildrenWhenThePipelineStops() {
        Recorder<SubProcessSource> pipeline = shell("sleep 1000 & echo started; sleep 1000; echo never", Map.of());
        app.begin(pipeline);
        await().until(() -> pipeline.seen.contains("started"));
        assertThat(ProcessHandle.current().descendants().count()).isGreaterThanOrEqualTo(2);
        app.end(pipeline);
        assertThat(pipeline.isError()).isFalse();
        assertThat(pipeline.seen).containsExactly("started");
        assertThat(ProcessHandle.current().descendants()).isEmpty();
    }

    @Test
    void killsAProgramThatDoesNotWantToEnd() {
        Recorder<SubProcessSource> pipeline =
                shell("trap '' TERM; echo started; while true; do sleep 1; done", Map.of("stop_timeout", "300ms"));
        app.begin(pipeline);
        await().until(() -> pipeline.seen.contains("started"));
        app.end(pipeline);
        await().untilAsserted(
                        () -> assertThat(ProcessHandle.current().descendants()).isEmpty());
    }

    @Test
    void readsNoMoreThanThePipelineHasRoomFor() throws IOException {
        Path progress = directory.resolve("progress");
        Recorder<SubProcessSource> pipeline = pipeline(
                Map.of(
                        "shell",
                        "yes",
                        "command",
                        "i=0; x=$(printf %01000d 0); while true; do echo $i$x; i=$((i+1)); echo $i > " + progress
                                + "; done"),
                Map.of("max_in_flight", 5));
        pipeline.holds = true;
        app.begin(pipeline);
        await().until(() -> pipeline.seen.size() == 5);
        // The pipe takes 64 kB and one chunk is read; then the program waits.
        String[] before = {""};
        await().pollInterval(Duration.ofMillis(300)).until(() -> {
            String now = Files.readString(progress);
            boolean stands = now.equals(before[0]) && !now.isEmpty();
            before[0] = now;
            return stands;
        });
        assertThat(pipeline.seen).hasSize(5);
        app.abort(pipeline);
    }

    @Test
    void logsButDoesNotEmitItsStandardError() {
        assertThat(ran("echo out; head -c 100000 /dev/zero | tr '\\0' x >&2; echo err >&2").seen)
                .containsExactly("out");
    }

    @Test
    void itsInputIsEmpty() {
        assertThat(ran("cat; echo end").seen).containsExactly("end");
    }

    @Test
    void runsWhereItIsTold() {
        Recorder<SubProcessSource> pipeline =
                pipeline(Map.of("command", "pwd", "directory", directory.toString()), Map.of());
        app.run(pipeline);
        assertThat(pipeline.seen).containsExactly(directory.toString());
    }

    @Test
    void saysWhatIsWrongWithItsValues() {
        assertThatThrownBy(() -> pipeline(Map.of("command", "a 'b"), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessage("[pipeline:P:SubProcessSource] command has a quote without its end (given in code)");
        assertThatThrownBy(() -> pipeline(Map.of("command", "a", "ok_return_codes", "0 x"), Map.of()))
                .hasMessage(
                        "[pipeline:P:SubProcessSource] ok_return_codes must be whole numbers, was '0 x' (given in code)");
        pipeline(Map.of(), Map.of());
        assertThat(app.configuration().problems())
                .extracting(Object::toString)
                .contains("[pipeline:P:SubProcessSource] command is required");
    }

    @Test
    void cutsCommandsIntoWords() {
        assertThat(Words.of("  a  b\t'c d' \"e'f\" g''h \"\" ")).isEqualTo(List.of("a", "b", "c d", "e'f", "gh", ""));
        assertThat(Words.of("a \"b")).isNull();
        assertThat(Words.of("")).isEmpty();
    }
}
