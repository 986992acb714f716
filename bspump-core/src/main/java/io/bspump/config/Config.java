package io.bspump.config;

import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One section after merging: what a component's {@code config()} returns. Keys are found in any case of letters. Immutable
 * and thread-safe.
 *
 * <p>A getter without a default throws {@link ConfigException} if the key has no value; every getter throws it if the value
 * is not of its type. The options that a component declares have been checked before: a getter of an option whose value is
 * already among {@link Configuration#problems()} returns the declared default, or a neutral value such as 0, so that the
 * other problems can be found too; the program does not start with it.
 */
public final class Config {

    static final int MASKED_LENGTH = 500;

    private static final String INTEGER = rule(ValueType.Kind.INTEGER);

    private final String name;
    private final Map<String, Value> values;
    private final Options options;
    private final Set<String> faulty;
    private final Claim claim;
    private final Redactor redactor;
    private volatile @Nullable Visible visible;

    Config(Claim claim, SectionMerge merge) {
        this.name = claim.section();
        this.values = Collections.unmodifiableMap(merge.merged());
        this.options = claim.options();
        this.faulty = Set.copyOf(merge.faulty());
        this.claim = claim;
        this.redactor = merge.redactor();
    }

    /** The name of the section, without brackets. */
    public String name() {
        return name;
    }

    /** The keys that have a value, defaults included. */
    public Set<String> keys() {
        return values.keySet();
    }

    /** What was found to be wrong with the section when it was merged. */
    public List<ConfigProblem> problems() {
        return claim.problems();
    }

    Claim claim() {
        return claim;
    }

    /** Tells whether the key has a value, be it the declared default or empty. */
    public boolean contains(String key) {
        return find(key) != null;
    }

    /** The text of the key. */
    public String get(String key) {
        return read(key, text -> text, "must be a text", null, "");
    }

    /** The text of the key, or the default if it has none. */
    public String get(String key, String defaultValue) {
        return read(key, text -> text, "must be a text", defaultValue, defaultValue);
    }

    /** A whole number of 32 bits. */
    public int getInt(String key) {
        return read(key, Config::parseInt, INTEGER, null, 0);
    }

    /** A whole number of 32 bits, or the default if the key has no value. */
    public int getInt(String key, int defaultValue) {
        return read(key, Config::parseInt, INTEGER, defaultValue, defaultValue);
    }

    /** A whole number of 64 bits. */
    public long getLong(String key) {
        return read(key, Units::integer, INTEGER, null, 0L);
    }

    /** A whole number of 64 bits, or the default if the key has no value. */
    public long getLong(String key, long defaultValue) {
        return read(key, Units::integer, INTEGER, defaultValue, defaultValue);
    }

    /** A finite decimal number. */
    public double getDouble(String key) {
        return read(key, Units::number, rule(ValueType.Kind.NUMBER), null, 0.0);
    }

    /** A finite decimal number, or the default if the key has no value. */
    public double getDouble(String key, double defaultValue) {
        return read(key, Units::number, rule(ValueType.Kind.NUMBER), defaultValue, defaultValue);
    }

    /** True for {@code true, yes, on, 1}, false for {@code false, no, off, 0}, in any case of letters. */
    public boolean getBoolean(String key) {
        return read(key, Units::bool, rule(ValueType.Kind.BOOL), null, false);
    }

    /** Like {@link #getBoolean(String)}, or the default if the key has no value. */
    public boolean getBoolean(String key, boolean defaultValue) {
        return read(key, Units::bool, rule(ValueType.Kind.BOOL), defaultValue, defaultValue);
    }

    /** A duration such as {@code 100ms}, {@code 5s}, {@code 1.5h}; a plain number is seconds. */
    public Duration getDuration(String key) {
        return read(key, durationOf(key), rule(ValueType.Kind.DURATION), null, Duration.ZERO);
    }

    /** Like {@link #getDuration(String)}, or the default if the key has no value. */
    public Duration getDuration(String key, Duration defaultValue) {
        return read(key, durationOf(key), rule(ValueType.Kind.DURATION), defaultValue, defaultValue);
    }

    /** A number of bytes such as {@code 512}, {@code 64kB} (64 000) or {@code 1MiB} (1 048 576). */
    public long getSize(String key) {
        return read(key, Units::size, rule(ValueType.Kind.SIZE), null, 0L);
    }

    /** Like {@link #getSize(String)}, or the default, in bytes, if the key has no value. */
    public long getSize(String key, long defaultValue) {
        return read(key, Units::size, rule(ValueType.Kind.SIZE), defaultValue, defaultValue);
    }

    /** An absolute URL without a slash at its end. */
    public URI getUrl(String key) {
        return read(key, Units::url, rule(ValueType.Kind.URL), null, URI.create(""));
    }

    /** Like {@link #getUrl(String)}, or the default if the key has no value. */
    public URI getUrl(String key, URI defaultValue) {
        return read(key, Units::url, rule(ValueType.Kind.URL), defaultValue, defaultValue);
    }

    /**
     * Several texts. If the value has more than one line, each line is an item and a comma at its end is dropped; otherwise
     * blanks and commas separate the items. There are no empty items; the list may be empty.
     */
    public List<String> getList(String key) {
        return read(key, Units::list, "must be a list", null, List.of());
    }

    /** Like {@link #getList(String)}, or the default if the key has no value. */
    public List<String> getList(String key, List<String> defaultValue) {
        return read(key, Units::list, "must be a list", defaultValue, defaultValue);
    }

    /** A text that must not be shown. */
    public Secret getSecret(String key) {
        return read(key, Secret::of, "must be a text", null, Secret.of(""));
    }

    /** Like {@link #getSecret(String)}, or the default if the key has no value. */
    public Secret getSecret(String key, Secret defaultValue) {
        return read(key, Secret::of, "must be a text", defaultValue, defaultValue);
    }

    /** A constant of an enum, in any case of letters, with {@code -} for {@code _} if one likes. */
    public <E extends Enum<E>> E getEnum(String key, Class<E> type) {
        return read(key, text -> constant(text, type), ruleOf(type), null, type.getEnumConstants()[0]);
    }

    /** Like {@link #getEnum(String, Class)}, or the default if the key has no value. */
    public <E extends Enum<E>> E getEnum(String key, E defaultValue) {
        Class<E> type = defaultValue.getDeclaringClass();
        return read(key, text -> constant(text, type), ruleOf(type), defaultValue, defaultValue);
    }

    /** The value as people may see it, {@code ***} if it is secret; empty if the key has none. Not counted as a use. */
    public Optional<String> shown(String key) {
        String canonical = options.canonical(Names.key(key));
        return Optional.ofNullable(values.get(canonical)).map(value -> redactor.show(guarded(canonical, value)));
    }

    /**
     * What was given, be it in code or from outside, as people may see it: {@code ***} for what is secret, otherwise the whole
     * text. Not counted as a use.
     */
    public Map<String, String> visible() {
        Visible last = visible;
        int known = redactor.secrets();
        if (last == null || last.secrets() != known) {
            last = new Visible(known, Collections.unmodifiableMap(look()));
            visible = last;
        }
        return last.values();
    }

    /** What is visible as long as there are so many secrets. */
    private record Visible(int secrets, Map<String, String> values) {}

    private Map<String, String> look() {
        Map<String, String> visible = new LinkedHashMap<>();
        values.forEach((key, value) -> {
            if (!value.origin().equals(SectionMerge.DEFAULTS)) {
                visible.put(key, redactor.whole(guarded(key, value)));
            }
        });
        return visible;
    }

    /**
     * A text from elsewhere, such as the message of a driver, with {@code ***} for every secret of the configuration and for
     * the user and password of every URL in it; in one line of at most 500 characters.
     */
    public String masked(String text) {
        return redactor.mask(text, MASKED_LENGTH);
    }

    /** The name and the keys, no values. */
    @Override
    public String toString() {
        return "[" + name + "] " + String.join(", ", keys());
    }

    private static String rule(ValueType.Kind kind) {
        return ValueType.of(kind).rule();
    }

    private <T> T read(
            String key, Function<String, @Nullable T> parser, String rule, @Nullable T defaultValue, T neutral) {
        String canonical = options.canonical(Names.key(key));
        Value value = find(key);
        if (faulty.contains(canonical)) {
            return declaredDefault(canonical, parser, neutral);
        }
        if (value == null) {
            if (defaultValue == null) {
                throw failure(canonical, null, "is required");
            }
            return defaultValue;
        }
        T parsed = parser.apply(value.text());
        if (parsed == null) {
            throw failure(canonical, value.origin(), rule + ", was '" + redactor.show(guarded(canonical, value)) + "'");
        }
        return parsed;
    }

    private @Nullable Value find(String key) {
        String canonical = options.canonical(Names.key(key));
        claim.read(canonical);
        return values.get(canonical);
    }

    private <T> T declaredDefault(String key, Function<String, @Nullable T> parser, T neutral) {
        Option option = options.lookup(key);
        T declared = option == null ? null : option.defaultText().map(parser).orElse(null);
        return declared == null ? neutral : declared;
    }

    private Value guarded(String key, Value value) {
        Option option = options.lookup(key);
        return option != null && option.type().kind() == ValueType.Kind.SECRET ? value.asSecret() : value;
    }

    /**
     * Makes a problem of a key's value, for a rule that its type cannot express. It names where the value comes from.
     *
     * @param rule what is wrong, as in {@code must be ..., was '...'}; the value as {@link #shown} gives it
     */
    public ConfigProblem problem(String key, String rule) {
        String canonical = options.canonical(Names.key(key));
        Value value = values.get(canonical);
        return problem(canonical, value == null ? null : value.origin(), rule);
    }

    /**
     * Makes the error of a value that breaks a rule which its type cannot express, for constructors of components.
     *
     * @param rule what the value must be, as in {@code must be the name of an encoding}; the value seen is added
     */
    public ConfigException invalid(String key, String rule) {
        String seen = shown(key).map(value -> ", was '" + value + "'").orElse("");
        return new ConfigException(List.of(problem(key, rule + seen)));
    }

    private ConfigException failure(String key, @Nullable Origin origin, String message) {
        return new ConfigException(List.of(problem(key, origin, message)));
    }

    private ConfigProblem problem(String key, @Nullable Origin origin, String message) {
        String place = origin == null ? null : origin.place();
        int line = origin == null ? 0 : origin.line();
        return new ConfigProblem(place, line, name, key, Names.shown(key) + " " + message);
    }

    private Function<String, @Nullable Duration> durationOf(String key) {
        Option option = options.lookup(Names.key(key));
        boolean checked = option != null && option.type().kind() == ValueType.Kind.DURATION;
        return text -> {
            Duration duration = Units.duration(text);
            return duration != null && duration.isNegative() && !checked ? null : duration;
        };
    }

    private static @Nullable Integer parseInt(String text) {
        Long number = Units.integer(text);
        return number == null || number.intValue() != number ? null : (Integer) number.intValue();
    }

    private static <E extends Enum<E>> @Nullable E constant(String text, Class<E> type) {
        String wanted = text.strip().replace('-', '_');
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equalsIgnoreCase(wanted)) {
                return constant;
            }
        }
        return null;
    }

    private static String ruleOf(Class<? extends Enum<?>> type) {
        return "must be one of "
                + Arrays.stream(type.getEnumConstants())
                        .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(", "));
    }
}
