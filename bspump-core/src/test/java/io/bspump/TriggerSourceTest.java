package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import io.bspump.trigger.CronTrigger;
import io.bspump.trigger.OpportunisticTrigger;
import io.bspump.trigger.PeriodicTrigger;
import io.bspump.trigger.PubSubTrigger;
import io.bspump.trigger.RunOnceTrigger;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

class TriggerSourceTest {

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final Application app = new Application(time, time) {};

    /** Notes when its cycles begin; a cycle lasts until it is ended. */
    private static final class CycleSource extends TriggerSource<Object> {

        final List<Instant> begun = new ArrayList<>();
        final VirtualTimeScheduler time;
        boolean lasting;

        @Nullable
        FluxSink<Emission<Object>> cycle;

        CycleSource(Application app, Pipeline pipeline, VirtualTimeScheduler time) {
            super(app, pipeline);
            this.time = time;
        }

        @Override
        protected Flux<Emission<Object>> cycle() {
            begun.add(Instant.ofEpochMilli(time.now(TimeUnit.MILLISECONDS)));
            return lasting ? Flux.create(sink -> cycle = sink) : Flux.just(new Emission<>("event"));
        }

        List<Long> seconds() {
            return begun.stream().map(Instant::getEpochSecond).toList();
        }
    }

    private final class Line extends Pipeline {

        final CycleSource source = new CycleSource(TriggerSourceTest.this.app, this, time);
        final List<String> messages = new ArrayList<>();

        Line(Trigger... triggers) {
            super(TriggerSourceTest.this.app, "Line");
            for (Trigger trigger : triggers) {
                source.on(trigger);
            }
            build(source, new NullSink(TriggerSourceTest.this.app, this));
            for (String topic : List.of("begin", "end", "canceled")) {
                pubSub().subscribe("bspump.pipeline.cycle_" + topic + "!", message -> messages.add(topic));
            }
        }

        Line started() {
            start().subscribe();
            return this;
        }
    }

    @Test
    void runsOneCycleWithoutATrigger() {
        Line line = new Line().started();
        assertThat(line.source.begun).hasSize(1);
        assertThat(line.state()).isEqualTo(PipelineState.FINISHED);
        assertThat(line.messages).containsExactly("begin", "end");
    }

    @Test
    void runsOnceAndEnds() {
        Line line = new Line(new RunOnceTrigger(app)).started();
        assertThat(line.source.begun).hasSize(1);
        assertThat(line.state()).isEqualTo(PipelineState.FINISHED);
    }

    @Test
    void runsInARhythm() {
        Line line = new Line(new PeriodicTrigger(app, Duration.ofSeconds(10))).started();
        time.advanceTimeBy(Duration.ofSeconds(25));
        assertThat(line.source.seconds()).containsExactly(0L, 10L, 20L);
        assertThat(line.state()).isEqualTo(PipelineState.RUNNING);
        line.stop().subscribe();
        time.advanceTimeBy(Duration.ofSeconds(100));
        assertThat(line.source.begun).hasSize(3);
    }

    @Test
    void takesUpFiringsDuringACycleOnceAfterIt() {
        Line line = new Line(new PeriodicTrigger(app, Duration.ofSeconds(10)));
        line.source.lasting = true;
        line.started();
        time.advanceTimeBy(Duration.ofSeconds(35));
        assertThat(line.source.begun).hasSize(1);
        line.source.cycle.complete();
        assertThat(line.source.seconds()).containsExactly(0L, 35L);
        line.source.cycle.complete();
        assertThat(line.source.begun).hasSize(2);
        time.advanceTimeBy(Duration.ofSeconds(5));
        assertThat(line.source.seconds()).containsExactly(0L, 35L, 40L);
        line.stop().subscribe();
        assertThat(line.messages).endsWith("canceled");
    }

    @Test
    void firesAgainAfterEachCycleButNotTooOften() {
        Line line = new Line(new OpportunisticTrigger(app, Duration.ofSeconds(5)));
        line.source.lasting = true;
        line.started();
        time.advanceTimeBy(Duration.ofSeconds(2));
        line.source.cycle.complete();
        time.advanceTimeBy(Duration.ofSeconds(2));
        assertThat(line.source.seconds()).containsExactly(0L);
        time.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(line.source.seconds()).containsExactly(0L, 5L);
        time.advanceTimeBy(Duration.ofSeconds(20));
        line.source.cycle.complete();
        assertThat(line.source.seconds()).containsExactly(0L, 5L, 25L);
    }

    @Test
    void firesOnMessagesWithArgumentsToo() {
        Line line = new Line(new PubSubTrigger(app, "go!", "again!")).started();
        assertThat(line.source.begun).isEmpty();
        app.pubSub().publish("go!", 1, 2);
        app.pubSub().publish("again!", Map.of("key", "value"));
        app.pubSub().publish("other!");
        assertThat(line.source.begun).hasSize(2);
        line.stop().subscribe();
        app.pubSub().publish("go!");
        assertThat(line.source.begun).hasSize(2);
    }

    @Test
    void firesAtTheTimesOfACrontabInItsZone() {
        time.advanceTimeTo(Instant.parse("2026-03-28T22:30:00Z"));
        Line line = new Line(new CronTrigger(app, "30 1 * * *", ZoneId.of("Europe/Prague"))).started();
        time.advanceTimeTo(Instant.parse("2026-03-30T12:00:00Z"));
        assertThat(line.source.begun)
                .containsExactly(Instant.parse("2026-03-29T00:30:00Z"), Instant.parse("2026-03-29T23:30:00Z"));
    }

    @Test
    void refusesBadTriggers() {
        assertThatThrownBy(() -> new PeriodicTrigger(app, Duration.ZERO))
                .hasMessage("the interval of a periodic trigger must be positive, was PT0S");
        assertThatThrownBy(() -> new CronTrigger(app, "61 * * * *")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void doesNotFireWhilePaused() {
        PeriodicTrigger trigger = new PeriodicTrigger(app, Duration.ofSeconds(10));
        Line line = new Line(trigger).started();
        trigger.pause(true);
        time.advanceTimeBy(Duration.ofSeconds(25));
        trigger.pause(false);
        time.advanceTimeBy(Duration.ofSeconds(5));
        assertThat(line.source.seconds()).containsExactly(0L, 30L);
    }

    @Test
    void endsWhenAllItsTriggersHave() {
        Line line = new Line(new RunOnceTrigger(app), new PubSubTrigger(app, "go!")).started();
        assertThat(line.source.begun).hasSize(1);
        assertThat(line.state()).isEqualTo(PipelineState.RUNNING);
        app.pubSub().publish("go!");
        assertThat(line.source.begun).hasSize(2);
    }

    @Test
    void emitsWhatAnIterableHoldsInEachCycle() {
        List<Object> seen = new ArrayList<>();
        Pipeline line = new Pipeline(app, "Numbers") {
            {
                build(
                        new IteratorSource<>(app(), this, List.of(1, 2)).on(new PubSubTrigger(app(), "go!")),
                        new Sink<>(app(), this, "Seen", Map.of()) {
                            @Override
                            protected Mono<Void> process(Context context, Object event) {
                                seen.add(event);
                                return Mono.empty();
                            }
                        });
            }
        };
        line.start().subscribe();
        app.pubSub().publish("go!");
        app.pubSub().publish("go!");
        assertThat(seen).containsExactly(1, 2, 1, 2);
    }
}
