package io.bspump.test;

import io.bspump.Application;
import io.bspump.AsyncProcessor;
import io.bspump.Batch;
import io.bspump.BatchSink;
import io.bspump.BlockingProcessor;
import io.bspump.ConditionalSinks;
import io.bspump.Context;
import io.bspump.DeadLetter;
import io.bspump.Generator;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.Sink;
import io.bspump.Stage;
import io.bspump.aggregation.AggregatingProcessor;
import io.bspump.aggregation.AggregationStrategy;
import io.bspump.test.FuzzPlan.Fate;
import io.bspump.test.FuzzPlan.StageSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Makes the stages of a random pipeline, which do as the plan says and write down what they did. */
final class FuzzStages {

    private final FuzzPlan plan;
    private final Application app;
    private final Pipeline pipeline;
    private final Scheduler time;
    private final Map<String, Integer> attempts = new HashMap<>();

    /** What each sink has confirmed, in order. */
    final Map<String, List<FuzzEvent>> delivered = new HashMap<>();

    /** How often any stage was called. */
    int calls;

    FuzzStages(FuzzPlan plan, Application app, Pipeline pipeline, Scheduler time) {
        this.plan = plan;
        this.app = app;
        this.pipeline = pipeline;
        this.time = time;
    }

    /** How a stage fails on purpose. */
    static final class Planned extends RuntimeException {
        private static final long serialVersionUID = 1L;
        final String stage;
        final FuzzEvent event;

        Planned(String stage, FuzzEvent event, int attempt) {
            super(stage + " fails " + event + " for the " + (attempt + 1) + ". time", null, false, false);
            this.stage = stage;
            this.event = event;
        }
    }

    Stage<?, ?>[] all(List<StageSpec> specs) {
        return specs.stream().map(this::stage).toArray(Stage<?, ?>[]::new);
    }

    private Stage<?, ?> stage(StageSpec spec) {
        return switch (spec.kind()) {
            case SYNC -> new Sync(spec);
            case ASYNC -> new Async(spec);
            case BLOCKING -> new Blocking(spec);
            case GENERATOR -> new Making(spec);
            case AGGREGATOR ->
                new AggregatingProcessor<FuzzEvent, FuzzEvent>(
                        app,
                        pipeline,
                        spec.id(),
                        spec.config(),
                        event -> plan.group(spec, event),
                        () -> new Gathering(spec));
            case SINK -> new Single(spec);
            case BATCH -> new Batches(spec);
            case CHOICE -> choice(spec);
        };
    }

    private ConditionalSinks<FuzzEvent> choice(StageSpec spec) {
        ConditionalSinks<FuzzEvent> choice = new ConditionalSinks<>(app, pipeline, spec.id());
        for (int i = 0; i < spec.sinks().size(); i++) {
            int sink = i;
            choice.when(
                    event -> {
                        if (sink == 0) {
                            failOrNot(spec, event);
                        }
                        return plan.takes(spec, sink, event);
                    },
                    sink(spec.sinks().get(i)));
        }
        return choice;
    }

    @SuppressWarnings("unchecked") // a sink of a choice gets the events of the choice
    private Stage<FuzzEvent, ?> sink(StageSpec spec) {
        return (Stage<FuzzEvent, ?>) stage(spec);
    }

    private static FuzzEvent event(Object event) {
        if (event instanceof DeadLetter letter) {
            return letter.event() instanceof FuzzEvent failed ? failed : ((Planned) letter.error()).event;
        }
        return (FuzzEvent) event;
    }

    private int attempt(StageSpec stage, FuzzEvent event) {
        calls++;
        return attempts.merge(stage.id() + event, 1, Integer::sum) - 1;
    }

    private Fate failOrNot(StageSpec stage, FuzzEvent event) {
        Fate fate = plan.fate(stage, event);
        int attempt = attempt(stage, event);
        if (attempt < fate.failures()) {
            throw new Planned(stage.id(), event, attempt);
        }
        return fate;
    }

    private <T> Mono<T> later(Fate fate, Mono<T> result) {
        return fate.delayMillis() == 0
                ? result
                : Mono.delay(Duration.ofMillis(fate.delayMillis()), time).then(result);
    }

    private void delivered(StageSpec sink, FuzzEvent event) {
        delivered.computeIfAbsent(sink.id(), id -> new ArrayList<>()).add(event);
    }

    private final class Sync extends Processor<Object, Object> {
        private final StageSpec spec;

        Sync(StageSpec spec) {
            super(app, FuzzStages.this.pipeline, spec.id(), spec.config());
            this.spec = spec;
        }

        @Override
        protected Object process(Context context, Object event) {
            return failOrNot(spec, event(event)).drops() ? null : event;
        }
    }

    private final class Async extends AsyncProcessor<Object, Object> {
        private final StageSpec spec;

        Async(StageSpec spec) {
            super(app, FuzzStages.this.pipeline, spec.id(), spec.config());
            this.spec = spec;
        }

        @Override
        protected Mono<Object> process(Context context, Object event) {
            Fate fate = plan.fate(spec, event(event));
            if (fate.throwsAtOnce()) {
                failOrNot(spec, event(event));
                return later(fate, fate.drops() ? Mono.empty() : Mono.just(event));
            }
            return later(
                    fate, Mono.fromCallable(() -> failOrNot(spec, event(event)).drops() ? null : event));
        }
    }

    private final class Blocking extends BlockingProcessor<Object, Object> {
        private final StageSpec spec;

        Blocking(StageSpec spec) {
            super(app, FuzzStages.this.pipeline, spec.id(), spec.config());
            this.spec = spec;
        }

        @Override
        protected Object processBlocking(Context context, Object event) {
            return failOrNot(spec, event(event)).drops() ? null : event;
        }
    }

    private final class Making extends Generator<FuzzEvent, FuzzEvent> {
        private final StageSpec spec;

        Making(StageSpec spec) {
            super(app, FuzzStages.this.pipeline, spec.id(), spec.config());
            this.spec = spec;
        }

        @Override
        protected Flux<FuzzEvent> generate(Context context, FuzzEvent event) {
            Fate fate = plan.fate(spec, event);
            int attempt = attempt(spec, event);
            boolean fails = attempt < fate.failures();
            if (fails && fate.throwsAtOnce()) {
                throw new Planned(spec.id(), event, attempt);
            }
            Flux<FuzzEvent> made = Flux.range(0, fails ? fate.childrenBefore() : fate.children())
                    .map(i -> event.child(attempt, i));
            if (fails) {
                made = made.concatWith(Mono.error(new Planned(spec.id(), event, attempt)));
            }
            return switch ((int) (fate.delayMillis() % 4)) {
                case 0 -> made;
                case 1 -> made.publishOn(time, 8);
                case 2 -> made.delaySubscription(Duration.ofMillis(fate.delayMillis()), time);
                default ->
                    made.concatMapDelayError(
                            child -> Mono.delay(Duration.ofMillis(2), time).thenReturn(child));
            };
        }
    }

    private final class Gathering implements AggregationStrategy<FuzzEvent, FuzzEvent> {
        private final StageSpec spec;
        private final List<FuzzEvent> events = new ArrayList<>();

        Gathering(StageSpec spec) {
            this.spec = spec;
        }

        @Override
        public void append(Context context, FuzzEvent event) {
            failOrNot(spec, event);
            events.add(event);
        }

        @Override
        public FuzzEvent flush() {
            FuzzEvent made = FuzzEvent.aggregate(plan.group(spec, events.get(0)), events);
            return failOrNot(spec.end(), made).drops() ? null : made;
        }
    }

    private final class Single extends Sink<Object> {
        private final StageSpec spec;

        Single(StageSpec spec) {
            super(app, FuzzStages.this.pipeline, spec.id(), spec.config());
            this.spec = spec;
        }

        @Override
        protected Mono<Void> process(Context context, Object event) {
            Fate fate = plan.fate(spec, event(event));
            if (fate.throwsAtOnce()) {
                failOrNot(spec, event(event));
                if (fate.delayMillis() == 0) {
                    delivered(spec, event(event));
                    return Mono.empty();
                }
                return later(fate, Mono.fromRunnable(() -> delivered(spec, event(event))));
            }
            return later(fate, Mono.fromRunnable(() -> {
                failOrNot(spec, event(event));
                delivered(spec, event(event));
            }));
        }
    }

    /** A batch with an event that fails fails as a whole, or reports that event, as the event will have it. */
    private final class Batches extends BatchSink<Object> {
        private final StageSpec spec;

        Batches(StageSpec spec) {
            super(app, FuzzStages.this.pipeline, spec.id(), spec.config());
            this.spec = spec;
        }

        @Override
        protected Mono<Void> process(Batch<Object> batch) {
            calls++;
            if (batch.isEmpty() || batch.size() > spec.get("batch_size")) {
                throw new AssertionError("a batch of " + batch.size());
            }
            Fate first = plan.fate(spec, event(batch.get(0)));
            return later(first, Mono.fromRunnable(() -> write(batch)));
        }

        private void write(Batch<Object> batch) {
            List<Integer> rejected = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
                FuzzEvent event = event(batch.get(i));
                Fate fate = plan.fate(spec, event);
                int attempt = attempts.getOrDefault(spec.id() + event, 0);
                if (attempt >= fate.failures()) {
                    continue;
                }
                if (batch.size() == 1 || !fate.throwsAtOnce()) {
                    attempts.put(spec.id() + event, attempt + 1);
                }
                if (fate.throwsAtOnce()) {
                    throw new Planned(spec.id(), event, attempt);
                }
                rejected.add(i);
                batch.fail(i, new Planned(spec.id(), event, attempt));
            }
            for (int i = 0; i < batch.size(); i++) {
                if (!rejected.contains(i)) {
                    delivered(spec, event(batch.get(i)));
                }
            }
        }
    }
}
