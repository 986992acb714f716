package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.TestPump.RecordingSink;
import io.bspump.TestPump.ScriptedSource;
import io.bspump.aggregation.AggregatingProcessor;
import io.bspump.routing.InternalSource;
import io.bspump.routing.RouterSink;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Pipelines that feed one which gathers events into groups that never fill, in virtual time. */
class HeldElsewhereTest {

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final Application app = new Application(time, time) {};

    private final class Feeder extends Pipeline {
        final ScriptedSource source = new ScriptedSource(HeldElsewhereTest.this.app, this);

        Feeder(String id, Map<String, ?> config, String target) {
            super(HeldElsewhereTest.this.app, id, config);
            build(source, new RouterSink<>(HeldElsewhereTest.this.app, this, "Router", Map.of("default", target)));
        }

        void pushAll(int count) {
            for (int i = 0; i < count; i++) {
                source.push(i);
            }
        }
    }

    private final class Hop extends Pipeline {
        Hop(String id, String target) {
            super(HeldElsewhereTest.this.app, id);
            build(
                    new InternalSource<>(HeldElsewhereTest.this.app, this),
                    new RouterSink<>(HeldElsewhereTest.this.app, this, "Router", Map.of("default", target)));
        }
    }

    private final class Gatherer extends Pipeline {
        final RecordingSink sink = new RecordingSink(HeldElsewhereTest.this.app, this);

        Gatherer(String id) {
            super(HeldElsewhereTest.this.app, id);
            build(
                    new InternalSource<>(HeldElsewhereTest.this.app, this),
                    new AggregatingProcessor<Object, Object>(
                            HeldElsewhereTest.this.app, this, null, Map.of("completion_size", 1_000)),
                    sink);
        }
    }

    private <P extends Pipeline> P started(P pipeline) {
        app.pumpService().addPipeline(pipeline);
        pipeline.start().subscribe();
        return pipeline;
    }

    private static int gathered(Gatherer gatherer) {
        return gatherer.sink.events.stream()
                .mapToInt(group -> ((List<?>) group).size())
                .sum();
    }

    @Test
    void aFeederWhoseEventsAreAllHeldGoesOn() {
        Gatherer gatherer = started(new Gatherer("B"));
        Feeder feeder = started(new Feeder("A", Map.of("max_in_flight", 10), "B"));
        feeder.pushAll(99);
        assertThat(feeder.source.settled).hasSize(90);
        assertThat(gathered(gatherer)).isEqualTo(feeder.source.settled.size());
    }

    @Test
    void nothingIsGivenUpAsLongAsTheFeederHasRoom() {
        Gatherer gatherer = started(new Gatherer("B"));
        Feeder feeder = started(new Feeder("A", Map.of("max_in_flight", 101), "B"));
        feeder.pushAll(100);
        assertThat(gatherer.sink.events).isEmpty();
        assertThat(feeder.source.settled).isEmpty();
    }

    @Test
    void nothingIsGivenUpWhenOthersHaveComeSinceItWasAskedFor() {
        Gatherer gatherer = started(new Gatherer("B"));
        Feeder feeder = started(new Feeder("A", Map.of(), "B"));
        feeder.pushAll(3);
        gatherer.runtime().press(Group.End.CROWDED, 2);
        assertThat(gatherer.sink.events).isEmpty();
        gatherer.runtime().press(Group.End.CROWDED, 3);
        assertThat(gathered(gatherer)).isEqualTo(3);
    }

    @Test
    void aFeederThatStopsHasItsEventsGivenUpAtOnce() {
        Gatherer gatherer = started(new Gatherer("B"));
        Feeder feeder = started(new Feeder("A", Map.of(), "B"));
        feeder.pushAll(100);
        feeder.stop().subscribe();
        assertThat(feeder.source.settled).hasSize(100);
        assertThat(feeder.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(gathered(gatherer)).isEqualTo(100);
    }

    @Test
    void aFeederThatEndsFinishes() {
        started(new Gatherer("B"));
        Feeder feeder = started(new Feeder("A", Map.of(), "B"));
        feeder.pushAll(100);
        feeder.source.complete();
        assertThat(feeder.state()).isEqualTo(PipelineState.FINISHED);
    }

    @Test
    void whatIsHeldTwoPipelinesAwayIsGivenUpToo() {
        Gatherer gatherer = started(new Gatherer("C"));
        started(new Hop("B", "C"));
        Feeder feeder = started(new Feeder("A", Map.of("max_in_flight", 10), "B"));
        feeder.pushAll(99);
        assertThat(feeder.source.settled).hasSize(90);
        feeder.source.complete();
        assertThat(feeder.state()).isEqualTo(PipelineState.FINISHED);
        assertThat(gathered(gatherer)).isEqualTo(99);
    }

    @Test
    void aTargetIsPressedByTheFeederThatIsFullOnly() {
        Gatherer gatherer = started(new Gatherer("B"));
        Feeder patient = started(new Feeder("A", Map.of(), "B"));
        patient.pushAll(5);
        Feeder pressing = started(new Feeder("X", Map.of("max_in_flight", 4), "B"));
        pressing.pushAll(3);
        assertThat(gatherer.sink.events).isEmpty();
        pressing.pushAll(2);
        assertThat(gatherer.sink.events).isNotEmpty();
    }
}
