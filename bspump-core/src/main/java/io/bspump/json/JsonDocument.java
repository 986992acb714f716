package io.bspump.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** JSON that is not an event: a file, the answer of a server, what is hashed, a value of a database. */
public final class JsonDocument {

    private static final ObjectWriter SORTING = Json.WRITER.with(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    private JsonDocument() {}

    /**
     * Reads the values of a text, which stand one behind the other, as in JSON lines; mostly it is one. Maps and lists are
     * mutable, fields are in their order.
     *
     * @param what names the text in errors, such as {@code the file 'a.json'}
     * @param json in UTF-8, UTF-16 or UTF-32
     * @throws IllegalArgumentException naming the place, if it is not JSON, or if a field stands twice in an object
     */
    public static List<@Nullable Object> read(String what, byte[] json) {
        List<@Nullable Object> values = new ArrayList<>();
        try (JsonParser parser = Json.FACTORY.createParser(json)) {
            parser.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
            JsonToken token;
            while ((token = parser.nextToken()) != null) {
                values.add(JsonReader.value(parser, token));
            }
            return values;
        } catch (IOException e) {
            throw Json.unreadable(what, e);
        }
    }

    /**
     * Reads one value as {@link StdJsonToDictParser} does; for values of other systems, of which there may be many. Of fields
     * that stand twice the last counts.
     *
     * @return maps, lists and plain values; null when that is what the text says
     * @throws IllegalArgumentException naming the place, if it is not JSON
     */
    public static @Nullable Object parse(String json) {
        try {
            return JsonReader.read(Json.FACTORY.createParser(json));
        } catch (IOException e) {
            throw Json.unreadable("the value", e);
        }
    }

    /**
     * Writes a value with the fields of all maps sorted, without blanks, in UTF-8: the same bytes for equal values.
     *
     * @throws IllegalArgumentException naming the place, if something in it cannot be written
     */
    public static byte[] writeSorted(Object value) {
        try {
            return SORTING.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw Json.unwritable(value, e);
        }
    }
}
