package io.bspump.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns plain maps and lists into Jackson's trees and back. */
final class JsonNodes {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** As deep as what Jackson reads may be. */
    private static final int MAX_DEPTH = 1_000;

    private JsonNodes() {}

    /** Returns the tree of an event; what is neither map, list nor plain value is written as JSON writes it. */
    static JsonNode of(@Nullable Object value) {
        return of(value, 0);
    }

    private static JsonNode of(@Nullable Object value, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("the event must not be deeper than " + MAX_DEPTH + " maps and lists");
        }
        if (value instanceof String text) {
            return NODES.textNode(text);
        }
        if (value instanceof Map<?, ?> map) {
            return object(map, depth);
        }
        if (value instanceof List<?> list) {
            return array(list, depth);
        }
        if (value instanceof Number number) {
            return number(number);
        }
        if (value instanceof Boolean truth) {
            return NODES.booleanNode(truth);
        }
        return value == null ? NODES.nullNode() : other(value);
    }

    private static JsonNode object(Map<?, ?> map, int depth) {
        ObjectNode object = NODES.objectNode();
        map.forEach((key, value) -> object.set(String.valueOf(key), of(value, depth + 1)));
        return object;
    }

    private static JsonNode array(List<?> list, int depth) {
        ArrayNode array = NODES.arrayNode(list.size());
        list.forEach(element -> array.add(of(element, depth + 1)));
        return array;
    }

    private static JsonNode number(Number number) {
        if (number instanceof Integer integer) {
            return NODES.numberNode(integer.intValue());
        }
        if (number instanceof Long integer) {
            return NODES.numberNode(integer.longValue());
        }
        if (number instanceof BigInteger integer) {
            return NODES.numberNode(integer);
        }
        if (number instanceof BigDecimal decimal) {
            return NODES.numberNode(decimal);
        }
        return NODES.numberNode(number.doubleValue());
    }

    private static JsonNode other(Object value) {
        try {
            return Json.MAPPER.readTree(Json.WRITER.writeValueAsBytes(value));
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw Json.unwritable(value, e);
        } catch (IOException e) {
            throw Json.unreadable("a value of the event", e);
        }
    }

    /** Returns the plain form of a tree; maps and lists are mutable. */
    static @Nullable Object plain(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> map(node);
            case ARRAY -> list(node);
            case STRING -> node.textValue();
            case BOOLEAN -> node.booleanValue();
            case NUMBER -> node.numberValue();
            default -> null;
        };
    }

    private static Map<String, @Nullable Object> map(JsonNode node) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        node.properties().forEach(field -> map.put(field.getKey(), plain(field.getValue())));
        return map;
    }

    private static List<@Nullable Object> list(JsonNode node) {
        List<@Nullable Object> list = new ArrayList<>(node.size());
        node.forEach(element -> list.add(plain(element)));
        return list;
    }
}
