package io.bspump.aggregation;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.Settlement;
import io.bspump.Stage;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import io.bspump.test.PipelineTester;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

class SessionAnalyzerTest {

    /** What a user does, and when, in seconds. */
    private record Click(long second, String user) {}

    private static final class Line extends Pipeline {
        Line(Application app, BiFunction<Application, Pipeline, Stage<?, ?>> stage) {
            super(app, "P");
            build(new IteratorSource<>(app, this, List.of()), stage.apply(app, this), new NullSink(app, this));
        }
    }

    private static Stage<?, ?> clicks(Application app, Pipeline pipeline) {
        return new SessionAnalyzer<>(
                app,
                pipeline,
                new WindowFunctions<Click, List<Click>, String>(
                        click -> click.second * 1000,
                        Click::user,
                        AggregationStrategy::events,
                        (window, events) -> window.key() + " " + window.start().getEpochSecond() + "-"
                                + window.end().getEpochSecond() + " " + events.size()
                                + (window.events() == events.size() ? "" : " members " + window.events())
                                + (window.late() ? " late" : "") + (window.partial() ? " partial" : "")));
    }

    private static PipelineTester tester(String pipeline, String analyzer) {
        return PipelineTester.setup()
                .configuration(
                        "[pipeline:P]\n" + pipeline + "\n[pipeline:P:SessionAnalyzer]\ngap = 10s\n" + analyzer + "\n")
                .test(app -> new Line(app, SessionAnalyzerTest::clicks));
    }

    private static Click click(long second, String user) {
        return new Click(second, user);
    }

    @Test
    void aGapEndsASessionAndItsEventsSettleWithIt() {
        try (PipelineTester tester = tester("", "")) {
            tester.pushAll(click(0, "a"), click(9, "a"), click(18, "a"), click(18, "b"), click(27, "b"));
            assertThat(tester.events()).isEmpty();
            tester.push(click(28, "b"));
            tester.assertOutputs("a 0-18 3");
            assertThat(tester.settlements().subList(0, 3)).containsOnly(Settlement.DELIVERED);
            assertThat(tester.settlements().subList(3, 6)).containsOnlyNulls();
            tester.complete();
            tester.assertOutputs("a 0-18 3", "b 18-28 3");
        }
    }

    @Test
    void anEventAtTheGapBeginsANewSession() {
        try (PipelineTester tester = tester("", "")) {
            tester.pushAll(click(0, "a"), click(10, "a"));
            tester.assertOutputs("a 0-0 1");
        }
    }

    @Test
    void anEventOutOfOrderJoinsTwoSessions() {
        try (PipelineTester tester = tester("", "allowed_lateness = 60s")) {
            tester.pushAll(click(0, "a"), click(15, "a"), click(30, "a"), click(8, "a"));
            tester.complete();
            assertThat(tester.events()).containsExactlyInAnyOrder("a 0-15 3", "a 30-30 1");
            tester.assertAllDelivered();
        }
    }

    @Test
    void anEarlierEventMovesTheStart() {
        try (PipelineTester tester = tester("", "allowed_lateness = 60s")) {
            tester.pushAll(click(20, "a"), click(12, "a"), click(3, "a"));
            tester.complete();
            tester.assertOutputs("a 3-20 3");
        }
    }

    @Test
    void aLateEventHasAResultOfItsOwn() {
        try (PipelineTester tester = tester("", "")) {
            tester.pushAll(click(0, "a"), click(100, "b"), click(90, "a"));
            tester.assertOutputs("a 0-0 1", "a 90-90 1 late");
        }
    }

    @Test
    void theClockEndsSessionsOfAnIdleSource() {
        try (PipelineTester tester = tester("", "idle_timeout = 3s")) {
            tester.pushAll(click(0, "a"), click(5, "a"));
            tester.advance(Duration.ofSeconds(9));
            assertThat(tester.events()).isEmpty();
            tester.advance(Duration.ofSeconds(5)); // the clock takes over within the idle timeout
            tester.assertOutputs("a 0-5 2");
        }
    }

    @Test
    void sessionsWithoutEndAreClosedEarlyWhenNothingElseMayBeInFlight() {
        try (PipelineTester tester = tester("max_in_flight = 10", "")) {
            for (int i = 0; i < 100; i++) {
                tester.push(click(i, "a"));
            }
            tester.complete();
            tester.assertAllDelivered();
            assertThat(tester.state()).isEqualTo(PipelineState.FINISHED);
            assertThat(tester.events()).first().isEqualTo("a 0-9 10 partial");
            assertThat(tester.events().stream()
                            .mapToInt(text -> Integer.parseInt(text.toString().split(" ", 4)[2]))
                            .sum())
                    .isEqualTo(100);
        }
    }

    @Test
    void anyOrderWithinTheAllowedLatenessMakesTheSameSessions() {
        List<Click> clicks = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            clicks.add(click((i / 4) * 3 + (i / 40) * 20, "u" + i % 4));
        }
        List<Object> expected;
        try (PipelineTester tester = tester("", "allowed_lateness = 1h")) {
            tester.pushAll(clicks.toArray());
            tester.complete();
            expected = tester.events().stream().map(Object.class::cast).toList();
            assertThat(expected).hasSize(40);
        }
        for (int seed = 0; seed < 20; seed++) {
            Collections.shuffle(clicks, new Random(seed));
            try (PipelineTester tester = tester("", "allowed_lateness = 1h")) {
                tester.pushAll(clicks.toArray());
                tester.complete();
                assertThat(tester.events().stream().map(Object.class::cast).toList())
                        .as("seed %d", seed)
                        .containsExactlyInAnyOrderElementsOf(expected);
                tester.assertAllDelivered();
            }
        }
    }
}
