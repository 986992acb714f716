package io.bspump.postgresql;

import io.bspump.json.JsonWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;
import java.time.temporal.Temporal;
import java.time.temporal.TemporalAmount;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How values of events become the texts that columns of a type read. */
enum Kind {
    INTEGER("whole numbers") {
        @Override
        @Nullable
        String of(Object value) {
            return value instanceof Number number ? whole(number) : null;
        }
    },
    DECIMAL("numbers") {
        @Override
        @Nullable
        String of(Object value) {
            return value instanceof Number number ? number.toString() : null;
        }
    },
    BOOLEAN("yes or no") {
        @Override
        @Nullable
        String of(Object value) {
            return value instanceof Boolean || value instanceof Number ? value.toString() : null;
        }
    },
    TEXT("text") {
        @Override
        @Nullable
        String of(Object value) {
            return value instanceof Map || value instanceof Collection ? json(value) : plain(value);
        }
    },
    BYTES("bytes") {
        @Override
        @Nullable
        String of(Object value) {
            return value instanceof byte[] bytes ? hex(bytes) : null;
        }

        @Override
        String ofText(String text) {
            return hex(text.getBytes(StandardCharsets.UTF_8));
        }
    },
    TIME("times") {
        @Override
        @Nullable
        String of(Object value) {
            return value instanceof Number seconds ? instant(seconds) : time(value);
        }
    },
    INTERVAL("durations") {
        @Override
        @Nullable
        String of(Object value) {
            return value instanceof Number seconds
                    ? seconds + " seconds"
                    : value instanceof TemporalAmount ? value.toString() : null;
        }
    },
    JSON("JSON") {
        @Override
        @Nullable
        String of(Object value) {
            return json(value);
        }
    },
    /** Without a type of its own: what the value itself suggests. */
    ANY("such values") {
        @Override
        @Nullable
        String of(Object value) {
            if (value instanceof byte[] bytes) {
                return hex(bytes);
            }
            return TEXT.of(value);
        }
    };

    private static final BigDecimal NANOS = BigDecimal.valueOf(1_000_000_000);

    private final String takes;

    Kind(String takes) {
        this.takes = takes;
    }

    /** The text of a value that is not a text itself; null if the type does not take such values. */
    abstract @Nullable String of(Object value);

    /** What becomes of a text. */
    String ofText(String text) {
        return text;
    }

    /**
     * The text of a value.
     *
     * @throws IllegalArgumentException if the type does not take such values
     */
    final String text(Object value) {
        if (value instanceof CharSequence chars) {
            return ofText(chars.toString());
        }
        String text = of(value);
        if (text == null) {
            throw new IllegalArgumentException("takes " + takes + ", was " + nameOf(value));
        }
        return text;
    }

    /** The kind of the type of a column, by its name and category in the catalogue. */
    static Kind of(String type, String category) {
        return switch (type) {
            case "int2", "int4", "int8", "oid" -> INTEGER;
            case "float4", "float8", "numeric", "money" -> DECIMAL;
            case "bool" -> BOOLEAN;
            case "bytea" -> BYTES;
            case "timestamp", "timestamptz", "date", "time", "timetz" -> TIME;
            case "interval" -> INTERVAL;
            case "json", "jsonb" -> JSON;
            default -> category.equals("S") ? TEXT : ANY;
        };
    }

    /** The text of an array, whatever its elements are. */
    final String array(Object value) {
        if (value instanceof CharSequence text) {
            return text.toString();
        }
        List<?> elements = elements(value);
        StringBuilder text = new StringBuilder("{");
        for (Object element : elements) {
            ArrayText.next(text);
            if (element instanceof Collection || element instanceof Object[]) {
                text.append(array(element));
            } else {
                ArrayText.append(text, element == null ? null : text(element));
            }
        }
        return text.append('}').toString();
    }

    private static List<?> elements(Object value) {
        if (value instanceof Collection<?> many) {
            return Arrays.asList(many.toArray());
        }
        if (value instanceof Object[] many) {
            return Arrays.asList(many);
        }
        throw new IllegalArgumentException("takes lists, was " + nameOf(value));
    }

    /** What a value is, without telling it. */
    static String nameOf(Object value) {
        if (value instanceof Map) {
            return "a map";
        }
        if (value instanceof Collection || value instanceof Object[]) {
            return "a list";
        }
        return value instanceof CharSequence ? "text" : "of " + value.getClass().getSimpleName();
    }

    private static String whole(Number number) {
        if (number instanceof Double || number instanceof Float || number instanceof BigDecimal) {
            try {
                return new BigDecimal(number.toString()).toBigIntegerExact().toString();
            } catch (ArithmeticException | NumberFormatException e) {
                throw new IllegalArgumentException(
                        "takes whole numbers, was " + nameOf(number) + " with a fraction", e);
            }
        }
        return number instanceof BigInteger ? number.toString() : Long.toString(number.longValue());
    }

    private static String instant(Number seconds) {
        if (seconds instanceof Long || seconds instanceof Integer) {
            return Instant.ofEpochSecond(seconds.longValue()).toString();
        }
        try {
            BigDecimal exact = new BigDecimal(seconds.toString());
            BigInteger nanos = exact.multiply(NANOS).toBigInteger();
            BigInteger[] parts = nanos.divideAndRemainder(NANOS.toBigInteger());
            return Instant.ofEpochSecond(parts[0].longValueExact(), parts[1].longValue())
                    .toString();
        } catch (ArithmeticException | NumberFormatException | java.time.DateTimeException e) {
            throw new IllegalArgumentException("takes seconds since 1970, was out of range", e);
        }
    }

    private static @Nullable String time(Object value) {
        if (value instanceof ZonedDateTime zoned) {
            return zoned.toOffsetDateTime().toString();
        }
        if (value instanceof LocalDateTime local) {
            return local + "Z"; // what has no zone is taken for UTC, and a column without one drops it
        }
        if (value instanceof Date date) {
            return date.toInstant().toString();
        }
        return value instanceof Temporal ? value.toString() : null;
    }

    private static @Nullable String plain(Object value) {
        if (value instanceof Temporal || value instanceof Date) {
            return time(value);
        }
        boolean simple = value instanceof Number
                || value instanceof Boolean
                || value instanceof Character
                || value instanceof Enum
                || value instanceof UUID
                || value instanceof Duration
                || value instanceof TemporalAmount;
        return simple ? value.toString() : null;
    }

    private static String hex(byte[] bytes) {
        return "\\x" + HexFormat.of().formatHex(bytes);
    }

    private static String json(Object value) {
        return new String(new JsonWriter().write(value), StandardCharsets.UTF_8);
    }
}
