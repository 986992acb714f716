package io.bspump;

import static io.bspump.TestPump.stages;
import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.TestPump.RecordingSink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What somebody who writes an aggregator can rely on, and what becomes of one that is wrong. */
class AggregatorTest {

    /** Gathers texts; what it does with one is a line of the test. */
    private static final class Gathering extends Aggregator<Object, Object> {

        private final Map<Object, Text> open = new HashMap<>();
        private final List<Long> ticks = new ArrayList<>();
        private Use use = (self, context, event) -> self.join(self.group("all", event));

        interface Use {
            void process(Gathering self, Context context, Object event) throws Exception;
        }

        Gathering(Pipeline pipeline, Use use) {
            super(pipeline.app(), pipeline);
            this.use = use;
        }

        private final class Text extends Group<Object> {
            private final Object key;
            private final StringBuilder text = new StringBuilder();

            Text(Object key) {
                this.key = key;
            }

            @Override
            protected @Nullable Object result(Context context) {
                context.put("key", key);
                return text.length() == 0 ? null : text.toString();
            }

            @Override
            protected void closed() {
                open.remove(key);
            }
        }

        Text group(Object key, Object event) {
            Text group = open.computeIfAbsent(key, Text::new);
            group.text.append(event);
            return group;
        }

        @Override
        protected void process(Context context, Object event) throws Exception {
            use.process(this, context, event);
        }

        @Override
        protected void tick(long now) {
            ticks.add(now);
        }

        // Open to the uses below.
        void put(Group<Object> group) {
            join(group);
        }

        void end(Group<Object> group) {
            close(group);
        }

        void wake(long time) {
            wakeAt(time);
        }
    }

    private final List<RecordingSink> sinks = new ArrayList<>();
    private final List<Gathering> stages = new ArrayList<>();

    private TestPump pump(Map<String, ?> config, Gathering.Use use) {
        return new TestPump(config, line -> {
                    stages.add(new Gathering(line, use));
                    sinks.add(new RecordingSink(line.app(), line));
                    return stages(stages.get(0), sinks.get(0));
                })
                .start();
    }

    private double meter(TestPump pump, String name) {
        return pump.app
                .meterRegistry()
                .get("bspump.pipeline.aggregate." + name)
                .tag("processor", "Gathering")
                .meter()
                .measure()
                .iterator()
                .next()
                .getValue();
    }

    @Test
    void anEventThatJoinsNothingIsDropped() {
        TestPump pump = pump(Map.of(), (self, context, event) -> {});
        pump.push("a");
        assertThat(pump.line.source.settled).containsExactly("a:DROPPED");
    }

    @Test
    void anEventOfSeveralGroupsSettlesWithTheLast() {
        TestPump pump = pump(Map.of(), (self, context, event) -> {
            if (event.equals("end")) {
                self.end(self.open.values().iterator().next());
            } else {
                self.join(List.of(self.group("one", event), self.group("two", event)));
            }
        });
        pump.push("a", "end");
        assertThat(sinks.get(0).events).hasSize(1);
        assertThat(pump.line.source.settled).isEmpty();
        pump.push("end");
        assertThat(pump.line.source.settled).containsExactly("a:DELIVERED", "end:DROPPED", "end:DROPPED");
    }

    @Test
    void aGroupWithoutAResultIsDropped() {
        TestPump pump = pump(Map.of(), (self, context, event) -> {
            Gathering.Text group = self.group("all", "");
            self.put(group);
            self.end(group);
        });
        pump.push("a");
        assertThat(pump.line.source.settled).containsExactly("a:DROPPED");
        assertThat(sinks.get(0).events).isEmpty();
    }

    @Test
    void mergedGroupsSettleTogether() {
        TestPump pump = pump(Map.of(), (self, context, event) -> {
            self.put(self.group(event, event));
            if (event.equals("c")) {
                self.merge(self.open.get("b"), self.open.get("a"));
                self.merge(self.open.get("c"), self.open.get("a"));
                self.end(self.open.get("a"));
            }
        });
        pump.push("a", "b", "c");
        assertThat(sinks.get(0).events).containsExactly("a");
        assertThat(pump.line.source.settled).containsExactly("a:DELIVERED", "b:DELIVERED", "c:DELIVERED");
        assertThat(meter(pump, "open")).isZero();
    }

    @Test
    void theEarliestTimeAskedForIsHeeded() {
        TestPump pump = pump(Map.of(), (self, context, event) -> {
            self.put(self.group("all", event));
            self.wake(9000);
            self.wake(5000);
            self.wake(7000);
        });
        pump.push("a");
        pump.advance(Duration.ofSeconds(6));
        assertThat(stages.get(0).ticks).containsExactly(5000L);
        pump.push("b");
        pump.advance(Duration.ofSeconds(10));
        assertThat(stages.get(0).ticks).hasSize(2);
    }

    @Test
    void metersCountWhatIsClosedEarlyAndWhatIsOpen() {
        TestPump pump = pump(Map.of("max_in_flight", 4), (self, context, event) -> self.put(self.group(event, event)));
        pump.push(1, 2, 3);
        assertThat(meter(pump, "open")).isEqualTo(3);
        assertThat(meter(pump, "early")).isZero();
        pump.push(4);
        assertThat(meter(pump, "early")).isEqualTo(2);
        assertThat(meter(pump, "open")).isEqualTo(2);
        assertThat(sinks.get(0).events).containsExactly("1", "2");
        assertThat(pump.line.source.settled).containsExactly("1:DELIVERED", "2:DELIVERED");
    }

    private void assertDefect(String message, Gathering.Use use) {
        stages.clear();
        sinks.clear();
        TestPump pump = pump(Map.of(), use);
        pump.push("a");
        assertThat(pump.line.state()).isEqualTo(PipelineState.ERROR);
        Throwable error = pump.line.error().orElseThrow().error();
        assertThat(error).hasStackTraceContaining(message);
        assertThat(pump.line.source.settled).isEmpty();
    }

    @Test
    void whoeverJoinsWronglyHearsOfIt() {
        assertDefect("Line.Gathering joins an event that it is not processing, or a second time", (self, c, event) -> {
            self.put(self.group("one", event));
            self.put(self.group("two", event));
        });
        assertDefect("Line.Gathering joins an event to a group that is closed", (self, c, event) -> {
            Gathering.Text group = self.group("one", event);
            self.end(group);
            self.put(group);
        });
        assertDefect("Line.Gathering failed after its event had joined a group", (self, c, event) -> {
            self.put(self.group("one", event));
            throw new IllegalStateException("too late");
        });
        assertDefect("Line.Gathering merges groups that are not both open", (self, c, event) -> {
            self.put(self.group("one", event));
            self.merge(self.group("two", event), self.group("one", event));
        });
    }
}
