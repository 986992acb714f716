package io.bspump.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A JSON Schema (draft 2020-12) of a configuration as an object of sections, each an object of keys, for editors and other
 * tools. Not thread-safe.
 */
public final class ConfigurationSchema {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String DURATION = "^ *[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+) *(ms|[smhdDwWMyY])? *$";
    private static final String SIZE = "^ *\\+?([0-9]+(\\.[0-9]*)?|\\.[0-9]+) *(B|kB|[kKMGT]|[MGT]B|[KMGT]iB)? *$";

    private final Map<String, ArrayNode> sections = new LinkedHashMap<>();

    /**
     * Adds what stands in a section. A section that is added more than once may be any of these.
     *
     * @param section its name, in which {@code *} stands for an id: {@code connection:*}
     * @param title what it is about, for instance the name of the component's class
     */
    public ConfigurationSchema add(String section, String title, Options options) {
        sections.computeIfAbsent(section, name -> JSON.arrayNode()).add(section(title, options));
        return this;
    }

    /** The schema as JSON text. */
    public String toJson() {
        ObjectNode root = JSON.objectNode();
        root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        root.put("title", "pipelines.conf");
        root.put("type", "object");
        ObjectNode named = root.putObject("properties");
        ObjectNode patterns = root.putObject("patternProperties");
        sections.forEach((name, alternatives) -> {
            boolean pattern = name.indexOf('*') >= 0;
            ObjectNode target = pattern ? patterns : named;
            target.set(
                    pattern ? pattern(name) : name,
                    alternatives.size() == 1
                            ? alternatives.get(0)
                            : JSON.objectNode().set("anyOf", alternatives));
        });
        return root.toPrettyString();
    }

    private static String pattern(String name) {
        return List.of(name.split("\\*", -1)).stream()
                .map(part -> part.isEmpty() ? "" : escape(part))
                .collect(Collectors.joining("[^:]+", "^", "$"));
    }

    /** Only what ECMAScript's expressions, which JSON Schema uses, understand as well. */
    private static String escape(String text) {
        return Pattern.compile("[.\\\\+?^${}()|\\[\\]/]").matcher(text).replaceAll("\\\\$0");
    }

    private static ObjectNode section(String title, Options options) {
        ObjectNode section = JSON.objectNode();
        section.put("title", title);
        section.put("type", "object");
        ObjectNode properties = section.putObject("properties");
        ArrayNode required = JSON.arrayNode();
        ArrayNode alternatives = JSON.arrayNode();
        for (Option option : options.all()) {
            properties.set(option.name(), property(option));
            option.aliases().forEach(alias -> properties.set(alias, alias(option)));
            if (option.isRequired() && option.aliases().isEmpty()) {
                required.add(option.name());
            } else if (option.isRequired()) {
                alternatives.add(anyName(option));
            }
        }
        if (!required.isEmpty()) {
            section.set("required", required);
        }
        if (!alternatives.isEmpty()) {
            section.set("allOf", alternatives);
        }
        return section;
    }

    private static ObjectNode anyName(Option option) {
        ArrayNode names = JSON.arrayNode();
        names.addObject().putArray("required").add(option.name());
        option.aliases().forEach(alias -> names.addObject().putArray("required").add(alias));
        return JSON.objectNode().set("anyOf", names);
    }

    private static ObjectNode alias(Option option) {
        ObjectNode property = property(option);
        property.remove("default");
        return property.put("description", "Another name of " + option.name() + ".");
    }

    private static ObjectNode property(Option option) {
        ObjectNode property = typed(option.type());
        property.put("description", option.doc());
        option.deprecation().ifPresent(advice -> property.put("deprecated", true));
        option.defaultText()
                .ifPresent(text -> putDefault(property, option.type().kind(), text));
        return property;
    }

    private static ObjectNode typed(ValueType type) {
        ObjectNode property = JSON.objectNode();
        switch (type.kind()) {
            case INTEGER -> bound(property.put("type", "integer"), type);
            case NUMBER -> bound(property.put("type", "number"), type);
            case BOOL -> property.put("type", "boolean");
            case DURATION -> alternatives(property, "string", "number").put("pattern", DURATION);
            case SIZE -> alternatives(property, "string", "integer").put("pattern", SIZE);
            case CHOICE -> type.choices().forEach(property.put("type", "string").withArrayProperty("enum")::add);
            case LIST ->
                alternatives(property, "string", "array").putObject("items").put("type", "string");
            case URL -> property.put("type", "string").put("format", "uri");
            case SECRET ->
                property.put("type", "string").put("format", "password").put("writeOnly", true);
            default -> property.put("type", "string");
        }
        return property;
    }

    private static ObjectNode alternatives(ObjectNode property, String... types) {
        ArrayNode names = property.putArray("type");
        for (String type : types) {
            names.add(type);
        }
        return property;
    }

    private static void bound(ObjectNode property, ValueType type) {
        put(property, "minimum", type.min());
        put(property, "maximum", type.max());
    }

    private static void put(ObjectNode property, String name, @Nullable BigDecimal bound) {
        if (bound != null) {
            property.put(name, bound);
        }
    }

    private static void putDefault(ObjectNode property, ValueType.Kind kind, String text) {
        switch (kind) {
            case INTEGER, NUMBER -> property.put("default", new BigDecimal(text.strip()));
            case BOOL -> property.put("default", Units.bool(text));
            case SECRET -> {
                // A default password is no secret, but a schema should not invite to keep it.
            }
            default -> property.put("default", text);
        }
    }
}
