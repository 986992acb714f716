package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.TestStore.LogSource;
import io.bspump.TestStore.StoreSink;
import io.bspump.aggregation.AggregatingProcessor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * Random pipelines from a log to a store, in which everything fails now and then, with rivals and deaths: at the end each
 * output of each event is there once.
 */
class ExactlyOnceFuzzTest {

    private static final int LIVES = 12;

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final Application app = new Application(time, time) {};
    private final TestStore store = new TestStore();
    private final Map<String, Integer> ends = new HashMap<>(Map.of("A", 0, "B", 0));

    /** What every life of the pipeline is like. */
    private record Shape(boolean unordered, boolean generates, boolean aggregates, boolean async, int batch) {
        static Shape of(Random random) {
            boolean unordered = random.nextBoolean();
            return new Shape(
                    unordered,
                    random.nextBoolean(),
                    !unordered && random.nextInt(3) == 0,
                    random.nextInt(3) > 0,
                    1 + random.nextInt(7));
        }
    }

    private final class Life extends Pipeline {

        private final LogSource source;
        private final StoreSink sink;
        private final Random random;
        private final Shape shape;
        private final boolean kind;

        Life(Random random, Shape shape, Map<String, Integer> ends, boolean kind) {
            super(
                    ExactlyOnceFuzzTest.this.app,
                    "Fuzz",
                    Map.of(
                            "delivery",
                            "exactly_once",
                            "on_error",
                            "dead_letter",
                            "retry_attempts",
                            1,
                            "max_in_flight",
                            40));
            this.random = random;
            this.shape = shape;
            this.kind = kind;
            source = new LogSource(app(), this, "Log", new HashMap<>(ends));
            sink = new StoreSink(app(), this, Map.of("batch_size", shape.batch), store);
            sink.failingBefore = batch -> failure(12);
            sink.failingAfter = batch -> happens(12) ? new IllegalStateException("the answer was lost") : null;
            sink.bad = event -> happens(40) ? new IllegalArgumentException("bad today") : null;
            build(source, parts());
            deadLetter(new TestPump.RecordingSink(app(), this, "Letters", Map.of("concurrency", 5)));
        }

        private boolean happens(int oneIn) {
            return !kind && random.nextInt(oneIn) == 0;
        }

        private @Nullable RuntimeException failure(int oneIn) {
            if (!happens(oneIn)) {
                return null;
            }
            return random.nextBoolean() ? new RewindException("a rival") : new IllegalStateException("down");
        }

        @Override
        protected ErrorDecision handleError(Throwable error, Context context, Object event) {
            return ErrorDecision.RETRY; // nothing is given up, so that all must arrive
        }

        private Stage<?, ?>[] parts() {
            Stream.Builder<Stage<?, ?>> all = Stream.builder();
            all.add(Processors.filter(app(), this, "Even", event -> number(event) % 5 != 0));
            if (shape.async) {
                all.add(later());
            }
            if (shape.generates) {
                all.add(copies());
            }
            if (shape.aggregates) {
                all.add(new AggregatingProcessor<>(
                        app(), this, null, Map.of("completion_size", 3, "completion_timeout", "1s")));
            }
            all.add(sink);
            return all.build().toArray(Stage<?, ?>[]::new);
        }

        private AsyncProcessor<Object, Object> later() {
            return new AsyncProcessor<>(app(), this, "Later", Map.of("ordered", !shape.unordered, "concurrency", 8)) {
                @Override
                protected Mono<Object> process(Context context, Object event) {
                    Mono<Object> result = happens(15) ? Mono.error(new IllegalStateException("no")) : Mono.just(event);
                    return Mono.delay(Duration.ofMillis(random.nextInt(30)), time)
                            .then(result);
                }
            };
        }

        private Generator<Object, Object> copies() {
            return new Generator<>(app(), this, "Copies", Map.of()) {
                @Override
                protected Flux<Object> generate(Context context, Object event) {
                    int count = number(event) % 4;
                    Flux<Object> made = Flux.range(0, count).map(i -> event + "-" + i);
                    return happens(15)
                            ? made.take(count / 2).concatWith(Mono.error(new IllegalStateException("no")))
                            : made;
                }
            };
        }
    }

    private static int number(Object event) {
        return Integer.parseInt(event.toString().substring(1));
    }

    private Object[] expected(Shape shape) {
        List<Object> all = new ArrayList<>();
        ends.forEach((partition, end) -> IntStream.rangeClosed(1, end)
                .filter(i -> i % 5 != 0)
                .forEach(i -> {
                    String event = partition + i;
                    if (shape.generates) {
                        IntStream.range(0, i % 4).forEach(copy -> all.add(event + "-" + copy));
                    } else {
                        all.add(event);
                    }
                }));
        return all.toArray();
    }

    private List<Object> written() {
        List<Object> all = new ArrayList<>();
        for (Object each : store.events) {
            if (each instanceof List<?> group) {
                all.addAll(group);
            } else {
                all.add(each);
            }
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 25, 50, 75})
    void everythingIsThereOnce(int first) {
        for (int seed = first; seed < first + 25; seed++) {
            store.events.clear();
            store.positions.clear();
            ends.putAll(Map.of("A", 0, "B", 0));
            Random random = new Random(seed);
            Shape shape = Shape.of(random);
            live(random, shape);
            assertThat(written()).as("seed %d, %s", seed, shape).containsExactlyInAnyOrder(expected(shape));
        }
    }

    private void live(Random random, Shape shape) {
        Life frozen = null;
        for (int life = 0; life < LIVES; life++) {
            ends.computeIfPresent("A", (key, end) -> end + random.nextInt(30));
            ends.computeIfPresent("B", (key, end) -> end + random.nextInt(30));
            Life present = new Life(random, shape, ends, false);
            present.start().subscribe();
            time.advanceTimeBy(Duration.ofMillis(random.nextInt(3000)));
            if (random.nextInt(4) == 0) {
                frozen = present; // a rival from now on
            } else {
                present.stop().subscribe();
                time.advanceTimeBy(Duration.ofMillis(random.nextInt(50)));
                present.cut();
            }
        }
        if (frozen != null) {
            frozen.stop().subscribe();
            frozen.cut();
        }
        Life last = new Life(random, shape, ends, true);
        last.start().subscribe();
        last.source.end();
        time.advanceTimeBy(Duration.ofMinutes(10));
        assertThat(last.state()).isEqualTo(PipelineState.FINISHED);
    }
}
