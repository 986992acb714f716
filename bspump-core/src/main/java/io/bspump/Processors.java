package io.bspump;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Stages made of lambdas: {@code Processors.map(app, this, "Double", (Integer i) -> i * 2)}. Each has an id and a section
 * of the configuration like any other stage. The functions are called on the lane, one at a time, and must not block.
 * When one throws, its event goes the pipeline's error policy's way.
 *
 * <p>A lambda's types are not known at run time, so {@link Pipeline#build} cannot check that neighbours fit; the overloads
 * that are given the classes let it.
 */
public final class Processors {

    private Processors() {}

    /**
     * What is made of an event.
     *
     * @param <I> the type of the event
     * @param <O> the type of the result
     */
    @FunctionalInterface
    public interface Function<I, O> {
        /** Returns the result; null drops the event where the result is an event. */
        @Nullable
        O apply(I event) throws Exception;
    }

    /**
     * What is asked of an event.
     *
     * @param <I> the type of the event
     */
    @FunctionalInterface
    public interface Predicate<I> {
        /** Returns the answer. */
        boolean test(I event) throws Exception;
    }

    /**
     * What is done with an event.
     *
     * @param <I> the type of the event
     */
    @FunctionalInterface
    public interface Action<I> {
        /** Does it. */
        void accept(I event) throws Exception;
    }

    /** Transforms each event; null drops it. */
    public static <I, O> Processor<I, O> map(
            Application app, Pipeline pipeline, String id, Function<? super I, ? extends O> function) {
        return new Mapping<>(app, pipeline, id, StageTypes.UNKNOWN, function);
    }

    /** Like {@link #map(Application, Pipeline, String, Function)}, with types that can be checked. */
    public static <I, O> Processor<I, O> map(
            Application app,
            Pipeline pipeline,
            String id,
            Class<I> input,
            Class<O> output,
            Function<? super I, ? extends O> function) {
        return new Mapping<>(app, pipeline, id, types(input, output), function);
    }

    /** Lets pass the events for which the predicate holds and drops the others. */
    public static <I> Processor<I, I> filter(
            Application app, Pipeline pipeline, String id, Predicate<? super I> predicate) {
        return new Mapping<>(app, pipeline, id, StageTypes.UNKNOWN, event -> predicate.test(event) ? event : null);
    }

    /** Like {@link #filter(Application, Pipeline, String, Predicate)}, with a type that can be checked. */
    public static <I> Processor<I, I> filter(
            Application app, Pipeline pipeline, String id, Class<I> type, Predicate<? super I> predicate) {
        return new Mapping<>(app, pipeline, id, types(type, type), event -> predicate.test(event) ? event : null);
    }

    /** Does something with each event and lets it pass. */
    public static <I> Processor<I, I> peek(Application app, Pipeline pipeline, String id, Action<? super I> action) {
        return new Mapping<>(app, pipeline, id, StageTypes.UNKNOWN, passing(action));
    }

    /** Like {@link #peek(Application, Pipeline, String, Action)}, with a type that can be checked. */
    public static <I> Processor<I, I> peek(
            Application app, Pipeline pipeline, String id, Class<I> type, Action<? super I> action) {
        return new Mapping<>(app, pipeline, id, types(type, type), passing(action));
    }

    private static <I> Function<I, I> passing(Action<? super I> action) {
        return event -> {
            action.accept(event);
            return event;
        };
    }

    /** Makes 0..n events of one, as {@link Generator} does; null makes none. */
    public static <I, O> Generator<I, O> flatMap(
            Application app,
            Pipeline pipeline,
            String id,
            Function<? super I, ? extends Publisher<? extends O>> function) {
        return new Flattening<>(app, pipeline, id, StageTypes.UNKNOWN, function);
    }

    /** Like {@link #flatMap(Application, Pipeline, String, Function)}, with types that can be checked. */
    public static <I, O> Generator<I, O> flatMap(
            Application app,
            Pipeline pipeline,
            String id,
            Class<I> input,
            Class<O> output,
            Function<? super I, ? extends Publisher<? extends O>> function) {
        return new Flattening<>(app, pipeline, id, types(input, output), function);
    }

    /** Makes 0..n events of one: those that an iterable holds. Its iterator must not block. */
    public static <I, O> Generator<I, O> flatMapIterable(
            Application app,
            Pipeline pipeline,
            String id,
            Function<? super I, ? extends Iterable<? extends O>> function) {
        return new Flattening<>(app, pipeline, id, StageTypes.UNKNOWN, iterating(function));
    }

    /** Like {@link #flatMapIterable(Application, Pipeline, String, Function)}, with types that can be checked. */
    public static <I, O> Generator<I, O> flatMapIterable(
            Application app,
            Pipeline pipeline,
            String id,
            Class<I> input,
            Class<O> output,
            Function<? super I, ? extends Iterable<? extends O>> function) {
        return new Flattening<>(app, pipeline, id, types(input, output), iterating(function));
    }

    private static <I, O> Function<I, Publisher<? extends O>> iterating(
            Function<? super I, ? extends Iterable<? extends O>> function) {
        return event -> {
            Iterable<? extends O> events = function.apply(event);
            return events == null ? null : Flux.fromIterable(events);
        };
    }

    /** Transforms each event later, as {@link AsyncProcessor} does; an empty Mono or null drops it. */
    public static <I, O> AsyncProcessor<I, O> mapAsync(
            Application app, Pipeline pipeline, String id, Function<? super I, ? extends Mono<? extends O>> function) {
        return new AsyncMapping<>(app, pipeline, id, StageTypes.UNKNOWN, function);
    }

    /** Like {@link #mapAsync(Application, Pipeline, String, Function)}, with types that can be checked. */
    public static <I, O> AsyncProcessor<I, O> mapAsync(
            Application app,
            Pipeline pipeline,
            String id,
            Class<I> input,
            Class<O> output,
            Function<? super I, ? extends Mono<? extends O>> function) {
        return new AsyncMapping<>(app, pipeline, id, types(input, output), function);
    }

    private static StageTypes types(Class<?> input, Class<?> output) {
        return new StageTypes(Objects.requireNonNull(input, "input"), Objects.requireNonNull(output, "output"));
    }

    private static final class Mapping<I, O> extends Processor<I, O> {

        private final StageTypes types;
        private final Function<? super I, ? extends O> function;

        Mapping(
                Application app,
                Pipeline pipeline,
                String id,
                StageTypes types,
                Function<? super I, ? extends O> function) {
            super(app, pipeline, Objects.requireNonNull(id, "id"), Map.of());
            this.types = types;
            this.function = Objects.requireNonNull(function, "function");
        }

        @Override
        protected @Nullable O process(Context context, I event) throws Exception {
            return function.apply(event);
        }

        @Override
        StageTypes types() {
            return types;
        }
    }

    private static final class Flattening<I, O> extends Generator<I, O> {

        private final StageTypes types;
        private final Function<? super I, ? extends Publisher<? extends O>> function;

        Flattening(
                Application app,
                Pipeline pipeline,
                String id,
                StageTypes types,
                Function<? super I, ? extends Publisher<? extends O>> function) {
            super(app, pipeline, Objects.requireNonNull(id, "id"), Map.of());
            this.types = types;
            this.function = Objects.requireNonNull(function, "function");
        }

        @Override
        protected Publisher<? extends O> generate(Context context, I event) {
            try {
                Publisher<? extends O> events = function.apply(event);
                return events == null ? Flux.empty() : events;
            } catch (Exception e) {
                return Flux.error(e);
            }
        }

        @Override
        StageTypes types() {
            return types;
        }
    }

    private static final class AsyncMapping<I, O> extends AsyncProcessor<I, O> {

        private final StageTypes types;
        private final Function<? super I, ? extends Mono<? extends O>> function;

        AsyncMapping(
                Application app,
                Pipeline pipeline,
                String id,
                StageTypes types,
                Function<? super I, ? extends Mono<? extends O>> function) {
            super(app, pipeline, Objects.requireNonNull(id, "id"), Map.of());
            this.types = types;
            this.function = Objects.requireNonNull(function, "function");
        }

        @Override
        protected Mono<? extends O> process(Context context, I event) {
            try {
                Mono<? extends O> result = function.apply(event);
                return result == null ? Mono.empty() : result;
            } catch (Exception e) {
                return Mono.error(e);
            }
        }

        @Override
        StageTypes types() {
            return types;
        }
    }
}
