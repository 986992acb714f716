package io.bspump.aggregation;

import io.bspump.Context;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is made of the events of one group, one by one. Each group has its own; it is used on the lane only and must not
 * block.
 *
 * @param <I> the type of the events
 * @param <T> the type of what is made of them
 */
public interface AggregationStrategy<I, T> {

    /**
     * Takes an event in.
     *
     * @throws Exception when it cannot; the event then goes the error policy's way alone and may come again. Nothing may
     *     have been changed by then
     */
    void append(Context context, I event) throws Exception;

    /**
     * Returns what has been made of all events; null to make nothing of them and drop them. Called when the group is
     * closed, and again if the attempt fails.
     */
    @Nullable
    T flush() throws Exception;

    /**
     * Takes in what another of the same kind has taken in. Only sessions need it, when an event comes that joins two.
     * Throws {@link UnsupportedOperationException} by default.
     */
    default void merge(AggregationStrategy<I, T> other) {
        throw new UnsupportedOperationException(
                getClass().getName() + " cannot be merged, which sessions need when events come out of order");
    }

    /** A list of the events, in order. */
    static <I> AggregationStrategy<I, List<I>> events() {
        return new Gathered.Events<>();
    }

    /** A list of pairs of context and event, in order. */
    static <I> AggregationStrategy<I, List<Map.Entry<Context, I>>> pairs() {
        return new Gathered.Pairs<>();
    }

    /** The events as text, with a delimiter in between; {@code byte[]} is UTF-8. */
    static AggregationStrategy<Object, String> joined(String delimiter) {
        return new Gathered.Text(delimiter);
    }

    /**
     * A value that each event changes.
     *
     * @param start makes the value that a group begins with
     * @param step makes the next value of the last and an event; may change the last and return it, but only if it does not
     *     fail
     */
    static <I, T> AggregationStrategy<I, T> reduce(
            Supplier<? extends T> start, BiFunction<? super T, ? super I, ? extends T> step) {
        return new Gathered.Reduced<I, T>(start.get(), step);
    }
}
