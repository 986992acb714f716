package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.config.ConfigException;
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

    private List<String> firesBetween(String from, String to, String cron) {
        time.advanceTimeTo(Instant.parse(from));
        Line line = new Line(new CronTrigger(app, cron, ZoneId.of("Europe/Prague"))).started();
        time.advanceTimeTo(Instant.parse(to));
        return line.source.begun.stream().map(Instant::toString).toList();
    }

    @Test
    void doesNotMakeUpForATimeThatSummerTimeSkips() {
        assertThat(firesBetween("2026-03-28T12:00:00Z", "2026-03-31T12:00:00Z", "30 2 * * *"))
                .containsExactly("2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z");
    }

    @Test
    void firesOnceAtATimeThatComesTwice() {
        assertThat(firesBetween("2026-10-24T12:00:00Z", "2026-10-27T12:00:00Z", "30 2 * * *"))
                .containsExactly("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z", "2026-10-27T01:30:00Z");
    }

    @Test
    void keepsItsRhythmWhenSummerTimeBegins() {
        assertThat(firesBetween("2026-03-29T00:15:00Z", "2026-03-29T02:15:00Z", "*/30 * * * *"))
                .containsExactly(
                        "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-29T02:00:00Z");
    }

    @Test
    void firesAtSecondsWhenTheExpressionHasSixFields() {
        assertThat(firesBetween("2026-01-01T00:00:01Z", "2026-01-01T00:01:01Z", "*/20 * * * * *"))
                .containsExactly("2026-01-01T00:00:20Z", "2026-01-01T00:00:40Z", "2026-01-01T00:01:00Z");
    }

    @Test
    void refusesBadTriggers() {
        new PeriodicTrigger(app, "Zero", Map.of("interval", "0s"));
        new PubSubTrigger(app, "Silent", Map.of());
        assertThat(app.configuration().problems())
                .map(Object::toString)
                .containsExactlyInAnyOrder(
                        "[trigger:Zero] interval must be at least 1ms, was '0s' (given in code)",
                        "[trigger:Silent] message_types is required");
        assertThatThrownBy(() -> new CronTrigger(app, "61 * * * *"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(
                        "[trigger:CronTrigger] cron_string must be a crontab expression, was '61 * * * *': ");
        assertThatThrownBy(() -> new CronTrigger(
                        app, "Nightly", Map.of("cron_string", "0 1 * * *", "time_zone", "Europe/Nowhere")))
                .hasMessage("[trigger:Nightly] time_zone must be a time zone such as Europe/Prague,"
                        + " was 'Europe/Nowhere' (given in code)");
    }

    @Test
    void isMadeOfAnIdAndAConfiguration() {
        Trigger trigger = new PeriodicTrigger(app, "Often", Map.of("interval", "2s"));
        assertThat(trigger).hasToString("Often");
        assertThat(trigger.lastFiredAt()).isEmpty();
        Line line = new Line(trigger).started();
        time.advanceTimeBy(Duration.ofSeconds(5));
        assertThat(line.source.seconds()).containsExactly(0L, 2L, 4L);
        assertThat(trigger.lastFiredAt()).hasValue(Instant.ofEpochSecond(4));
    }

    @Test
    void triggersNoMoreSourcesThanItMay() {
        Trigger trigger = new PeriodicTrigger(app, "Few", Map.of("interval", "10s", "max_triggered", 2));
        List<Line> lines = List.of(new Line(trigger), new Line(trigger), new Line(trigger));
        lines.forEach(line -> {
            line.source.lasting = true;
            line.started();
        });
        assertThat(lines).map(line -> line.source.begun.size()).containsExactly(1, 1, 0);
        lines.get(0).source.cycle.complete();
        assertThat(lines).map(line -> line.source.begun.size()).containsExactly(1, 1, 1);
        time.advanceTimeBy(Duration.ofSeconds(25));
        assertThat(lines).map(line -> line.source.begun.size()).containsExactly(1, 1, 1);
        lines.get(1).source.cycle.complete();
        time.advanceTimeBy(Duration.ofSeconds(5));
        // One of the two that are idle was chosen, the one that is in its cycle was not fired.
        assertThat(lines.get(2).source.begun).hasSize(1);
        assertThat(lines.get(0).source.begun.size() + lines.get(1).source.begun.size())
                .isEqualTo(3);
    }

    @Test
    void aSourceThatEndsGivesWayToOneThatWaits() {
        Trigger trigger = new OpportunisticTrigger(app, "One", Map.of("max_triggered", 1));
        Line first = new Line(trigger);
        first.source.lasting = true;
        first.started();
        Line second = new Line(trigger).started();
        assertThat(second.source.begun).isEmpty();
        first.stop().subscribe();
        assertThat(second.source.begun).hasSize(1);
    }

    @Test
    void opportunityWaitsForTheEndOfAPause() {
        OpportunisticTrigger trigger =
                new OpportunisticTrigger(app, "Later", Map.of("chilldown_period", "5s", "run_immediately", "no"));
        Line line = new Line(trigger).started();
        assertThat(line.source.begun).isEmpty();
        trigger.pause(true);
        time.advanceTimeBy(Duration.ofSeconds(12));
        assertThat(line.source.begun).isEmpty();
        trigger.pause(false);
        time.advanceTimeBy(Duration.ofSeconds(5));
        assertThat(line.source.seconds()).containsExactly(12L, 17L);
    }

    @Test
    void runsOnceAfterAPause() {
        Trigger trigger = new RunOnceTrigger(app);
        trigger.pause(true);
        Line line = new Line(trigger).started();
        assertThat(line.state()).isEqualTo(PipelineState.RUNNING);
        trigger.pause(false);
        assertThat(line.source.begun).hasSize(1);
        assertThat(line.state()).isEqualTo(PipelineState.FINISHED);
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
