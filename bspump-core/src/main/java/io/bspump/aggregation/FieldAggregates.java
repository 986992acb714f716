package io.bspump.aggregation;

import io.bspump.Context;
import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The aggregates that a section asks for, such as {@code count, sum:bytes}. */
final class FieldAggregates {

    static final Option OPTION = Option.list("aggregates")
            .defaultTo("count")
            .doc(
                    "What the result has of the events: `count`, and `sum:`, `min:`, `max:`, `avg:` with a field; it is named"
                            + " like `sum_bytes`. Events without the field do not count for it.");

    private enum Kind {
        COUNT,
        SUM,
        MIN,
        MAX,
        AVG
    }

    /** One aggregate: the name it has in the result, and which column of numbers it is made of. */
    private record Aggregate(String name, Kind kind, int column) {}

    private final List<Aggregate> aggregates = new ArrayList<>();
    private final List<String> columns = new ArrayList<>();

    /** Holds the numbers of the event at hand until all of them have been read. */
    private final @Nullable Number[] numbers;

    /**
     * @param taken names that the result has already
     */
    FieldAggregates(Config config, List<String> taken) {
        List<String> names = new ArrayList<>(taken);
        for (String item : config.getList(OPTION.name())) {
            Aggregate one = parse(item);
            if (one == null) {
                throw wrong(
                        config, "must be of count, sum:FIELD, min:FIELD, max:FIELD and avg:FIELD, was '" + item + "'");
            }
            if (names.contains(one.name)) {
                throw wrong(config, "must not give the result a second field '" + one.name + "'");
            }
            names.add(one.name);
            aggregates.add(one);
        }
        numbers = new Number[columns.size()];
    }

    private static ConfigException wrong(Config config, String rule) {
        return new ConfigException(List.of(config.problem(OPTION.name(), rule)));
    }

    private @Nullable Aggregate parse(String item) {
        if (item.equals("count")) {
            return new Aggregate(item, Kind.COUNT, -1);
        }
        int colon = item.indexOf(':');
        if (colon < 0 || colon == item.length() - 1) {
            return null;
        }
        String field = item.substring(colon + 1);
        Kind kind =
                switch (item.substring(0, colon)) {
                    case "sum" -> Kind.SUM;
                    case "min" -> Kind.MIN;
                    case "max" -> Kind.MAX;
                    case "avg" -> Kind.AVG;
                    default -> Kind.COUNT;
                };
        return kind == Kind.COUNT ? null : new Aggregate(item.substring(0, colon) + "_" + field, kind, column(field));
    }

    private int column(String field) {
        if (!columns.contains(field)) {
            columns.add(field);
        }
        return columns.indexOf(field);
    }

    AggregationStrategy<Object, Map<String, @Nullable Object>> strategy() {
        return new Strategy();
    }

    private final class Strategy implements AggregationStrategy<Object, Map<String, @Nullable Object>> {

        private final Column[] values = new Column[columns.size()];
        private long count;

        Strategy() {
            for (int i = 0; i < values.length; i++) {
                values[i] = new Column();
            }
        }

        @Override
        public void append(Context context, Object event) {
            if (values.length > 0) {
                Map<?, ?> map = Fields.map(event);
                for (int i = 0; i < values.length; i++) {
                    numbers[i] = Fields.number(map, columns.get(i));
                }
                for (int i = 0; i < values.length; i++) {
                    Number number = numbers[i];
                    if (number != null) {
                        values[i].add(number);
                    }
                }
            }
            count++;
        }

        @Override
        public Map<String, @Nullable Object> flush() {
            Map<String, @Nullable Object> result = new LinkedHashMap<>();
            for (Aggregate one : aggregates) {
                result.put(one.name, value(one));
            }
            return result;
        }

        private @Nullable Object value(Aggregate one) {
            return switch (one.kind) {
                case COUNT -> count;
                case SUM -> values[one.column].sum();
                case MIN -> values[one.column].min();
                case MAX -> values[one.column].max();
                case AVG -> values[one.column].average();
            };
        }

        @Override
        public void merge(AggregationStrategy<Object, Map<String, @Nullable Object>> other) {
            Strategy more = (Strategy) other;
            for (int i = 0; i < values.length; i++) {
                values[i].merge(more.values[i]);
            }
            count += more.count;
        }
    }
}
