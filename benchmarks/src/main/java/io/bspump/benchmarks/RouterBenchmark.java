package io.bspump.benchmarks;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Stage;
import io.bspump.routing.InternalSource;
import io.bspump.routing.RouterProcessor;
import io.bspump.routing.TeeProcessor;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What it costs to send an event to one of ten pipelines, and to two besides the own path, until it has settled; beside
 * loops over plain queues on one thread, which settle nothing. Run with {@code -prof gc} for the bytes per event.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
public class RouterBenchmark {

    static final int EVENTS = 1_000_000;
    static final int TARGETS = 10;

    /** How many events a hand-written queue holds before it is emptied. */
    private static final int BATCH = 4096;

    private final RunningPump pump = new RunningPump();
    private final List<Integer> events = IntStream.range(0, EVENTS).boxed().toList();

    @Setup
    public void start() throws InterruptedException {
        pump.start();
        for (int i = 0; i < TARGETS; i++) {
            String id = "Target" + i;
            pump.add(app -> new Target(app, id));
        }
    }

    @TearDown
    public void stop() throws InterruptedException {
        pump.stop();
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public void routerPump() {
        pump.run(app -> new Feeder(app, events, line -> new ByNumber(app, line)));
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public void teePump() {
        Map<String, Object> targets = Map.of("targets", "Target0, Target1");
        pump.run(app -> new Feeder(app, events, line -> new TeeProcessor<>(app, line, "Tee", targets)));
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public void routerLoop(Blackhole sink) {
        List<Queue<Integer>> queues = queues(TARGETS);
        for (Integer event : events) {
            offer(queues.get(event % TARGETS), event, sink);
        }
        queues.forEach(queue -> empty(queue, sink));
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public void teeLoop(Blackhole sink) {
        List<Queue<Integer>> queues = queues(2);
        for (Integer event : events) {
            offer(queues.get(0), event, sink);
            offer(queues.get(1), event, sink);
            sink.consume(event);
        }
        queues.forEach(queue -> empty(queue, sink));
    }

    private static List<Queue<Integer>> queues(int count) {
        List<Queue<Integer>> queues = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            queues.add(new ArrayDeque<>(BATCH));
        }
        return queues;
    }

    private static void offer(Queue<Integer> queue, Integer event, Blackhole sink) {
        queue.add(event);
        if (queue.size() == BATCH) {
            empty(queue, sink);
        }
    }

    private static void empty(Queue<Integer> queue, Blackhole sink) {
        Integer event;
        while ((event = queue.poll()) != null) {
            sink.consume(event);
        }
    }

    private static final class Target extends Pipeline {
        Target(Application app, String id) {
            super(app, id);
            build(new InternalSource<>(app, this), new NullSink(app, this));
        }
    }

    private interface StageOf {
        Stage<?, ?> in(Pipeline line);
    }

    private static final class Feeder extends Pipeline {
        Feeder(Application app, Iterable<Integer> events, StageOf stage) {
            super(app, "Feeder");
            build(new IteratorSource<>(app, this, events), stage.in(this), new NullSink(app, this));
        }
    }

    private static final class ByNumber extends RouterProcessor<Integer> {

        private static final List<String> NAMES =
                IntStream.range(0, TARGETS).mapToObj(i -> "Target" + i).toList();

        ByNumber(Application app, Pipeline pipeline) {
            super(app, pipeline, NAMES);
        }

        @Override
        protected @Nullable Integer process(Context context, Integer event) {
            route(context, event, NAMES.get(event % TARGETS));
            return null;
        }
    }
}
