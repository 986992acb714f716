package io.bspump.benchmarks;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is done between two topics.
 *
 * @param json whether values are parsed, half of them kept, one field changed, and written; otherwise they stay as they are
 */
record KafkaWork(String servers, String from, String to, String group, boolean json) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectReader READER =
            JSON.readerFor(Map.class).with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final ObjectWriter WRITER = JSON.writer();

    static byte[] sample(int number) {
        return ("{\"id\":" + number + ",\"host\":\"web-" + number % 17 + "\",\"status\":200,\"duration\":"
                        + number * 0.001 + ",\"path\":\"/shop/items/" + number
                        + "\",\"tags\":[\"eu\",\"blue\"],\"user\":{\"name\":\"u" + number + "\",\"vip\":false}}")
                .getBytes(StandardCharsets.UTF_8);
    }

    static boolean isKept(Map<String, Object> event) {
        return event.get("id") instanceof Integer id && id % 2 == 0;
    }

    static Map<String, Object> change(Map<String, Object> event) {
        event.put("status", 201);
        return event;
    }

    static Map<String, Object> parse(byte[] value) {
        try {
            return READER.readValue(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] write(Map<String, Object> event) {
        try {
            return WRITER.writeValueAsBytes(event);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The value that goes on; null for none. */
    byte @Nullable [] apply(byte[] value) {
        if (!json) {
            return value;
        }
        Map<String, Object> event = parse(value);
        return isKept(event) ? write(change(event)) : null;
    }
}
