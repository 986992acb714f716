package io.bspump.aggregation;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/** The time of an event from one of its fields, in milliseconds since 1970. */
final class FieldTime implements ToLongFunction<Object> {

    private final String field;
    private final TimeUnit unit;

    /**
     * @param unit s, ms, us or ns: what numbers count
     */
    FieldTime(String field, String unit) {
        this.field = field;
        this.unit = switch (unit) {
            case "ms" -> TimeUnit.MILLISECONDS;
            case "us" -> TimeUnit.MICROSECONDS;
            case "ns" -> TimeUnit.NANOSECONDS;
            default -> TimeUnit.SECONDS;
        };
    }

    @Override
    public long applyAsLong(Object event) {
        Object value = Fields.map(event).get(field);
        if (value instanceof Long || value instanceof Integer) {
            return unit.toMillis(((Number) value).longValue());
        }
        if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
            return Math.round(number.doubleValue() * (1e9 / unit.convert(1, TimeUnit.SECONDS)) / 1e6);
        }
        if (value instanceof Instant time) {
            return time.toEpochMilli();
        }
        if (value == null) {
            throw new IllegalArgumentException("field '" + field + "' must be there, it is the time of the event");
        }
        return other(value);
    }

    private long other(Object value) {
        if (value instanceof ZonedDateTime time) {
            return time.toInstant().toEpochMilli();
        }
        if (value instanceof OffsetDateTime time) {
            return time.toInstant().toEpochMilli();
        }
        if (value instanceof String text) {
            try {
                return OffsetDateTime.parse(text).toInstant().toEpochMilli();
            } catch (DateTimeException e) {
                throw unreadable(value);
            }
        }
        throw unreadable(value);
    }

    private IllegalArgumentException unreadable(Object value) {
        return new IllegalArgumentException("field '" + field
                + "' must be a number, a time, or text such as 2024-01-31T23:59:59Z, was '" + Fields.shown(value)
                + "'");
    }
}
