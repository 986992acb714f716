package io.bspump.config;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The options that a component class declares, once, in a field {@code public static final Options OPTIONS}. Immutable.
 *
 * <pre>{@code
 * public static final Options OPTIONS = Options.of(
 *     Option.string("path").required().doc("File to write."),
 *     Option.integer("batch_size").between(1, 100_000).defaultTo(1000).doc("Events per write."));
 * }</pre>
 */
public final class Options {

    private static final String FIELD = "OPTIONS";
    private static final Options NONE = new Options(Map.of(), Map.of());

    private final Map<String, Option> byName;
    private final Map<String, Option> byAlias;

    private Options(Map<String, Option> byName, Map<String, Option> byAlias) {
        this.byName = byName;
        this.byAlias = byAlias;
    }

    /**
     * Declares options.
     *
     * @throws IllegalArgumentException if a name or alias occurs twice or an option has no {@linkplain Option#doc doc}
     */
    public static Options of(Option... options) {
        Map<String, Option> byName = new LinkedHashMap<>();
        Map<String, Option> byAlias = new LinkedHashMap<>();
        for (Option option : options) {
            if (option.doc().isBlank()) {
                throw new IllegalArgumentException("option '" + option.name() + "' must have a doc");
            }
            if (byName.put(option.name(), option) != null) {
                throw new IllegalArgumentException("option '" + option.name() + "' is declared twice");
            }
        }
        for (Option option : options) {
            for (String alias : option.aliases()) {
                if (byName.containsKey(alias) || byAlias.put(alias, option) != null) {
                    throw new IllegalArgumentException(
                            "alias '" + alias + "' of option '" + option.name() + "' is declared twice");
                }
            }
        }
        return new Options(byName, byAlias);
    }

    /**
     * Collects the {@code OPTIONS} of a class and of the classes it extends. What a subclass declares replaces what its base
     * declares under the same name.
     *
     * @throws IllegalArgumentException if an {@code OPTIONS} field is not static
     */
    public static Options of(Class<?> type) {
        Options all = NONE;
        for (Class<?> current = type; current != null; current = current.getSuperclass()) {
            Options own = declaredBy(current);
            if (own != null) {
                all = all.over(own);
            }
        }
        return all;
    }

    /** Tells whether the class itself, not only a class it extends, declares options. */
    static boolean isDeclaredBy(Class<?> type) {
        return declaredBy(type) != null;
    }

    private static @Nullable Options declaredBy(Class<?> type) {
        for (Field field : type.getDeclaredFields()) {
            if (field.getName().equals(FIELD) && field.getType() == Options.class) {
                return read(field);
            }
        }
        return null;
    }

    private static Options read(Field field) {
        String place = field.getDeclaringClass().getName() + "." + FIELD;
        if (!Modifier.isStatic(field.getModifiers()) || !field.trySetAccessible()) {
            throw new IllegalArgumentException(place + " must be public, static and final");
        }
        try {
            Object value = field.get(null);
            if (value instanceof Options options) {
                return options;
            }
            throw new IllegalArgumentException(place + " must not be null");
        } catch (IllegalAccessException e) {
            throw new IllegalArgumentException(place + " must be public, static and final", e);
        }
    }

    /** These options and, where this has none of the name, those of the base. Base options stand first. */
    Options over(Options base) {
        Map<String, Option> names = new LinkedHashMap<>(base.byName);
        names.putAll(byName);
        names.keySet().removeIf(name -> byAlias.containsKey(name) && !byName.containsKey(name));
        Map<String, Option> aliases = new LinkedHashMap<>();
        names.values().forEach(option -> option.aliases().forEach(alias -> aliases.putIfAbsent(alias, option)));
        aliases.putAll(byAlias);
        names.keySet().forEach(aliases::remove);
        return new Options(names, aliases);
    }

    /** All options, those of base classes first, otherwise in the order of declaration. */
    public List<Option> all() {
        return List.copyOf(byName.values());
    }

    /** The option with this name or alias, in any case of letters. */
    public Optional<Option> find(String name) {
        return Optional.ofNullable(lookup(Names.key(name)));
    }

    /** Like {@link #find}, for a key that is in lower case already. */
    @Nullable
    Option lookup(String key) {
        Option option = byName.get(key);
        return option == null ? byAlias.get(key) : option;
    }

    /** The name for which a key stands: that of the option if the key is an alias, otherwise the key itself. */
    String canonical(String key) {
        Option option = byAlias.get(key);
        return option == null ? key : option.name();
    }

    /** Every accepted spelling. */
    List<String> spellings() {
        List<String> names = new ArrayList<>(byName.keySet());
        names.addAll(byAlias.keySet());
        return names;
    }
}
