package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** The rules that hold for every stage between a source and a sink. */
abstract class StageContract extends Contract {

    private static final String KEY = "contract_number";

    StageContract() {}

    /** Makes a new component for the pipeline, which is {@link #PIPELINE}. */
    protected abstract Stage<?, ?> create(Application app, Pipeline pipeline);

    /**
     * Returns sample events, at least three, none of which may fail. Called for each run; may return the same or new
     * objects.
     */
    protected abstract List<?> events();

    /** Whether events come out in the order in which they went in. Defaults to yes. */
    protected boolean keepsOrder() {
        return true;
    }

    final Parts parts() {
        return (app, pipeline) -> pipeline.around(app, create(app, pipeline));
    }

    final PipelineTester tester() {
        return test(PipelineTester.setup(), parts());
    }

    private PipelineTester oneAtATime() {
        return test(PipelineTester.setup().configuration("pipeline:" + PIPELINE, Map.of("max_in_flight", 1)), parts());
    }

    final List<String> outputs(PipelineTester tester, List<?> events) {
        tester.pushAll(events.toArray());
        untilSettled(tester);
        return shown(tester.events());
    }

    @Test
    @DisplayName("takes every sample event, and each settles once")
    void takesEveryEvent() {
        List<?> events = events();
        assertThat(events).as("sample events").hasSizeGreaterThanOrEqualTo(3);
        try (PipelineTester tester = tester()) {
            outputs(tester, events);
        }
    }

    @Test
    @DisplayName("makes the same of events one at a time as all at once")
    void oneAtATimeIsAsAllAtOnce() {
        try (PipelineTester one = oneAtATime();
                PipelineTester all = tester()) {
            List<String> expected = outputs(one, events());
            assertThat(outputs(all, events()))
                    .as("all at once as one at a time")
                    .containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @Test
    @DisplayName("keeps the order")
    void keepsTheOrder() {
        try (PipelineTester one = oneAtATime();
                PipelineTester all = tester()) {
            List<String> expected = outputs(one, events());
            List<String> actual = outputs(all, events());
            if (keepsOrder()) {
                assertThat(actual).as("in the order of the events").isEqualTo(expected);
            }
        }
    }

    @Test
    @DisplayName("makes the same of the same event object again, as a retry does")
    void sameObjectSameResult() {
        List<?> events = new ArrayList<>(events());
        try (PipelineTester first = oneAtATime();
                PipelineTester again = oneAtATime()) {
            List<String> expected = outputs(first, events);
            assertThat(outputs(again, events))
                    .as("the second time as the first time")
                    .isEqualTo(expected);
        }
    }

    @Test
    @DisplayName("leaves the values of others in the context")
    void keepsTheContext() {
        try (PipelineTester tester = tester()) {
            int number = 0;
            for (Object event : events()) {
                tester.push(event, Map.of(KEY, number++));
            }
            untilSettled(tester);
            check(
                    tester.outputs().stream()
                            .allMatch(output -> output.context().containsKey(KEY)),
                    "'" + KEY + "' must stay in the context",
                    tester);
        }
    }

    @Test
    @DisplayName("loses nothing to a slow sink and a demand of one")
    void slowSink() {
        try (PipelineTester fast = tester();
                PipelineTester slow = tester()) {
            List<String> expected = outputs(fast, events());
            slow.hold();
            slow.pushAll(events().toArray());
            for (int i = 0; i < expected.size(); i++) {
                until(slow, "a slow sink must get " + expected.size() + " events", () -> !slow.held()
                        .isEmpty());
                slow.advance(Duration.ofMillis(100));
                slow.confirm();
            }
            untilSettled(slow);
            assertThat(shown(slow.events())).as("to a slow sink").containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @Test
    @DisplayName("drains when it is stopped with events in flight")
    void drains() {
        try (PipelineTester tester = tester()) {
            tester.pushAll(events().toArray());
            tester.stop();
            until(tester, "must stop", () -> tester.state() == PipelineState.STOPPED);
            tester.assertAllDelivered();
        }
    }

    @Test
    @DisplayName("releases what it holds when the drain is cut")
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
    @DisplayName("can be stopped while the pipeline starts")
    void stopDuringStart() {
        try (PipelineTester tester = tester()) {
            untilStopped(tester, "must stop right after the start");
        }
        try (PipelineTester tester = test(PipelineTester.setup().sourceStart(Mono.never()), parts())) {
            untilStopped(tester, "must stop while others start");
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
            until(tester, "every event must settle after the second start", () -> !tester.settlements()
                    .contains(null));
            tester.assertAllDelivered();
        }
    }

    @Test
    @DisplayName("does not block the lane")
    void doesNotBlock() {
        try (LaneWatch watch = new LaneWatch(PipelineTester.setup().configuration(configuration()), parts())) {
            watch.push(events(), patience());
        }
    }
}
