package io.bspump.benchmarks;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.Stage;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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

/** What an empty synchronous stage costs per event: a pipeline with five of them, less one with none, over five. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
public class StageBenchmark {

    static final int EVENTS = 2_000_000;

    @Param({"0", "5"})
    public int stages;

    private final RunningPump pump = new RunningPump();
    private final Iterable<Object> events = Collections.nCopies(EVENTS, "event");

    @Setup
    public void start() throws InterruptedException {
        pump.start();
    }

    @TearDown
    public void stop() throws InterruptedException {
        pump.stop();
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public void pump() {
        pump.run(app -> new Empty(app, stages, events));
    }

    private static final class Empty extends Pipeline {

        Empty(Application app, int count, Iterable<Object> events) {
            super(app, "Empty");
            List<Stage<?, ?>> stages = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                stages.add(stage(app, i));
            }
            stages.add(new NullSink(app, this));
            build(new IteratorSource<>(app, this, events), stages.toArray(new Stage<?, ?>[0]));
        }

        /** Five classes, so that the calls are not resolved to one as no real pump's are. */
        private Stage<?, ?> stage(Application app, int index) {
            return switch (index % 5) {
                case 0 -> new First(app, this);
                case 1 -> new Second(app, this);
                case 2 -> new Third(app, this);
                case 3 -> new Fourth(app, this);
                default -> new Fifth(app, this);
            };
        }
    }

    private static final class First extends Processor<Object, Object> {
        First(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Object process(Context context, Object event) {
            return event;
        }
    }

    private static final class Second extends Processor<Object, Object> {
        Second(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Object process(Context context, Object event) {
            return event;
        }
    }

    private static final class Third extends Processor<Object, Object> {
        Third(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Object process(Context context, Object event) {
            return event;
        }
    }

    private static final class Fourth extends Processor<Object, Object> {
        Fourth(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Object process(Context context, Object event) {
            return event;
        }
    }

    private static final class Fifth extends Processor<Object, Object> {
        Fifth(Application app, Pipeline pipeline) {
            super(app, pipeline, "Fifth", Map.of());
        }

        @Override
        protected Object process(Context context, Object event) {
            return event;
        }
    }
}
