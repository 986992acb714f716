package io.bspump.aggregation;

import io.bspump.Aggregator;
import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Group;
import io.bspump.Pipeline;
import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes an alarm of an event whose value is below or above its bounds, and drops the others. After an alarm there is none
 * for the same attribute, a server's name say, and the same bound for {@code analyze_period}; only alarms of that time are
 * remembered. An alarm is a map of both fields, of {@code bound}, which is {@code lower_bound} or {@code upper_bound}, and
 * of {@code limit}. Events without the two fields are dropped. The event settles with its alarm, which has its context.
 */
public final class ThresholdAnalyzer extends Aggregator<Map<String, ?>, Map<String, Object>> {

    public static final Options OPTIONS = Options.of(
            Option.string("event_attribute").required().doc("The field that says what the value is of."),
            Option.string("event_value").required().doc("The field with the value, a number."),
            Option.string("lower_bound").defaultTo("-inf").doc("The least value that is no alarm; `-inf` for none."),
            Option.string("upper_bound").defaultTo("inf").doc("The greatest value that is no alarm; `inf` for none."),
            Option.duration("analyze_period")
                    .defaultTo("300s")
                    .doc("How long after an alarm there is no second one of the same kind; `0` for each event one."));

    private final String attribute;
    private final String value;
    private final double lower;
    private final double upper;
    private final long period;

    /** When the last alarms were, the oldest first. */
    private final Map<Kind, Long> alarms = new LinkedHashMap<>();

    private record Kind(Object attribute, String bound) {}

    private static final class Alarm extends Group<Map<String, Object>> {

        private final Context of;
        private final Map<String, Object> content;

        Alarm(Context of, Map<String, Object> content) {
            this.of = of;
            this.content = content;
        }

        @Override
        protected Map<String, Object> result(Context context) {
            context.putAll(of);
            return content;
        }

        @Override
        protected void closed() {}
    }

    /** Creates an analyzer whose id is {@code ThresholdAnalyzer}. */
    public ThresholdAnalyzer(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code ThresholdAnalyzer}
     * @param config values that go above the class's defaults and below the file
     */
    public ThresholdAnalyzer(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        this.attribute = config().get("event_attribute");
        this.value = config().get("event_value");
        this.lower = bound("lower_bound");
        this.upper = bound("upper_bound");
        this.period = config().getDuration("analyze_period").toMillis();
        if (lower > upper) {
            throw wrong("lower_bound", "must be at most upper_bound, " + config().get("upper_bound"));
        }
    }

    private double bound(String key) {
        String text = config().get(key).strip();
        double number =
                switch (text) {
                    case "-inf" -> Double.NEGATIVE_INFINITY;
                    case "inf", "+inf" -> Double.POSITIVE_INFINITY;
                    default -> parsed(text);
                };
        if (Double.isNaN(number)) {
            throw wrong(key, "must be a number, -inf or inf");
        }
        return number;
    }

    private static double parsed(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    private ConfigException wrong(String key, String rule) {
        return new ConfigException(List.of(config().problem(key, rule + ", was '" + config().get(key) + "'")));
    }

    /** Each group has one event. */
    @Override
    protected boolean isConsecutive() {
        return true;
    }

    @Override
    protected void process(Context context, Map<String, ?> event) {
        Object of = event.get(attribute);
        Number number = Fields.number(event, value);
        if (of == null || number == null) {
            return;
        }
        if (number.doubleValue() < lower) {
            alarm(context, of, number, "lower_bound", lower);
        } else if (number.doubleValue() > upper) {
            alarm(context, of, number, "upper_bound", upper);
        }
    }

    private void alarm(Context context, Object of, Number number, String bound, double limit) {
        if (period > 0 && !isDue(new Kind(of, bound))) {
            return;
        }
        Map<String, Object> content = new LinkedHashMap<>();
        content.put(attribute, of);
        content.put(value, number);
        content.put("bound", bound);
        content.put("limit", limit);
        Alarm alarm = new Alarm(context, content);
        join(alarm);
        close(alarm);
    }

    private boolean isDue(Kind kind) {
        long now = now();
        Iterator<Long> times = alarms.values().iterator();
        while (times.hasNext() && times.next() + period <= now) {
            times.remove();
        }
        return alarms.putIfAbsent(kind, now) == null;
    }
}
