package io.bspump.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One key that a component understands: its name, the type of its value, its default and a sentence about it. Immutable:
 * each method returns a changed copy, and fails at once with an {@link IllegalArgumentException} if the declaration
 * contradicts itself, for instance if the default is out of bounds.
 *
 * <p>An option without a default that is not {@linkplain #required() required} may be absent;
 * {@link Config#contains} tells.
 */
public final class Option {

    private final String name;
    private final ValueType type;
    private final @Nullable String defaultText;
    private final boolean required;
    private final List<String> aliases;
    private final @Nullable String deprecation;
    private final String doc;

    private Option(
            String name,
            ValueType type,
            @Nullable String defaultText,
            boolean required,
            List<String> aliases,
            @Nullable String deprecation,
            String doc) {
        this.name = name;
        this.type = type;
        this.defaultText = defaultText;
        this.required = required;
        this.aliases = List.copyOf(aliases);
        this.deprecation = deprecation;
        this.doc = doc;
        check();
    }

    private void check() {
        if (name.isBlank() || !name.equals(name.strip())) {
            throw new IllegalArgumentException("the name of an option must be a word, was '" + name + "'");
        }
        if (required && defaultText != null) {
            throw new IllegalArgumentException("option '" + name + "' is required and has a default");
        }
        if (defaultText != null && !type.accepts(defaultText)) {
            throw new IllegalArgumentException(
                    "the default of option '" + name + "' " + type.rule() + ", was '" + defaultText + "'");
        }
    }

    private static Option of(String name, ValueType type) {
        return new Option(Names.key(name), type, null, false, List.of(), null, "");
    }

    /** A text, taken as it stands. */
    public static Option string(String name) {
        return of(name, ValueType.of(ValueType.Kind.STRING));
    }

    /** A whole number; within 32 bits unless bounds say otherwise. */
    public static Option integer(String name) {
        return of(name, ValueType.of(ValueType.Kind.INTEGER));
    }

    /** A decimal number. */
    public static Option number(String name) {
        return of(name, ValueType.of(ValueType.Kind.NUMBER));
    }

    /** Yes or no: {@code true, yes, on, 1} or {@code false, no, off, 0}. */
    public static Option bool(String name) {
        return of(name, ValueType.of(ValueType.Kind.BOOL));
    }

    /** A duration such as {@code 5s}; a plain number is seconds; not negative unless the lower bound is. */
    public static Option duration(String name) {
        return of(name, ValueType.of(ValueType.Kind.DURATION));
    }

    /** A number of bytes such as {@code 64kB}. */
    public static Option size(String name) {
        return of(name, ValueType.of(ValueType.Kind.SIZE));
    }

    /** One of the given words. */
    public static Option choice(String name, String... words) {
        if (words.length == 0) {
            throw new IllegalArgumentException("option '" + name + "' must have a choice");
        }
        return of(name, new ValueType(ValueType.Kind.CHOICE, null, null, List.of(words)));
    }

    /** Several texts; see {@link Config#getList(String)} for how they are separated. */
    public static Option list(String name) {
        return of(name, ValueType.of(ValueType.Kind.LIST));
    }

    /** An absolute URL; if schemes are given, with one of them. */
    public static Option url(String name, String... schemes) {
        return of(name, new ValueType(ValueType.Kind.URL, null, null, List.of(schemes)));
    }

    /** A text that is never shown. */
    public static Option secret(String name) {
        return of(name, ValueType.of(ValueType.Kind.SECRET));
    }

    /** The value if none is given, in the spelling of the file. */
    public Option defaultTo(String text) {
        return new Option(name, type, text, required, aliases, deprecation, doc);
    }

    /** The value if none is given. */
    public Option defaultTo(long number) {
        return defaultTo(Long.toString(number));
    }

    /** The value if none is given. */
    public Option defaultTo(double number) {
        return defaultTo(BigDecimal.valueOf(number).toPlainString());
    }

    /** The value if none is given. */
    public Option defaultTo(boolean value) {
        return defaultTo(Boolean.toString(value));
    }

    /** The value if none is given. */
    public Option defaultTo(Duration duration) {
        return defaultTo(Units.format(duration));
    }

    /** Both bounds are accepted values: of a number, a number of seconds or a number of bytes. */
    public Option between(long min, long max) {
        return bounded(BigDecimal.valueOf(min), BigDecimal.valueOf(max));
    }

    /** Both bounds are accepted values. */
    public Option between(double min, double max) {
        return bounded(BigDecimal.valueOf(min), BigDecimal.valueOf(max));
    }

    /** Both bounds are accepted values. */
    public Option between(Duration min, Duration max) {
        return bounded(ValueType.seconds(min), ValueType.seconds(max));
    }

    /** The least accepted value; for durations in seconds. */
    public Option atLeast(long min) {
        return bounded(BigDecimal.valueOf(min), type.max());
    }

    /** The least accepted value. */
    public Option atLeast(double min) {
        return bounded(BigDecimal.valueOf(min), type.max());
    }

    /** The least accepted value. */
    public Option atLeast(Duration min) {
        return bounded(ValueType.seconds(min), type.max());
    }

    /** The greatest accepted value; for durations in seconds. */
    public Option atMost(long max) {
        return bounded(type.min(), BigDecimal.valueOf(max));
    }

    /** The greatest accepted value. */
    public Option atMost(double max) {
        return bounded(type.min(), BigDecimal.valueOf(max));
    }

    /** The greatest accepted value. */
    public Option atMost(Duration max) {
        return bounded(type.min(), ValueType.seconds(max));
    }

    private Option bounded(@Nullable BigDecimal min, @Nullable BigDecimal max) {
        return new Option(name, type.bounded(min, max), defaultText, required, aliases, deprecation, doc);
    }

    /** A value must be given, and a text must not be empty. */
    public Option required() {
        return new Option(name, type, defaultText, true, aliases, deprecation, doc);
    }

    /** Another name under which the value may stand. */
    public Option alias(String other) {
        List<String> all = new ArrayList<>(aliases);
        all.add(Names.key(other));
        return new Option(name, type, defaultText, required, all, deprecation, doc);
    }

    /** Giving a value leads to a warning with this advice, for instance {@code use 'batch_size'}. */
    public Option deprecated(String advice) {
        return new Option(name, type, defaultText, required, aliases, Objects.requireNonNull(advice, "advice"), doc);
    }

    /** One sentence for the reader of the documentation. Mandatory. */
    public Option doc(String sentence) {
        return new Option(name, type, defaultText, required, aliases, deprecation, sentence);
    }

    /** The key, in lower case. */
    public String name() {
        return name;
    }

    /** The declared default in the spelling of the file. */
    public Optional<String> defaultText() {
        return Optional.ofNullable(defaultText);
    }

    /** Tells whether a value must be given. */
    public boolean isRequired() {
        return required;
    }

    /** The other names, in lower case. */
    public List<String> aliases() {
        return aliases;
    }

    /** What to use instead, if the option is deprecated. */
    public Optional<String> deprecation() {
        return Optional.ofNullable(deprecation);
    }

    /** The sentence about it. */
    public String doc() {
        return doc;
    }

    ValueType type() {
        return type;
    }

    @Override
    public String toString() {
        return name;
    }
}
