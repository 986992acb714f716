package io.bspump.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.JsonTokenId;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Builds maps and lists straight from Jackson's tokens. It gives what data binding gives for {@code Object}, without the
 * look-ups that data binding does for types it knows nothing of. The parser bounds the depth, and so the recursion.
 */
final class JsonReader {

    private JsonReader() {}

    /** Reads the one value of a text; null when that is {@code null}. Closes the parser. */
    static @Nullable Object read(JsonParser parser) throws IOException {
        try (parser) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw MismatchedInputException.from(parser, Object.class, "No content to map due to end-of-input");
            }
            Object value = value(parser, first);
            JsonToken trailing = parser.nextToken();
            if (trailing != null) {
                throw MismatchedInputException.from(
                        parser, Object.class, "Trailing token (" + trailing + ") found after the value");
            }
            return value;
        }
    }

    static @Nullable Object value(JsonParser parser, JsonToken token) throws IOException {
        return switch (token.id()) {
            case JsonTokenId.ID_START_OBJECT -> map(parser);
            case JsonTokenId.ID_START_ARRAY -> list(parser);
            case JsonTokenId.ID_STRING -> parser.getText();
            case JsonTokenId.ID_NUMBER_INT, JsonTokenId.ID_NUMBER_FLOAT -> parser.getNumberValue();
            case JsonTokenId.ID_TRUE -> true;
            case JsonTokenId.ID_FALSE -> false;
            default -> null;
        };
    }

    private static Map<String, @Nullable Object> map(JsonParser parser) throws IOException {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        String name;
        while ((name = parser.nextFieldName()) != null) {
            map.put(name, value(parser, parser.nextToken()));
        }
        return map;
    }

    private static List<@Nullable Object> list(JsonParser parser) throws IOException {
        List<@Nullable Object> list = new ArrayList<>();
        JsonToken token;
        while ((token = parser.nextToken()) != JsonToken.END_ARRAY) {
            list.add(value(parser, token));
        }
        return list;
    }
}
