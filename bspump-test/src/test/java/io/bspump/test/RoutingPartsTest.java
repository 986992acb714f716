package io.bspump.test;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.FedSource;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.Settlement;
import io.bspump.Source;
import io.bspump.Stage;
import io.bspump.routing.DirectSource;
import io.bspump.routing.InternalSource;
import io.bspump.routing.RouterProcessor;
import io.bspump.routing.RouterSink;
import io.bspump.routing.TeeProcessor;
import io.bspump.routing.TeeSource;
import io.bspump.sink.NullSink;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;

/** Routing parts keep the contracts. */
class RoutingPartsTest {

    /** Where events go: tells what has come and lets nothing out. */
    private static final class Elsewhere extends Pipeline {
        Elsewhere(Application app, Consumer<Object> comes) {
            super(app, "Elsewhere");
            build(
                    new InternalSource<>(app, this, "ElsewhereSource", Map.of()),
                    new Processor<>(app, this, "Come", Map.of()) {
                        @Override
                        protected @Nullable Object process(Context context, Object event) {
                            comes.accept(event);
                            return null;
                        }
                    },
                    new NullSink(app, this, "ElsewhereSink", Map.of()));
        }
    }

    private static void addElsewhere(Application app, Consumer<Object> comes) {
        app.pumpService().addPipeline(new Elsewhere(app, comes));
    }

    @Nested
    class EventsAreRouted extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            addElsewhere(app, event -> {});
            return new RouterProcessor<>(
                    app, pipeline, "Router", Map.of("key", "kind", "routes", "there: Elsewhere.*ElsewhereSource"));
        }

        @Override
        protected List<?> events() {
            return List.of(Map.of("kind", "here"), Map.of("kind", "there"), Map.of(), Map.of("kind", "here", "n", 2));
        }
    }

    @Nested
    class EventsAreCopied extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            addElsewhere(app, event -> {});
            return new TeeProcessor<>(app, pipeline).bind("Elsewhere");
        }

        @Override
        protected List<?> events() {
            return List.of("one", Map.of("two", List.of(2)), 3);
        }
    }

    @Nested
    class EventsEndInAnotherPipeline extends SinkContract {
        private final List<Object> received = new CopyOnWriteArrayList<>();

        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            addElsewhere(app, received::add);
            return new RouterSink<>(app, pipeline, "Router", Map.of("key", "kind", "routes", "known: Elsewhere"));
        }

        @Override
        protected List<?> events() {
            return List.of(
                    Map.of("kind", "known", "n", 1), Map.of("kind", "known", "n", 2), Map.of("kind", "known", "n", 3));
        }

        @Override
        protected List<?> received() {
            return received;
        }

        @Override
        protected Object refused() {
            return Map.of("kind", "unknown");
        }
    }

    /** Code that puts numbers into a source, and remembers those that were delivered. */
    abstract static class PutContract extends SourceContract {

        private final Set<Integer> left = new ConcurrentSkipListSet<>();

        @Override
        protected void prepare(int count) {
            left.clear();
            IntStream.range(0, count).forEach(left::add);
        }

        final void put(FedSource<Integer> source) {
            for (Integer number : left) {
                source.put(new Context(), number)
                        .filter(how -> how == Settlement.DELIVERED)
                        .onErrorComplete() // it stopped before: that number comes again
                        .subscribe(how -> left.remove(number));
            }
        }
    }

    @Nested
    class EventsArePutByCode extends PutContract {
        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            InternalSource<Integer> source = new InternalSource<>(app, pipeline);
            put(source);
            return source;
        }
    }

    @Nested
    class EventsArePutByCodeThatDoesNotWait extends PutContract {
        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            DirectSource<Integer> source = new DirectSource<>(app, pipeline);
            pipeline.pubSub().subscribe("bspump.pipeline.ready!", message -> put(source));
            return source;
        }
    }

    @Nested
    class EventsComeFromATee extends PutContract {
        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            TeeSource<Integer> source = new TeeSource<>(app, pipeline);
            put(source);
            return source;
        }
    }
}
