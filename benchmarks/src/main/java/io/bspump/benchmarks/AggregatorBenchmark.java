package io.bspump.benchmarks;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.aggregation.AggregatingProcessor;
import io.bspump.aggregation.AggregationStrategy;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Sums of events, beside a loop over a map that does the same and settles nothing. By {@code Keys}: groups of ten for each
 * of 100 000 keys, all of which are open, with all their events in flight, before the first is complete. By {@code Count}:
 * groups of a thousand.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
public class AggregatorBenchmark {

    static final int EVENTS = 1_000_000;
    private static final int KEYS = 100_000;

    @Param({"Keys", "Count"})
    public String by = "Keys";

    private final RunningPump pump = new RunningPump();
    private final List<Integer> events = new ArrayList<>(EVENTS);
    private Function<Integer, Integer> key = event -> event;
    private int size;

    @Setup
    public void start() throws InterruptedException {
        boolean keys = by.equals("Keys");
        size = keys ? EVENTS / KEYS : 1000;
        key = keys ? event -> event : event -> 0;
        List<Integer> round = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
            round.add(i);
        }
        Random random = new Random(1);
        while (events.size() < EVENTS) {
            Collections.shuffle(round, random);
            events.addAll(round);
        }
        pump.start();
    }

    @TearDown
    public void stop() throws InterruptedException {
        pump.stop();
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public void pump() {
        pump.run(Summing::new);
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public void loop(Blackhole sink) {
        Map<Integer, Total> open = new HashMap<>();
        for (Integer event : events) {
            Integer group = key.apply(event);
            Total total = open.get(group);
            if (total == null) {
                total = new Total();
                open.put(group, total);
            }
            total.sum += event;
            if (++total.count == size) {
                open.remove(group);
                sink.consume(total.sum);
            }
        }
    }

    private final class Summing extends Pipeline {

        Summing(Application app) {
            super(app, "Summing", Map.of("max_in_flight", by.equals("Keys") ? EVENTS + 1 : 10_000));
            build(
                    new IteratorSource<>(app, this, events),
                    new AggregatingProcessor<Integer, Long>(
                            app, this, null, Map.of("completion_size", size), key, Total::new),
                    new NullSink(app, this));
        }
    }

    private static final class Total implements AggregationStrategy<Integer, Long> {

        private long sum;
        private int count;

        @Override
        public void append(Context context, Integer event) {
            sum += event;
        }

        @Override
        public Long flush() {
            return sum;
        }
    }
}
