package io.bspump;

import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/** A pipeline whose every step the test decides; it writes down what is done to it. */
final class FakePipeline extends Pipeline {

    final List<String> calls = runtime().calls;
    final AtomicInteger runningAfterStop = runtime().runningAfterStop;
    final Sinks.Empty<Void> drained = runtime().drained;

    volatile Mono<Void> start = Mono.empty();
    volatile long unsettled;
    volatile boolean drainsAtOnce = true;
    volatile boolean endsWhenCut = true;
    volatile boolean settleOnStop = true;
    volatile boolean error;

    FakePipeline(Application app, String id) {
        super(app, id, Map.of(), FakeRuntime::new);
        build(
                new IteratorSource<>(app, this, List.of(), "Source", Map.of()),
                new NullSink(app, this, "Part", Map.of()));
    }

    void finish() {
        runtime().state = PipelineState.FINISHED;
        runtime().finished.tryEmitEmpty();
    }

    @Override
    FakeRuntime runtime() {
        return (FakeRuntime) super.runtime();
    }

    private static final class FakeRuntime extends PipelineRuntime {

        private final List<String> calls = new CopyOnWriteArrayList<>();
        private final AtomicInteger runningAfterStop = new AtomicInteger();
        private final Sinks.Empty<Void> drained = Sinks.empty();
        private final Sinks.Empty<Void> finished = Sinks.empty();
        private final Pipeline pipeline;
        private volatile PipelineState state = PipelineState.CREATED;

        FakeRuntime(Pipeline pipeline, Scheduler scheduler) {
            super(pipeline, scheduler);
            this.pipeline = pipeline;
        }

        private FakePipeline fake() {
            return (FakePipeline) pipeline;
        }

        @Override
        PipelineState state() {
            return fake().error ? PipelineState.ERROR : state;
        }

        @Override
        void resume() {
            calls.add("resume");
            fake().error = false;
        }

        @Override
        Mono<Void> start() {
            return Mono.defer(() -> {
                calls.add("start");
                if (calls.contains("stop")) {
                    runningAfterStop.incrementAndGet();
                }
                state = PipelineState.RUNNING;
                return fake().start;
            });
        }

        @Override
        Mono<Void> stop() {
            return Mono.defer(() -> {
                calls.add("stop");
                if (fake().drainsAtOnce) {
                    drained.tryEmitEmpty();
                }
                return drained.asMono().doOnSuccess(nothing -> settle());
            });
        }

        private void settle() {
            state = PipelineState.STOPPED;
            if (fake().settleOnStop && !calls.contains("cut")) {
                fake().unsettled = 0;
            }
        }

        @Override
        void cut() {
            calls.add("cut");
            if (fake().endsWhenCut) {
                drained.tryEmitEmpty();
            }
        }

        @Override
        long unsettled() {
            return fake().unsettled;
        }

        @Override
        Mono<Void> ended() {
            return finished.asMono();
        }

        @Override
        void removeMeters() {
            calls.add("dispose");
        }
    }
}
