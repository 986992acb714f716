package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.Settlement;
import io.bspump.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The contract of a {@link io.bspump.Sink} or {@link io.bspump.BatchSink} of your own: extend it in a test class and say how
 * the sink is made, what it is given and what the far end has got.
 *
 * <p>A sink that fails on purpose, loses its connection or meets a slow peer is beyond it, except for {@link #refused}.
 */
public abstract class SinkContract extends Contract {

    /** For subclasses. */
    protected SinkContract() {}

    /** Makes a new sink for the pipeline, which is {@link #PIPELINE}, in front of the same far end. */
    protected abstract Stage<?, ?> create(Application app, Pipeline pipeline);

    /** Returns sample events, at least three, none of which may fail. */
    protected abstract List<?> events();

    /**
     * Returns what the far end has got since the test method began, one item for each event, in its order. Called at the
     * moment an event is confirmed, so it should be quick; any form of the items will do.
     */
    protected abstract List<?> received();

    /** Returns an event that the far end refuses, or null when there is none. Defaults to null. */
    protected @Nullable Object refused() {
        return null;
    }

    /** Whether events arrive in the order in which they went in. Defaults to yes. */
    protected boolean keepsOrder() {
        return true;
    }

    private Parts parts() {
        return (app, pipeline) -> pipeline.before(app, create(app, pipeline));
    }

    private PipelineTester tester() {
        return test(PipelineTester.setup().keepSinks(), parts());
    }

    private List<String> deliver(PipelineTester tester, List<?> events) {
        int before = received().size();
        tester.pushAll(events.toArray());
        untilSettled(tester);
        List<?> now = received();
        return shown(now.subList(before, now.size()));
    }

    @Test
    @DisplayName("delivers every event once")
    void deliversEveryEvent() {
        List<?> events = events();
        assertThat(events).as("sample events").hasSizeGreaterThanOrEqualTo(3);
        try (PipelineTester tester = tester()) {
            assertThat(deliver(tester, events)).as("received").hasSize(events.size());
        }
    }

    @Test
    @DisplayName("confirms an event only when the far end has it")
    void confirmsWhatHasArrived() {
        List<String> early = new CopyOnWriteArrayList<>();
        AtomicInteger settled = new AtomicInteger();
        Runnable check = () -> {
            int confirmed = settled.get();
            int received = received().size();
            if (received < confirmed) {
                early.add(confirmed + " confirmed, " + received + " received");
            }
        };
        List<?> events = events();
        try (PipelineTester tester = tester()) {
            for (Object event : events) {
                tester.push(event).end().subscribe(how -> {
                    settled.incrementAndGet();
                    if (!Schedulers.isInNonBlockingThread()) { // to look at the far end may block
                        check.run();
                    }
                });
            }
            until(tester, "every event must settle", () -> {
                check.run();
                return settled.get() == events.size() || tester.state() == PipelineState.ERROR;
            });
            untilSettled(tester);
        }
        assertThat(early).as("confirmed before they were received").isEmpty();
    }

    @Test
    @DisplayName("delivers the same one at a time as all at once")
    void oneAtATimeIsAsAllAtOnce() {
        TesterSetup one =
                PipelineTester.setup().keepSinks().configuration("pipeline:" + PIPELINE, Map.of("max_in_flight", 1));
        List<String> expected;
        try (PipelineTester tester = test(one, parts())) {
            expected = deliver(tester, events());
        }
        try (PipelineTester tester = tester()) {
            assertThat(deliver(tester, events()))
                    .as("all at once as one at a time")
                    .containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @Test
    @DisplayName("keeps the order")
    void keepsTheOrder() {
        List<String> expected = new ArrayList<>();
        for (Object event : events()) {
            try (PipelineTester tester = tester()) {
                expected.addAll(deliver(tester, List.of(event)));
            }
        }
        try (PipelineTester tester = tester()) {
            List<String> actual = deliver(tester, events());
            if (keepsOrder()) {
                assertThat(actual).as("in the order of the events").isEqualTo(expected);
            }
        }
    }

    @Test
    @DisplayName("delivers the same event object again, as a retry does")
    void sameObjectAgain() {
        List<?> events = new ArrayList<>(events());
        try (PipelineTester tester = tester()) {
            List<String> expected = deliver(tester, events);
            assertThat(deliver(tester, events))
                    .as("the second time as the first time")
                    .containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @Test
    @DisplayName("delivers what is in flight when it is stopped, half-full batches too")
    void drains() {
        List<?> events = events();
        int before = received().size();
        try (PipelineTester tester = tester()) {
            // While it waits for its connection nothing is in flight.
            until(
                    tester,
                    "must be ready for events",
                    () -> tester.state() == PipelineState.RUNNING
                            && tester.pipeline().waitingFor().isEmpty());
            tester.pushAll(events.toArray());
            // The pipeline may not have heard yet that the connection is there, and what it has not asked for is not in
            // flight.
            until(tester, "must ask for events", () -> tester.waiting() == 0);
            tester.stop();
            until(tester, "must stop", () -> tester.state() == PipelineState.STOPPED);
            tester.assertAllDelivered();
        }
        assertThat(received()).as("received").hasSize(before + events.size());
    }

    @Test
    @DisplayName("releases what it holds when the drain is cut")
    void ends() {
        try (PipelineTester tester = tester()) {
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
        try (PipelineTester tester = test(PipelineTester.setup().keepSinks().sourceStart(Mono.never()), parts())) {
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
        try (PipelineTester tester = test(PipelineTester.setup().keepSinks().sourceStart(start), parts())) {
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
    @DisplayName("does not confirm what the far end refuses")
    void doesNotConfirmWhatIsRefused() {
        Object refused = refused();
        if (refused == null) {
            return;
        }
        try (PipelineTester tester = tester()) {
            Pushed pushed = tester.push(refused);
            until(
                    tester,
                    "an event that is refused must fail",
                    () -> tester.state() == PipelineState.ERROR || pushed.settlement() != null);
            assertThat(pushed.settlement()).as("settlement of what was refused").isNotEqualTo(Settlement.DELIVERED);
        }
    }

    @Test
    @DisplayName("does not block the lane")
    void doesNotBlock() {
        TesterSetup setup = PipelineTester.setup().keepSinks().configuration(configuration());
        try (LaneWatch watch = new LaneWatch(setup, parts())) {
            watch.push(events(), patience());
        }
    }
}
