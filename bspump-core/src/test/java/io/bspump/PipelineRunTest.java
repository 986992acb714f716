package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class PipelineRunTest {

    private final TestApplication app = TestApplication.of();
    private final FakePipeline pipeline = new FakePipeline(app, "P");
    private final AtomicInteger exitCode = new AtomicInteger();
    private final AtomicInteger finishes = new AtomicInteger();
    private final PipelineRun run =
            new PipelineRun(pipeline, Maker.bySection(), Duration.ofSeconds(30), app.time, exitCode::set);

    @AfterEach
    void closeApplication() {
        app.close();
    }

    @Test
    void isStartedOnce() {
        run.start(finishes::incrementAndGet);
        run.start(finishes::incrementAndGet);

        assertThat(pipeline.calls).containsExactly("start");
    }

    @Test
    void isNotStartedOnceItsStopHasBegun() {
        pipeline.drainsAtOnce = false;
        run.stop().subscribe();

        run.start(finishes::incrementAndGet);

        assertThat(pipeline.calls).containsExactly("stop");
    }

    @Test
    void everyStopWaitsForTheSameDrain() {
        pipeline.drainsAtOnce = false;
        run.start(finishes::incrementAndGet);

        StepVerifier.create(Mono.when(run.stop(), run.stop()))
                .then(() -> pipeline.drained.tryEmitEmpty())
                .verifyComplete();

        StepVerifier.create(run.stop()).verifyComplete();
        assertThat(pipeline.calls).containsExactly("start", "stop");
        assertThat(exitCode).hasValue(0);
    }

    @Test
    void cutBeforeTheStopCutsItAtOnce() {
        pipeline.drainsAtOnce = false;
        pipeline.unsettled = 1;
        run.start(finishes::incrementAndGet);
        run.cut();
        assertThat(pipeline.calls).containsExactly("start");

        StepVerifier.create(run.stop()).verifyComplete();

        assertThat(pipeline.calls).contains("cut");
        assertThat(exitCode).hasValue(3);
    }

    @Test
    void finishIsToldOnce() {
        run.start(finishes::incrementAndGet);
        assertThat(run.isFinished()).isFalse();

        pipeline.finish();

        assertThat(run.isFinished()).isTrue();
        assertThat(finishes).hasValue(1);
    }

    @Test
    void startThatThrowsIsReportedByTheExitCode() {
        pipeline.start = Mono.defer(() -> {
            throw new IllegalStateException("planned");
        });

        run.start(finishes::incrementAndGet);

        assertThat(exitCode).hasValue(1);
    }
}
