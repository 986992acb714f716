package io.bspump.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Lays the sources of one section over each other, and checks the declared options of the result. */
final class SectionMerge {

    static final Origin DEFAULTS = new Origin("declared default", 0, null);

    private final String section;
    private final Options options;
    private final boolean partial;
    private final Problems problems = new Problems();
    private final Problems warnings;
    private final Redactor redactor;
    private final Map<String, Value> merged = new LinkedHashMap<>();
    private final Map<String, Origin> given = new LinkedHashMap<>();
    private final Set<String> faulty = new HashSet<>();

    /**
     * Begins with the declared defaults.
     *
     * @param partial whether a part of the files could not be read
     */
    SectionMerge(String section, Options options, boolean partial, Problems warnings, Redactor redactor) {
        this.section = section;
        this.options = options;
        this.partial = partial;
        this.warnings = warnings;
        this.redactor = redactor;
        for (Option option : options.all()) {
            option.defaultText().ifPresent(text -> merged.put(option.name(), Value.of(text, DEFAULTS)));
        }
    }

    /** Values that were given in code. */
    void addCode(Map<String, ?> values) {
        Map<String, Value> texts = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            String key = Names.key(name);
            if (value == null) {
                problem(Origin.CONSTRUCTOR, key, "must not be null");
                faulty.add(options.canonical(key));
            } else if (value instanceof PlacedValue placed) {
                texts.put(key, placed.value());
            } else {
                Value text = Value.of(text(value), Origin.CONSTRUCTOR);
                texts.put(key, value instanceof Secret ? text.asSecret() : text);
            }
        });
        add(texts, true);
    }

    private static String text(Object value) {
        if (value instanceof Duration duration) {
            return Units.format(duration);
        }
        if (value instanceof Secret secret) {
            return secret.reveal();
        }
        if (value instanceof Enum<?> constant) {
            return constant.name().toLowerCase(Locale.ROOT);
        }
        if (value instanceof Object[] items) {
            return text(Arrays.asList(items));
        }
        if (value instanceof Collection<?> items) {
            return items.stream().map(SectionMerge::text).collect(Collectors.joining("\n"));
        }
        return String.valueOf(value);
    }

    /** Values over those added before. Keys that are not marked as given are never reported as unknown. */
    void add(Map<String, Value> values, boolean asGiven) {
        Map<String, String> spellings = new LinkedHashMap<>();
        values.forEach((key, value) -> {
            String name = options.canonical(key);
            String other = spellings.put(name, key);
            if (other != null) {
                problem(value.origin(), name, "is given twice, as " + other + " and as " + key);
                faulty.add(name);
            }
            merged.put(name, guarded(name, value));
            if (asGiven) {
                given.put(key, value.origin());
            }
        });
    }

    private Value guarded(String name, Value value) {
        Option option = options.lookup(name);
        boolean declared = option != null && option.type().kind() == ValueType.Kind.SECRET;
        boolean secret = value.secret() || declared || section.equals("passwords") || Names.sensitive(name);
        if (secret) {
            redactor.learn(value.text());
        }
        return secret ? value.asSecret() : value;
    }

    /** Checks every declared option; a missing one is reported at the place of the section. */
    void check(@Nullable Origin header) {
        merged.forEach((key, value) -> {
            if (value.broken()) {
                faulty.add(key);
            }
        });
        for (Option option : options.all()) {
            if (!faulty.contains(option.name())) {
                check(option, merged.get(option.name()), header);
            }
        }
    }

    private void check(Option option, @Nullable Value value, @Nullable Origin header) {
        if (value == null) {
            if (option.isRequired() && header == null && partial) {
                // The section may stand in the part that could not be read; the problem there is to be solved first.
                faulty.add(option.name());
            } else if (option.isRequired()) {
                fault(header, option, "is required");
            }
            return;
        }
        if (!value.origin().equals(DEFAULTS)) {
            option.deprecation()
                    .ifPresent(advice -> warnings.add(
                            value.origin(), section, option.name(), option.name() + " is deprecated, " + advice));
        }
        if (option.isRequired() && value.text().isBlank()) {
            fault(value.origin(), option, "must not be empty");
        } else if (!option.type().accepts(value.text())) {
            fault(value.origin(), option, option.type().rule() + ", was '" + redactor.show(value) + "'");
        }
    }

    private void fault(@Nullable Origin origin, Option option, String message) {
        faulty.add(option.name());
        problem(origin, option.name(), message);
    }

    private void problem(@Nullable Origin origin, String key, String message) {
        String place = origin == null ? null : origin.place();
        int line = origin == null ? 0 : origin.line();
        problems.add(new ConfigProblem(place, line, section, key, Names.shown(key) + " " + message));
    }

    /** Takes a problem that was found while a value was looked up. */
    void add(ConfigProblem problem) {
        problems.add(problem);
    }

    /** What is wrong with the section. */
    List<ConfigProblem> problems() {
        return problems.all();
    }

    Redactor redactor() {
        return redactor;
    }

    Map<String, Value> merged() {
        return merged;
    }

    Map<String, Origin> given() {
        return given;
    }

    Set<String> faulty() {
        return faulty;
    }
}
