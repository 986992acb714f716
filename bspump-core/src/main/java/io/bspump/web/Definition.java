package io.bspump.web;

import com.fasterxml.jackson.databind.JsonNode;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Configuration;
import io.bspump.config.PlacedValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A connection as the API is given it.
 *
 * @param props by key as it was written: texts, numbers, truths, and lists of them
 */
record Definition(String id, String typ, Map<String, Object> props) {

    /** A whole value of this form is a reference, as in pipelines.conf; in any other value a dollar is a dollar. */
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{[^${}]+}");

    private static final int MAX_ID = 200;

    Definition {
        props = Collections.unmodifiableMap(new LinkedHashMap<>(props));
    }

    /** The text of a value, as it would stand in pipelines.conf. */
    static String text(Object value) {
        return value instanceof List<?> items
                ? items.stream().map(String::valueOf).collect(Collectors.joining("\n"))
                : String.valueOf(value);
    }

    /** Tells whether both say the same. */
    boolean sameAs(Definition other) {
        return typ.equals(other.typ) && texts().equals(other.texts());
    }

    private Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        props.forEach((key, value) -> texts.put(key.toLowerCase(Locale.ROOT), text(value)));
        return texts;
    }

    /** The same with the values of another one where this has what the API shows for them, such as {@code ***}. */
    Definition keeping(Definition before, Map<String, Object> shown) {
        Map<String, Object> kept = new LinkedHashMap<>();
        props.forEach((key, value) -> {
            Object seen = shown.get(key);
            boolean unchanged = seen != null && text(seen).equals(text(value));
            kept.put(key, unchanged ? before.props().getOrDefault(key, value) : value);
        });
        return new Definition(id, typ, kept);
    }

    /** The same with some values replaced; null takes one away. */
    Definition merged(JsonNode patch) {
        Map<String, Object> merged = new LinkedHashMap<>(props);
        patch.properties().forEach(each -> {
            merged.keySet()
                    .removeIf(key -> key.equalsIgnoreCase(each.getKey())
                            && (!key.equals(each.getKey()) || each.getValue().isNull()));
            if (!each.getValue().isNull()) {
                merged.put(each.getKey(), value(each.getKey(), each.getValue()));
            }
        });
        checkKeys(merged);
        return new Definition(id, typ, merged);
    }

    /** Tells whether a value refers to another one and has no text of its own. */
    static boolean isReference(Object value) {
        return value instanceof String text && REFERENCE.matcher(text).matches() && !text.contains(":-");
    }

    private static boolean refers(Object value) {
        return value instanceof String text && REFERENCE.matcher(text).matches();
    }

    /** The values with their references replaced. */
    Map<String, Object> values(Configuration configuration, String place, Consumer<ConfigProblem> problems) {
        Map<String, Object> values = new LinkedHashMap<>();
        props.forEach((key, value) -> {
            if (refers(value)) {
                PlacedValue raw = new PlacedValue(text(value), place, 0, null, false);
                configuration
                        .expand("connection:" + id, key, raw, problems)
                        .ifPresent(expanded -> values.put(key, expanded));
            } else {
                values.put(key, value);
            }
        });
        return values;
    }

    /**
     * Reads the body of a request, or an entry of a file.
     *
     * @param knownId what the path says; null if the body must say it
     * @throws ApiError 400 if it has the wrong form, 422 if the id cannot be one
     */
    static Definition of(JsonNode json, @Nullable String knownId, @Nullable String knownTyp) {
        object(json, "the body");
        json.fieldNames().forEachRemaining(Definition::checkField);
        String id = text(json, "id", knownId);
        if (knownId != null && !id.equals(knownId)) {
            throw shape("id must be '" + knownId + "' as in the path, was '" + id + "'");
        }
        checkId(id);
        String typ = text(json, "typ", knownTyp);
        Map<String, Object> props = new LinkedHashMap<>();
        JsonNode given = json.path("props");
        if (!given.isMissingNode()) {
            object(given, "props");
            given.properties().forEach(each -> props.put(each.getKey(), value(each.getKey(), each.getValue())));
        }
        checkKeys(props);
        return new Definition(id, typ, props);
    }

    static void checkField(String name) {
        if (!List.of("id", "typ", "props").contains(name)) {
            String hint = name.equals("type") ? ", did you mean 'typ'?" : "; there are id, typ and props";
            throw shape("unknown field '" + name + "'" + hint);
        }
    }

    static void object(JsonNode json, String what) {
        if (!json.isObject()) {
            throw shape(what + " must be an object");
        }
    }

    private static String text(JsonNode json, String field, @Nullable String known) {
        JsonNode value = json.path(field);
        if (value.isTextual()) {
            return value.textValue();
        }
        if (value.isMissingNode() && known != null) {
            return known;
        }
        throw shape(field + (value.isMissingNode() ? " is required" : " must be a text"));
    }

    static void checkId(String id) {
        boolean printable = id.codePoints().noneMatch(Character::isISOControl);
        if (id.isBlank() || id.length() > MAX_ID || !printable || !id.equals(id.strip())) {
            throw new ApiError(
                    422,
                    "invalid",
                    "id must have 1 to " + MAX_ID + " characters, none of them a control character, and no blanks at"
                            + " its ends");
        }
    }

    private static void checkKeys(Map<String, Object> props) {
        Map<String, String> seen = new LinkedHashMap<>();
        props.keySet().forEach(key -> {
            String other = seen.put(key.toLowerCase(Locale.ROOT), key);
            if (other != null) {
                throw shape("props has '" + key + "' twice, also as '" + other + "'");
            }
        });
    }

    static Object value(String key, JsonNode json) {
        if (json.isArray()) {
            List<Object> items = new ArrayList<>();
            json.forEach(item -> items.add(scalar(key, item)));
            return List.copyOf(items);
        }
        return scalar(key, json);
    }

    private static Object scalar(String key, JsonNode json) {
        if (json.isTextual()) {
            return json.textValue();
        }
        if (json.isNumber()) {
            return json.numberValue();
        }
        if (json.isBoolean()) {
            return json.booleanValue();
        }
        throw shape("props." + key + " must be a text, a number, true, false or a list of them");
    }

    static ApiError shape(String message) {
        return new ApiError(400, "bad_request", message);
    }
}
