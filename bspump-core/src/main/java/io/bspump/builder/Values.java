package io.bspump.builder;

import io.bspump.builder.Node.Scalar.Form;
import io.bspump.config.Configuration;
import io.bspump.config.PlacedValue;
import io.bspump.config.Secret;
import java.lang.reflect.Array;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.time.zone.ZoneRulesException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes values for sections and for constructors of what stands in a definition. What is wrong is recorded. */
final class Values {

    private static final Object WRONG = new Object();

    private final Configuration configuration;
    private final Found found;
    private final @Nullable Path directory;
    private final Set<String> secrets = new HashSet<>();

    Values(Configuration configuration, Found found, @Nullable Path directory) {
        this.configuration = configuration;
        this.found = found;
        this.directory = directory;
    }

    /** Returns the values of an element for its section; empty if one is wrong. */
    Optional<Map<String, Object>> config(String path, String section, Map<String, Node> nodes) {
        Map<String, Object> values = new LinkedHashMap<>();
        boolean[] wrong = {false};
        nodes.forEach((key, node) -> texts(path + ".config." + Found.shown(key), section, key, node)
                .ifPresentOrElse(value -> values.put(key, value), () -> wrong[0] = true));
        return wrong[0] ? Optional.empty() : Optional.of(values);
    }

    private Optional<PlacedValue> texts(String path, String section, String key, Node node) {
        List<Node> items = node instanceof Node.Items list ? list.all() : List.of(node);
        List<String> texts = new ArrayList<>();
        boolean secret = false;
        for (Node item : items) {
            Optional<PlacedValue> value = text(path, section, key, item);
            if (value.isEmpty()) {
                return Optional.empty();
            }
            texts.add(value.get().text());
            secret |= value.get().secret();
        }
        return Optional.of(placed(String.join("\n", texts), node.line(), secret));
    }

    private PlacedValue placed(String text, int line, boolean secret) {
        return new PlacedValue(text, found.place(), line, directory, secret);
    }

    private Optional<PlacedValue> text(String path, String section, String key, Node node) {
        if (!(node instanceof Node.Scalar scalar)) {
            found.add(node.line(), path, "must be a single value or a list of single values, but it is " + node.kind());
            return Optional.empty();
        }
        if (scalar.form() == Form.NULL) {
            found.add(node.line(), path, "has no value; write '' for an empty text");
            return Optional.empty();
        }
        Optional<PlacedValue> value =
                configuration.expand(section, key, placed(scalar.text(), scalar.line(), false), found::add);
        value.filter(PlacedValue::secret).ifPresent(secret -> secrets.add(secret.text()));
        return value;
    }

    /** Returns a message of somebody who may have seen secrets, without them. */
    String masked(String message) {
        String masked = message;
        for (String secret : secrets) {
            masked = secret.isBlank() ? masked : masked.replace(secret, "***");
        }
        return masked;
    }

    /**
     * Returns the value of an argument for a parameter; empty if it is wrong.
     *
     * @param type of the parameter
     */
    Optional<Object> argument(String path, String section, String name, Class<?> type, Node node) {
        if (type.isArray() || (type.isAssignableFrom(List.class) && Iterable.class.isAssignableFrom(type))) {
            return list(path, section, name, type, node);
        }
        if (type == Object.class || type == Map.class) {
            Object value = natural(path, section, name, node);
            if (type == Map.class && value != WRONG && !(value instanceof Map<?, ?>)) {
                return wrong(path, node, "must be a map, but it is " + node.kind());
            }
            return value == WRONG ? Optional.empty() : Optional.of(value);
        }
        Optional<PlacedValue> value = text(path, section, name, node);
        return value.isEmpty() ? Optional.empty() : scalar(path, type, node, value.get());
    }

    private Optional<Object> wrong(String path, Node node, String message) {
        found.add(node.line(), path, message);
        return Optional.empty();
    }

    private Optional<Object> list(String path, String section, String name, Class<?> type, Node node) {
        List<Node> items = node instanceof Node.Items list ? list.all() : List.of(node);
        Class<?> itemType = type.isArray() ? type.getComponentType() : Object.class;
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            Optional<Object> value = argument(path + "[" + i + "]", section, name, itemType, items.get(i));
            value.ifPresent(values::add);
        }
        if (values.size() < items.size()) {
            return Optional.empty();
        }
        return Optional.of(type.isArray() ? array(itemType, values) : values);
    }

    private static Object array(Class<?> itemType, List<Object> values) {
        Object array = Array.newInstance(itemType, values.size());
        for (int i = 0; i < values.size(); i++) {
            Array.set(array, i, values.get(i));
        }
        return array;
    }

    /** Returns the value in the type that it has in the definition. */
    private Object natural(String path, String section, String name, Node node) {
        if (node instanceof Node.Items items) {
            List<Object> all = new ArrayList<>();
            for (Node item : items.all()) {
                all.add(natural(path, section, name, item));
            }
            return all.contains(WRONG) ? WRONG : all;
        }
        if (node instanceof Node.Fields fields) {
            Map<String, Object> all = new LinkedHashMap<>();
            fields.all().forEach((key, value) -> all.put(key, natural(path, section, name, value)));
            return all.containsValue(WRONG) ? WRONG : all;
        }
        Optional<PlacedValue> text = text(path, section, name, node);
        if (text.isEmpty()) {
            return WRONG;
        }
        Form form = node instanceof Node.Scalar scalar ? scalar.form() : Form.TEXT;
        return form == Form.TEXT ? text.get().text() : plain(form, text.get().text());
    }

    private static Object plain(Form form, String text) {
        if (form == Form.BOOL) {
            return Boolean.valueOf(text);
        }
        try {
            return (Object) Long.valueOf(text.replace("_", ""));
        } catch (NumberFormatException e) {
            return Double.valueOf(text.replace("_", ""));
        }
    }

    private Optional<Object> scalar(String path, Class<?> type, Node node, PlacedValue value) {
        Object made;
        try {
            made = parsed(type, value);
        } catch (IllegalArgumentException | ZoneRulesException e) {
            made = null;
        }
        if (made == null) {
            String seen = value.secret() ? "***" : Found.shown(((Node.Scalar) node).text());
            return wrong(path, node, "must be " + rule(type) + ", was '" + seen + "'");
        }
        return Optional.of(made);
    }

    private static @Nullable Object parsed(Class<?> type, PlacedValue value) {
        String text = value.text();
        if (type.isAssignableFrom(String.class)) {
            return text;
        }
        if (type == int.class || type == Integer.class) {
            return Integer.valueOf(text.strip());
        }
        if (type == long.class || type == Long.class) {
            return Long.valueOf(text.strip());
        }
        if (type == double.class || type == Double.class) {
            return Double.valueOf(text.strip());
        }
        if (type == boolean.class || type == Boolean.class) {
            return value.bool().orElse(null);
        }
        if (type == Duration.class) {
            return value.duration().orElse(null);
        }
        if (type.isEnum()) {
            return constant(type, text);
        }
        if (type == ZoneId.class) {
            return ZoneId.of(text.strip());
        }
        if (type == Path.class) {
            return path(text);
        }
        return type == Secret.class ? Secret.of(text) : null;
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("no path", e);
        }
    }

    private static @Nullable Object constant(Class<?> type, String text) {
        String wanted = text.strip().replace('-', '_').toUpperCase(Locale.ROOT);
        return Stream.of(type.getEnumConstants())
                .filter(each -> each.toString().equals(wanted)
                        || ((Enum<?>) each).name().equals(wanted))
                .findFirst()
                .orElse(null);
    }

    private static String rule(Class<?> type) {
        if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
            return "a whole number";
        }
        if (type == double.class || type == Double.class) {
            return "a number";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "yes or no";
        }
        if (type == Duration.class) {
            return "a duration such as 5s";
        }
        if (type.isEnum()) {
            return "one of "
                    + Stream.of(type.getEnumConstants())
                            .map(each -> ((Enum<?>) each).name().toLowerCase(Locale.ROOT))
                            .collect(Collectors.joining(", "));
        }
        return type == ZoneId.class
                ? "a time zone such as Europe/Prague"
                : "a " + type.getSimpleName() + ", which a definition cannot give";
    }

    /** Whether a definition can give a value of the type at all. */
    static boolean canGive(Class<?> type) {
        return type.isPrimitive()
                || type.isEnum()
                || (type.isArray() && canGive(type.getComponentType()))
                || type.isAssignableFrom(String.class)
                || Number.class.isAssignableFrom(type)
                || type.isAssignableFrom(List.class)
                || List.of(Boolean.class, Duration.class, ZoneId.class, Path.class, Secret.class, Map.class)
                        .contains(type);
    }
}
