package io.bspump.aggregation;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Access to the fields of events, with errors for people. */
final class Fields {

    private static final int SHOWN = 100;

    private Fields() {}

    static Map<?, ?> map(Object event) {
        if (event instanceof Map<?, ?> map) {
            return map;
        }
        throw new IllegalArgumentException(
                "the event must be a Map, was a " + event.getClass().getName());
    }

    /** Returns the field as a number; null when the event has none. */
    static @Nullable Number number(Map<?, ?> event, String field) {
        Object value = event.get(field);
        if (value == null) {
            return null;
        }
        Number number = value instanceof Number already ? already : parsed(value);
        if (number == null || !Double.isFinite(number.doubleValue())) {
            throw new IllegalArgumentException("field '" + field + "' must be a number, was '" + shown(value) + "'");
        }
        return number;
    }

    private static @Nullable Number parsed(Object value) {
        if (!(value instanceof String text)) {
            return null;
        }
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException whole) {
            try {
                return Double.valueOf(text);
            } catch (NumberFormatException none) {
                return null;
            }
        }
    }

    static String shown(Object value) {
        String text = value.toString();
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }
}
