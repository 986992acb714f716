package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.PipelineState;
import io.bspump.source.IteratorSource;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunningApplicationTest {

    @TempDir
    Path directory;

    @Test
    void runsPipelinesOnThreadsOfItsOwn() {
        try (RunningApplication running = new RunningApplication(directory, "")) {
            RecordingSink sink = running.record(
                    "Numbers", (app, pipeline) -> new IteratorSource<>(app, pipeline, List.of("one", "two")));
            assertThat(sink.seen()).isEmpty();

            running.start();

            assertThat(running.exitCode())
                    .as("it ends as its last pipeline does")
                    .isZero();
            assertThat(running.pipeline("Numbers").state()).isEqualTo(PipelineState.FINISHED);
            assertThat(sink.texts()).containsExactly("one", "two");
            assertThat(sink.seen().get(0).sink()).isEqualTo("Numbers.RecordingSink");
        }
    }

    @Test
    void whatIsHeldIsNotSettled() {
        try (RunningApplication running = new RunningApplication(directory, "")) {
            RecordingSink sink = running.record(
                    "Numbers", (app, pipeline) -> new IteratorSource<>(app, pipeline, List.of("one", "two", "three")));
            sink.hold();
            running.start();
            RunningApplication.until(() -> sink.held().size() == 3);

            assertThat(sink.confirm(held -> held.text().equals("two"))).isEqualTo(1);
            assertThat(sink.confirm()).isTrue();
            assertThat(running.pipeline("Numbers").state()).isEqualTo(PipelineState.RUNNING);
            sink.release();
            assertThat(sink.confirm()).as("nothing is held").isFalse();

            assertThat(running.exitCode()).isZero();
            assertThat(sink.texts()).containsExactly("one", "two", "three");
        }
    }

    @Test
    void tellsWhatAConditionHasThrown() {
        assertThatThrownBy(() -> RunningApplication.until(() -> {
                    throw new java.io.IOException("gone");
                }))
                .isInstanceOf(AssertionError.class)
                .hasRootCauseMessage("gone");
    }
}
