package io.bspump.web;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Checks values against the part of JSON Schema that the OpenAPI document uses; a word that it does not know is an error. */
final class Schemas {

    private static final List<String> KNOWN = List.of(
            "$ref", "type", "properties", "required", "items", "enum", "additionalProperties", "allOf", "description");

    private final JsonNode document;

    Schemas(JsonNode document) {
        this.document = document;
    }

    JsonNode resolve(JsonNode node) {
        JsonNode at = node;
        while (at.has("$ref")) {
            at = document.at(at.path("$ref").asText().substring(1));
        }
        return at;
    }

    /** What is wrong with a value; nothing if it is valid. */
    List<String> problems(JsonNode schema, JsonNode value) {
        List<String> problems = new ArrayList<>();
        check(schema, value, "$", problems);
        return problems;
    }

    private void check(JsonNode given, JsonNode value, String place, List<String> problems) {
        JsonNode schema = resolve(given);
        schema.fieldNames().forEachRemaining(word -> {
            if (!KNOWN.contains(word)) {
                problems.add(place + ": the schema has the unknown word " + word);
            }
        });
        if (schema.has("type") && !hasType(schema.path("type"), value)) {
            problems.add(place + " must be " + schema.path("type") + ", was " + value);
        }
        if (schema.has("enum") && !contains(schema.path("enum"), value)) {
            problems.add(place + " must be one of " + schema.path("enum") + ", was " + value);
        }
        schema.path("required").forEach(name -> {
            if (value.isObject() && !value.has(name.asText())) {
                problems.add(place + " lacks " + name);
            }
        });
        value.properties().forEach(each -> checkProperty(schema, each.getKey(), each.getValue(), place, problems));
        for (int i = 0; value.isArray() && i < value.size(); i++) {
            check(schema.path("items"), value.get(i), place + "[" + i + "]", problems);
        }
        schema.path("allOf").forEach(part -> check(part, value, place, problems));
    }

    private void checkProperty(JsonNode schema, String name, JsonNode value, String place, List<String> problems) {
        JsonNode more = schema.path("additionalProperties");
        if (schema.path("properties").has(name)) {
            check(schema.path("properties").path(name), value, place + "." + name, problems);
        } else if (more.isObject()) {
            check(more, value, place + "." + name, problems);
        } else if (more.isBoolean() && !more.booleanValue()) {
            problems.add(place + " must not have " + name);
        }
    }

    private static boolean contains(JsonNode values, JsonNode value) {
        for (JsonNode each : values) {
            if (each.equals(value)) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasType(JsonNode types, JsonNode value) {
        if (types.isArray()) {
            for (JsonNode type : types) {
                if (hasType(type, value)) {
                    return true;
                }
            }
            return false;
        }
        return switch (types.asText()) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> false;
        };
    }
}
