package io.bspump.aggregation;

import io.bspump.Context;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** The strategies that come with bspump and look at whole events. */
final class Gathered {

    private Gathered() {}

    static final class Events<I> implements AggregationStrategy<I, List<I>> {

        private final List<I> events = new ArrayList<>();

        @Override
        public void append(Context context, I event) {
            events.add(event);
        }

        @Override
        public List<I> flush() {
            return events;
        }

        @Override
        public void merge(AggregationStrategy<I, List<I>> other) {
            events.addAll(((Events<I>) other).events);
        }
    }

    static final class Pairs<I> implements AggregationStrategy<I, List<Map.Entry<Context, I>>> {

        private final List<Map.Entry<Context, I>> pairs = new ArrayList<>();

        @Override
        public void append(Context context, I event) {
            pairs.add(Map.entry(context, event));
        }

        @Override
        public List<Map.Entry<Context, I>> flush() {
            return pairs;
        }

        @Override
        public void merge(AggregationStrategy<I, List<Map.Entry<Context, I>>> other) {
            pairs.addAll(((Pairs<I>) other).pairs);
        }
    }

    static final class Text implements AggregationStrategy<Object, String> {

        private final String delimiter;
        private final StringBuilder text = new StringBuilder();
        private boolean empty = true;

        Text(String delimiter) {
            this.delimiter = delimiter;
        }

        @Override
        public void append(Context context, Object event) {
            add(event instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : event.toString());
        }

        private void add(CharSequence more) {
            if (!empty) {
                text.append(delimiter);
            }
            text.append(more);
            empty = false;
        }

        @Override
        public String flush() {
            return text.toString();
        }

        @Override
        public void merge(AggregationStrategy<Object, String> other) {
            add(((Text) other).text);
        }
    }

    static final class Reduced<I, T> implements AggregationStrategy<I, T> {

        private final BiFunction<? super T, ? super I, ? extends T> step;
        private T value;

        Reduced(T start, BiFunction<? super T, ? super I, ? extends T> step) {
            this.value = start;
            this.step = step;
        }

        @Override
        public void append(Context context, I event) {
            value = step.apply(value, event);
        }

        @Override
        public T flush() {
            return value;
        }
    }
}
