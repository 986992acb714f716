package io.bspump;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A pipeline between a scripted source and a recording sink, in virtual time: what is pushed has flowed on return. */
final class TestPump {

    final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    final Application app = new Application(time, time) {};
    final Map<String, Object> config;
    final Line line;

    TestPump(Map<String, ?> config, Function<Line, Stage<?, ?>[]> stages) {
        this.config = Map.copyOf(config);
        this.line = new Line(app, this.config, stages);
        app.pumpService().addPipeline(line);
    }

    TestPump start() {
        line.start().subscribe();
        return this;
    }

    TestPump push(Object... events) {
        for (Object event : events) {
            line.source.push(event);
        }
        return this;
    }

    void advance(Duration by) {
        time.advanceTimeBy(by);
    }

    static Stage<?, ?>[] stages(Stage<?, ?>... stages) {
        return stages;
    }

    static final class Line extends Pipeline {

        final ScriptedSource source;
        BiFunction<Throwable, Object, @Nullable ErrorDecision> decision = (error, event) -> null;

        Line(Application app, Map<String, ?> config, Function<Line, Stage<?, ?>[]> stages) {
            super(app, "Line", config);
            source = new ScriptedSource(app, this);
            build(source, stages.apply(this));
        }

        @Override
        protected ErrorDecision handleError(Throwable error, Context context, Object event) {
            ErrorDecision decided = decision.apply(error, event);
            return decided == null ? super.handleError(error, context, event) : decided;
        }

        void letters(Stage<?, ?>... stages) {
            deadLetter(stages);
        }
    }

    /** Emits what is pushed, in one partition, and records how it ended, in the order in which it heard of it. */
    static class ScriptedSource extends Source<Object> {

        final List<String> settled = new ArrayList<>();
        final List<Object> queue = new ArrayList<>();
        int subscriptions;
        long requested;
        boolean cancelled;
        boolean stopped;
        /** Whether it says of each event that another one is emitted right after it. */
        boolean followed;
        /** Makes an event of what was pushed when its turn has come; null to emit that itself. */
        @Nullable
        UnaryOperator<Object> later;

        @Nullable
        FluxSink<Emission<Object>> sink;

        Partition partition = new Partition();

        ScriptedSource(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        final class Numbered extends Emission<Object> {
            final Object name;
            private final boolean isFollowed;

            Numbered(Object name) {
                super(partition, later == null ? name : null, 0);
                this.name = name;
                this.isFollowed = followed;
            }

            @Override
            protected Object make() {
                UnaryOperator<Object> made = later;
                return made == null ? super.make() : made.apply(name);
            }

            @Override
            protected boolean isFollowed() {
                return isFollowed;
            }
        }

        @Override
        protected Flux<Emission<Object>> events() {
            return Flux.<Emission<Object>>create(
                            created -> {
                                subscriptions++;
                                partition = new Partition();
                                sink = created;
                                created.onRequest(n -> {
                                    requested += n;
                                    emit();
                                });
                            },
                            FluxSink.OverflowStrategy.IGNORE)
                    .doOnCancel(() -> cancelled = true);
        }

        void push(Object event) {
            queue.add(event);
            emit();
        }

        /** Emits whatever has been asked for, which no source may. */
        void overflow(Object... events) {
            for (Object event : events) {
                Objects.requireNonNull(sink).next(new Numbered(event));
            }
        }

        void complete() {
            FluxSink<Emission<Object>> to = sink;
            if (to != null) {
                to.complete();
            }
        }

        void fail(Throwable error) {
            FluxSink<Emission<Object>> to = sink;
            if (to != null) {
                to.error(error);
            }
        }

        private void emit() {
            FluxSink<Emission<Object>> to = sink;
            while (to != null && to.requestedFromDownstream() > 0 && !queue.isEmpty()) {
                to.next(new Numbered(queue.remove(0)));
            }
        }

        @Override
        protected void settled(Emission<?> emission, Settlement how) {
            settled.add(((Numbered) emission).name + ":" + how);
        }

        @Override
        protected Mono<Void> stop() {
            return Mono.fromRunnable(() -> stopped = true);
        }
    }

    /** Confirms at once, unless it is told to hold: then each event waits for {@link #confirm} or {@link #reject}. */
    static final class RecordingSink extends Sink<Object> {

        final List<Object> events = new ArrayList<>();
        final List<MonoSink<Void>> open = new ArrayList<>();
        boolean holds;
        Function<Object, @Nullable Throwable> failing = event -> null;

        RecordingSink(Application app, Pipeline pipeline) {
            this(app, pipeline, "Sink", Map.of());
        }

        RecordingSink(Application app, Pipeline pipeline, String id, Map<String, ?> config) {
            super(app, pipeline, id, config);
        }

        @Override
        protected Mono<Void> process(Context context, Object event) {
            Throwable failure = failing.apply(event);
            if (failure != null) {
                return Mono.error(failure);
            }
            events.add(event);
            return holds ? Mono.create(open::add) : Mono.empty();
        }

        void confirm() {
            open.remove(0).success();
        }

        void reject(Throwable error) {
            open.remove(0).error(error);
        }
    }

    static final class RecordingBatchSink extends BatchSink<Object> {

        final List<List<Object>> batches = new ArrayList<>();
        final List<MonoSink<Void>> open = new ArrayList<>();
        boolean holds;
        Function<Batch<Object>, @Nullable Throwable> failing = batch -> null;

        RecordingBatchSink(Application app, Pipeline pipeline, Map<String, ?> config) {
            super(app, pipeline, "Sink", config);
        }

        @Override
        protected Mono<Void> process(Batch<Object> batch) {
            Throwable failure = failing.apply(batch);
            if (failure != null) {
                return Mono.error(failure);
            }
            batches.add(List.copyOf(batch));
            return holds ? Mono.create(open::add) : Mono.empty();
        }
    }

    /** A synchronous stage from a function. */
    static Processor<Object, Object> sync(Line line, String id, Function<Object, @Nullable Object> function) {
        return new Processor<>(line.app(), line, id, Map.of()) {
            @Override
            protected @Nullable Object process(Context context, Object event) {
                return function.apply(event);
            }
        };
    }

    static AsyncProcessor<Object, Object> async(
            Line line, String id, Map<String, ?> config, Function<Object, Mono<Object>> function) {
        return new AsyncProcessor<>(line.app(), line, id, config) {
            @Override
            protected Mono<Object> process(Context context, Object event) {
                return function.apply(event);
            }
        };
    }

    static Generator<Object, Object> generator(Line line, String id, Function<Object, Flux<Object>> function) {
        return new Generator<>(line.app(), line, id, Map.of()) {
            @Override
            protected Flux<Object> generate(Context context, Object event) {
                return function.apply(event);
            }
        };
    }
}
