package io.bspump.aggregation;

import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What an analyzer needs to know of the events it puts into windows. The functions are called on the lane and must not
 * block; when one throws, the event goes the error policy's way.
 *
 * @param timestamp returns when the event happened, in milliseconds since 1970
 * @param key returns what the events of a window have in common; equal keys share a window
 * @param strategy makes what gathers the events of a window
 * @param result makes the event that comes out; null to make none
 * @param <I> the type of the events that go in
 * @param <T> the type of what is gathered
 * @param <O> the type of the events that come out
 */
public record WindowFunctions<I, T, O>(
        ToLongFunction<? super I> timestamp,
        Function<? super I, ? extends @Nullable Object> key,
        Supplier<? extends AggregationStrategy<? super I, T>> strategy,
        BiFunction<? super Window, ? super T, ? extends @Nullable O> result) {

    public WindowFunctions {
        Objects.requireNonNull(timestamp, "timestamp");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(strategy, "strategy");
        Objects.requireNonNull(result, "result");
    }
}
