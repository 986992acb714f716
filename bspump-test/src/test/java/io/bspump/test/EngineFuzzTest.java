package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Random pipelines with random failures, delays, resumes and stops, against a model that knows nothing of the engine: every
 * event ends exactly once and as the model says, positions move over settled prefixes only, no more is asked for than
 * {@code max_in_flight}, order is kept where it is promised, and every stop completes.
 *
 * <p>A failure names its seed; {@code -Dbspump.fuzz.first=SEED -Dbspump.fuzz.count=1} runs it alone.
 */
class EngineFuzzTest {

    private static final long FIRST = Long.getLong("bspump.fuzz.first", 1);
    private static final int COUNT = Integer.getInteger("bspump.fuzz.count", 1000);

    @Test
    void everyRandomPipelineDoesAsTheModelSays() {
        List<String> failures = new ArrayList<>();
        for (long seed = FIRST; seed < FIRST + COUNT && failures.size() < 10; seed++) {
            String failure = new FuzzRun(seed).run();
            if (!failure.isEmpty()) {
                failures.add(failure);
            }
        }
        assertThat(failures).isEmpty();
    }
}
