package io.bspump.config;

import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What texts an option accepts. The bounds of durations are in seconds, those of sizes in bytes.
 *
 * @param choices the accepted words of a choice, the accepted schemes of a URL, otherwise empty
 */
record ValueType(Kind kind, @Nullable BigDecimal min, @Nullable BigDecimal max, List<String> choices) {

    private static final BigDecimal INT_MIN = BigDecimal.valueOf(Integer.MIN_VALUE);
    private static final BigDecimal INT_MAX = BigDecimal.valueOf(Integer.MAX_VALUE);

    enum Kind {
        STRING("text"),
        INTEGER("whole number"),
        NUMBER("number"),
        BOOL("yes or no"),
        DURATION("duration"),
        SIZE("size"),
        CHOICE("choice"),
        LIST("list"),
        URL("URL"),
        SECRET("secret");

        private final String title;

        Kind(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    ValueType {
        choices = List.copyOf(choices);
        if (min != null && max != null && min.compareTo(max) > 0) {
            throw new IllegalArgumentException("bounds must be in order, were " + min + " and " + max);
        }
    }

    static ValueType of(Kind kind) {
        return new ValueType(kind, null, null, List.of());
    }

    ValueType bounded(@Nullable BigDecimal lower, @Nullable BigDecimal upper) {
        if (!isQuantity()) {
            throw new IllegalArgumentException("a " + kind.title() + " has no bounds");
        }
        return new ValueType(kind, lower, upper, choices);
    }

    boolean isQuantity() {
        return kind == Kind.INTEGER || kind == Kind.NUMBER || kind == Kind.DURATION || kind == Kind.SIZE;
    }

    boolean accepts(String text) {
        return switch (kind) {
            case STRING, LIST, SECRET -> true;
            case BOOL -> Units.bool(text) != null;
            case CHOICE -> choices.contains(text.strip());
            case URL -> acceptsUrl(Units.url(text));
            case INTEGER, NUMBER, DURATION, SIZE -> acceptsQuantity(magnitude(text));
        };
    }

    private boolean acceptsUrl(@Nullable URI url) {
        return url != null
                && (choices.isEmpty() || choices.contains(url.getScheme().toLowerCase(Locale.ROOT)));
    }

    private boolean acceptsQuantity(@Nullable BigDecimal value) {
        BigDecimal lower = lower();
        BigDecimal upper = upper();
        return value != null
                && (lower == null || value.compareTo(lower) >= 0)
                && (upper == null || value.compareTo(upper) <= 0);
    }

    private @Nullable BigDecimal lower() {
        if (min != null) {
            return min;
        }
        return kind == Kind.DURATION ? BigDecimal.ZERO : kind == Kind.INTEGER ? INT_MIN : null;
    }

    private @Nullable BigDecimal upper() {
        return max == null && kind == Kind.INTEGER ? INT_MAX : max;
    }

    private @Nullable BigDecimal magnitude(String text) {
        switch (kind) {
            case INTEGER -> {
                Long value = Units.integer(text);
                return value == null ? null : BigDecimal.valueOf(value);
            }
            case SIZE -> {
                Long value = Units.size(text);
                return value == null ? null : BigDecimal.valueOf(value);
            }
            case NUMBER -> {
                Double value = Units.number(text);
                return value == null ? null : BigDecimal.valueOf(value);
            }
            default -> {
                Duration value = Units.duration(text);
                return value == null ? null : seconds(value);
            }
        }
    }

    static BigDecimal seconds(Duration duration) {
        return BigDecimal.valueOf(duration.getSeconds()).add(BigDecimal.valueOf(duration.getNano(), 9));
    }

    /** The rule in words: {@code must be between 1 and 65535}. */
    String rule() {
        if (min != null || max != null) {
            return boundRule();
        }
        return switch (kind) {
            case STRING, LIST, SECRET -> "must be a text";
            case INTEGER -> "must be a whole number";
            case NUMBER -> "must be a number";
            case BOOL -> "must be one of true, yes, on, 1, false, no, off, 0";
            case DURATION -> "must be a duration such as 100ms, 5s, 2m or 1.5h";
            case SIZE -> "must be a size such as 512, 64kB, 1.5MB or 1MiB";
            case CHOICE -> "must be one of " + String.join(", ", choices);
            case URL ->
                choices.isEmpty()
                        ? "must be a URL such as http://host:80/path"
                        : "must be a URL that starts with " + String.join(":// or ", choices) + "://";
        };
    }

    private String boundRule() {
        if (min != null && max != null) {
            return "must be between " + bound(min) + " and " + bound(max);
        }
        return min != null ? "must be at least " + bound(min) : max != null ? "must be at most " + bound(max) : "";
    }

    String bound(BigDecimal value) {
        return kind == Kind.DURATION ? Units.formatSeconds(value) : value.toPlainString();
    }
}
