package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The contract of a {@link io.bspump.Generator} of your own: extend it in a test class as {@link ProcessorContract}. Among
 * the sample events there should be one that makes none, and one that makes more than 256: only then can it be seen that it
 * heeds demand.
 */
public abstract class GeneratorContract extends StageContract {

    /** For subclasses. */
    protected GeneratorContract() {}

    @Test
    @DisplayName("ends: an event settles when everything made of it has, and not before")
    void settlesWithTheLast() {
        for (Object event : events()) {
            try (PipelineTester counting = tester();
                    PipelineTester tester = tester()) {
                int made = outputs(counting, List.of(event)).size();
                tester.hold();
                Pushed pushed = tester.push(event);
                for (int i = 0; i < made; i++) {
                    until(tester, "must make " + made + " events", () -> !tester.held()
                            .isEmpty());
                    assertThat(pushed.settlement())
                            .as("settled before the last")
                            .isNull();
                    tester.confirm();
                }
                untilSettled(tester);
                assertThat(tester.events()).hasSize(made);
            }
        }
    }
}
