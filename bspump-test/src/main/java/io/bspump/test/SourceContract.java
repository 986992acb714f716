package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.Source;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The contract of a {@link Source} of your own: extend it in a test class and say how the system that it reads is filled and
 * how the source is made.
 *
 * <p>A restart is simulated by a second source that reads the same system. A source that keeps no position may begin anew;
 * one that keeps it must go on before the first event that was not confirmed.
 */
public abstract class SourceContract extends Contract {

    private static final int FEW = 30;

    /** For subclasses. */
    protected SourceContract() {}

    /** Makes the system hold so many events, no two alike, and no memory of what was read. */
    protected abstract void prepare(int count);

    /** Makes a new source of that system for the pipeline, which is {@link #PIPELINE}. */
    protected abstract Source<?> create(Application app, Pipeline pipeline);

    private Parts parts() {
        return (app, pipeline) -> pipeline.behind(app, create(app, pipeline));
    }

    private PipelineTester tester(int maxInFlight, int concurrency) {
        return test(setup(maxInFlight, concurrency), parts());
    }

    private PipelineTester holding(int maxInFlight, int concurrency) {
        return test(setup(maxInFlight, concurrency).hold(), parts());
    }

    private static TesterSetup setup(int maxInFlight, int concurrency) {
        return PipelineTester.setup()
                .keepSources()
                .configuration("pipeline:" + PIPELINE, Map.of("max_in_flight", maxInFlight))
                .configuration("pipeline:" + PIPELINE + ":ContractSink", Map.of("concurrency", concurrency));
    }

    private void untilReceived(PipelineTester tester, int count) {
        until(
                tester,
                "must emit " + count + " events",
                () -> tester.events().size() >= count || tester.state() == PipelineState.ERROR);
        check(tester.errors().isEmpty(), "must not fail", tester);
        assertThat(tester.events()).as("events emitted").hasSize(count);
    }

    @Test
    @DisplayName("emits every event once, and each settles")
    void emitsEveryEvent() {
        prepare(FEW);
        try (PipelineTester tester = tester(10_000, 1)) {
            untilReceived(tester, FEW);
            until(tester, "every event must settle", () -> tester.pipeline().unsettled() == 0);
            assertThat(new HashSet<>(shown(tester.events())))
                    .as("different events")
                    .hasSize(FEW);
        }
    }

    @Test
    @DisplayName("emits the same on a demand of one as on any, and in the same order")
    void oneAtATimeIsAsAllAtOnce() {
        prepare(FEW);
        List<String> expected;
        try (PipelineTester tester = tester(1, 1)) {
            untilReceived(tester, FEW);
            expected = shown(tester.events());
        }
        prepare(FEW);
        try (PipelineTester tester = tester(10_000, 1)) {
            untilReceived(tester, FEW);
            assertThat(shown(tester.events()))
                    .as("all at once as one at a time")
                    .isEqualTo(expected);
        }
    }

    @Test
    @DisplayName("never emits more than it is asked for")
    void heedsDemand() {
        prepare(FEW);
        try (PipelineTester tester = holding(1, 1)) {
            for (int i = 0; i < FEW; i++) {
                until(tester, "must emit one at a time", () -> !tester.held().isEmpty());
                tester.advance(Duration.ofMillis(100));
                // The count may come a moment after the event.
                assertThat(tester.pipeline().unsettled())
                        .as("unsettled events on a demand of one")
                        .isLessThanOrEqualTo(1);
                tester.confirm();
            }
        }
    }

    @Test
    @DisplayName("emits nothing after it was cancelled")
    void heedsCancel() {
        prepare(FEW);
        try (PipelineTester tester = holding(10_000, 1)) {
            until(tester, "must emit", () -> !tester.held().isEmpty());
            tester.stop();
            // A source with threads of its own may be emitting while it is stopped.
            until(tester, "must begin to stop", () -> tester.state() == PipelineState.STOPPING);
            pause(tester);
            long inFlight = tester.pipeline().unsettled();
            pause(tester);
            assertThat(tester.pipeline().unsettled())
                    .as("events in flight, after the stop as at it")
                    .isEqualTo(inFlight);
            tester.release();
            untilStopped(tester, "must stop");
            assertThat(tester.events()).as("what was in flight at the stop").hasSize((int) inFlight);
        }
    }

    @Test
    @DisplayName("loses nothing over a restart with events in flight")
    void restart() {
        prepare(FEW);
        Set<String> received = new HashSet<>();
        try (PipelineTester tester = holding(7, 1)) {
            for (int i = 0; i < 10; i++) {
                until(tester, "must emit", () -> !tester.held().isEmpty());
                tester.confirm();
            }
            kill(tester);
            received.addAll(shown(tester.events()));
        }
        assertNothingLost(received);
    }

    @Test
    @DisplayName("moves its position only over settled events without a gap")
    void positionHasNoGaps() {
        prepare(FEW);
        Set<String> received = new HashSet<>();
        try (PipelineTester tester = holding(7, 7)) {
            until(tester, "must emit several events", () -> tester.held().size() >= 3);
            tester.advance(Duration.ofMillis(100));
            while (tester.held().size() > 1) {
                tester.confirmLast();
                if (tester.events().size() == FEW - 1) {
                    break;
                }
            }
            kill(tester);
            received.addAll(shown(tester.events()));
        }
        assertNothingLost(received);
    }

    @Test
    @DisplayName("does not move its position over an event that failed")
    void failedEventComesAgain() {
        prepare(FEW);
        Set<String> received = new HashSet<>();
        try (PipelineTester tester = holding(10_000, 1)) {
            until(tester, "must emit", () -> !tester.held().isEmpty());
            tester.reject(new IllegalStateException("the sink fails, on purpose"));
            untilStopped(tester, "must stop with an event that failed");
            received.addAll(shown(tester.events()));
        }
        assertNothingLost(received);
    }

    private void kill(PipelineTester tester) {
        tester.stop();
        tester.cut();
        untilStopped(tester, "must stop within a second of its clock when the drain is cut");
    }

    private void assertNothingLost(Set<String> received) {
        try (PipelineTester tester = tester(10_000, 1)) {
            until(tester, "must emit after the restart what was not confirmed before it", () -> {
                Set<String> all = new HashSet<>(received);
                all.addAll(shown(tester.events()));
                return all.size() == FEW;
            });
        }
    }

    @Test
    @DisplayName("can be stopped while the pipeline starts")
    void stopDuringStart() {
        prepare(FEW);
        try (PipelineTester tester = holding(1, 1)) {
            tester.stop();
            tester.cut();
            untilStopped(tester, "must stop right after the start");
        }
        try (PipelineTester tester = besides(Mono.never())) {
            untilStopped(tester, "must stop while others start");
        }
    }

    @Test
    @DisplayName("starts again when a start of the pipeline has failed")
    void startsAgain() {
        prepare(FEW);
        boolean[] failed = {false};
        Mono<Void> start = Mono.defer(() -> {
            boolean again = failed[0];
            failed[0] = true;
            return again ? Mono.empty() : Mono.error(new IllegalStateException("the first start fails, on purpose"));
        });
        try (PipelineTester tester = besides(start)) {
            until(tester, "must start", () -> tester.state() == PipelineState.ERROR);
            tester.resume();
            until(
                    tester,
                    "must emit after the second start",
                    () -> tester.events().size() >= FEW);
        }
    }

    /** Runs it besides a source that does nothing but start, after it. */
    private PipelineTester besides(Mono<Void> start) {
        return test(
                PipelineTester.setup().keepSources(),
                (app, pipeline) -> pipeline.behind(app, new Idle(app, pipeline, start), create(app, pipeline)));
    }

    private static final class Idle extends Source<Object> {

        private final Mono<Void> start;

        Idle(Application app, Pipeline pipeline, Mono<Void> start) {
            super(app, pipeline, "ContractIdle", Map.of());
            this.start = start;
        }

        @Override
        protected Mono<Void> start() {
            return start;
        }

        @Override
        protected Flux<Emission<Object>> events() {
            return Flux.never();
        }
    }

    @Test
    @DisplayName("does not block the lane")
    void doesNotBlock() {
        prepare(FEW);
        TesterSetup setup = PipelineTester.setup().keepSources().configuration(configuration());
        try (LaneWatch watch = new LaneWatch(setup, parts())) {
            watch.watch(() -> watch.received() >= FEW, patience());
        }
    }
}
