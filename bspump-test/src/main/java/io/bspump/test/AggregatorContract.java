package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.Settlement;
import io.bspump.Stage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/**
 * The contract of an {@link io.bspump.Aggregator} of your own: extend it in a test class as {@link ProcessorContract}. The
 * sample events should make several groups, at least one of them of several events.
 */
public abstract class AggregatorContract extends Contract {

    /** For subclasses. */
    protected AggregatorContract() {}

    /** Makes a new component for the pipeline, which is {@link #PIPELINE}. */
    protected abstract Stage<?, ?> create(Application app, Pipeline pipeline);

    /**
     * Returns sample events, at least three, none of which may fail. Called for each run; may return the same or new
     * objects.
     */
    protected abstract List<?> events();

    private Parts parts() {
        return (app, pipeline) -> pipeline.around(app, create(app, pipeline));
    }

    private PipelineTester tester() {
        return test(PipelineTester.setup(), parts());
    }

    private PipelineTester tester(int maxInFlight) {
        return test(
                PipelineTester.setup().configuration("pipeline:" + PIPELINE, Map.of("max_in_flight", maxInFlight)),
                parts());
    }

    private List<String> outputs(PipelineTester tester) {
        List<?> events = events();
        assertThat(events).as("sample events").hasSizeGreaterThanOrEqualTo(3);
        tester.pushAll(events.toArray());
        tester.complete();
        untilSettled(tester);
        return shown(tester.events());
    }

    @Test
    @DisplayName("makes fewer events of the sample events, and each of these settles once")
    void gathers() {
        try (PipelineTester tester = tester()) {
            assertThat(outputs(tester)).hasSizeBetween(1, events().size() - 1);
        }
    }

    @Test
    @DisplayName("settles its members when what was made of them has settled, and not before")
    void settlesMembersWithTheirGroup() {
        try (PipelineTester tester = tester()) {
            tester.hold();
            tester.pushAll(events().toArray());
            tester.complete();
            while (tester.settlements().contains(null)) {
                until(tester, "what is open when the source ends must be sent on", () -> !tester.held()
                        .isEmpty());
                long delivered = delivered(tester);
                pause(tester);
                assertThat(delivered(tester))
                        .as("delivered while nothing is confirmed")
                        .isEqualTo(delivered);
                tester.confirm();
            }
            untilSettled(tester);
        }
    }

    private static long delivered(PipelineTester tester) {
        return tester.settlements().stream()
                .filter(Settlement.DELIVERED::equals)
                .count();
    }

    @Test
    @DisplayName("ends its members as what was made of them ends")
    void failsMembersWithTheirGroup() {
        TesterSetup setup = PipelineTester.setup().configuration("pipeline:" + PIPELINE, Map.of("on_error", "skip"));
        try (PipelineTester tester = test(setup, parts())) {
            for (int i = 0; i < events().size(); i++) {
                tester.failNext(new IllegalStateException("the sink fails, on purpose"));
            }
            tester.pushAll(events().toArray());
            tester.complete();
            until(tester, "every event must settle", () -> !tester.settlements().contains(null));
            assertThat(tester.settlements())
                    .doesNotContain(Settlement.DELIVERED)
                    .contains(Settlement.SKIPPED);
        }
    }

    @Test
    @DisplayName("does not stand still when fewer events may be in flight than it wants")
    void neverStandsStill() {
        for (int maxInFlight = 1; maxInFlight <= 3; maxInFlight++) {
            try (PipelineTester tester = tester(maxInFlight)) {
                tester.pushAll(events().toArray());
                until(tester, "must make room when all that may be in flight is held", () -> tester.waiting() == 0);
                tester.complete();
                untilSettled(tester);
            }
        }
    }

    @Test
    @DisplayName("makes the same of the same events again")
    void sameEventsSameResults() {
        try (PipelineTester first = tester();
                PipelineTester again = tester()) {
            assertThat(outputs(again)).as("the second time").isEqualTo(outputs(first));
        }
    }

    @Test
    @DisplayName("loses nothing to a slow sink")
    void slowSink() {
        try (PipelineTester fast = tester();
                PipelineTester slow = tester()) {
            List<String> expected = outputs(fast);
            slow.hold();
            slow.pushAll(events().toArray());
            slow.complete();
            for (int i = 0; i < expected.size(); i++) {
                until(slow, "a slow sink must get " + expected.size() + " events", () -> !slow.held()
                        .isEmpty());
                slow.advance(Duration.ofMillis(100));
                slow.confirm();
            }
            untilSettled(slow);
            assertThat(shown(slow.events())).as("to a slow sink").isEqualTo(expected);
        }
    }

    @Test
    @DisplayName("sends on what is open when it is stopped")
    void drains() {
        try (PipelineTester tester = tester()) {
            tester.pushAll(events().toArray());
            tester.stop();
            until(tester, "must stop", () -> tester.state() == PipelineState.STOPPED);
            tester.assertAllDelivered();
        }
    }

    @Test
    @DisplayName("leaves what is open when the drain is cut")
    void ends() {
        try (PipelineTester tester = tester()) {
            tester.hold();
            tester.pushAll(events().toArray());
            tester.stop();
            tester.cut();
            untilStopped(tester, "must stop within a second of its clock when the drain is cut");
        }
    }

    @Test
    @DisplayName("starts again when a start of the pipeline has failed")
    void startsAgain() {
        AtomicBoolean failed = new AtomicBoolean();
        Mono<Void> start = Mono.defer(() -> failed.getAndSet(true)
                ? Mono.empty()
                : Mono.error(new IllegalStateException("the first start of the source fails, on purpose")));
        try (PipelineTester tester = test(PipelineTester.setup().sourceStart(start), parts())) {
            until(tester, "must start", () -> tester.state() == PipelineState.ERROR);
            tester.resume();
            until(tester, "must start again", () -> tester.state() == PipelineState.RUNNING);
            tester.pushAll(events().toArray());
            tester.complete();
            until(tester, "every event must settle after the second start", () -> !tester.settlements()
                    .contains(null));
            tester.assertAllDelivered();
        }
    }

    @Test
    @DisplayName("does not block the lane")
    void doesNotBlock() {
        TesterSetup setup = PipelineTester.setup()
                .configuration("pipeline:" + PIPELINE, Map.of("max_in_flight", 2))
                .configuration(configuration());
        try (LaneWatch watch = new LaneWatch(setup, parts())) {
            watch.pushAndEnd(events(), patience());
        }
    }
}
