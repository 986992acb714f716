package io.bspump.json;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import io.bspump.DeadLetter;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes events as JSON, UTF-8, one after the other. Maps, lists and plain values go straight to Jackson's generator, which is
 * kept from event to event; whatever else goes through data binding. Not thread-safe: it belongs to one component.
 */
public final class JsonWriter {

    private final ByteArrayBuilder bytes = new ByteArrayBuilder();
    private @Nullable JsonGenerator idle;

    /** Creates a writer. */
    public JsonWriter() {}

    /**
     * Returns an event as JSON on one line, without an end of line; a {@link DeadLetter} as its {@linkplain DeadLetter#toMap()
     * map}.
     *
     * @throws IllegalArgumentException if it cannot be written, naming the place in the event
     */
    public byte[] write(Object event) {
        Object value = event instanceof DeadLetter letter ? letter.toMap() : event;
        try {
            return generate(value);
        } catch (IOException e) {
            return bind(value);
        }
    }

    /** A generator that has failed is not used again. */
    private byte[] generate(Object value) throws IOException {
        JsonGenerator generator = idle != null ? idle : open();
        idle = null;
        bytes.reset();
        write(generator, value);
        generator.flush();
        idle = generator;
        return bytes.toByteArray();
    }

    private JsonGenerator open() throws IOException {
        return Json.WRITER.createGenerator(bytes, JsonEncoding.UTF8).setRootValueSeparator(null);
    }

    /** Data binding keeps book of where it is, so its error names the place. */
    private static byte[] bind(Object value) {
        try {
            return Json.WRITER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw Json.unwritable(value, e);
        }
    }

    private static void write(JsonGenerator to, @Nullable Object value) throws IOException {
        if (value instanceof String text) {
            to.writeString(text);
        } else if (value instanceof Integer number) {
            to.writeNumber(number);
        } else if (value instanceof Map<?, ?> map) {
            writeMap(to, map);
        } else if (value instanceof List<?> list) {
            writeList(to, list);
        } else if (value instanceof Double number) {
            to.writeNumber(number);
        } else if (value instanceof Long number) {
            to.writeNumber(number);
        } else if (value instanceof Boolean truth) {
            to.writeBoolean(truth);
        } else if (value == null) {
            to.writeNull();
        } else {
            to.writePOJO(value);
        }
    }

    private static void writeMap(JsonGenerator to, Map<?, ?> map) throws IOException {
        to.writeStartObject();
        for (Map.Entry<?, ?> field : map.entrySet()) {
            Object key = field.getKey();
            if (key instanceof String name) {
                to.writeFieldName(name);
            } else {
                throw new OtherKeyException(key);
            }
            write(to, field.getValue());
        }
        to.writeEndObject();
    }

    private static void writeList(JsonGenerator to, List<?> list) throws IOException {
        to.writeStartArray();
        for (Object element : list) {
            write(to, element);
        }
        to.writeEndArray();
    }

    /** A key that is no text; data binding knows what to make of it. */
    private static final class OtherKeyException extends IOException {
        private static final long serialVersionUID = 1;

        OtherKeyException(@Nullable Object key) {
            super("the key " + key + " is not text");
        }
    }
}
