package io.bspump.json;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON: {@code byte[]} (UTF-8, or UTF-16 and UTF-32, which are recognised) or {@code String} in; out comes a mutable
 * {@code Map} with the fields in their order, a {@code List}, {@code String}, {@code Boolean}, {@code Integer}, {@code
 * Long}, {@code BigInteger} or {@code Double}.
 *
 * <p>The JSON value {@code null} drops the event, as a processor that returns nothing does; inside of maps and lists it is
 * null. What is not JSON, or has anything but blanks behind its value, is an error that names the place and quotes no
 * more than a word of the event.
 */
public final class StdJsonToDictParser extends Processor<Object, Object> {

    /** Creates a parser whose id is {@code StdJsonToDictParser}. */
    public StdJsonToDictParser(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code StdJsonToDictParser}
     * @param config values that go above the class's defaults and below the file
     */
    public StdJsonToDictParser(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    /**
     * Returns the value that a text in UTF-8, UTF-16 or UTF-32 holds, null if that is {@code null}. Any thread.
     *
     * @throws IllegalArgumentException naming the place, if it is not JSON
     */
    public static @Nullable Object parse(byte[] json) {
        try {
            return JsonReader.read(Json.FACTORY.createParser(json));
        } catch (IOException e) {
            throw Json.unreadable("the event", e);
        }
    }

    @Override
    protected @Nullable Object process(Context context, Object event) {
        if (event instanceof byte[] bytes) {
            return parse(bytes);
        }
        try {
            if (event instanceof String text) {
                return JsonReader.read(Json.FACTORY.createParser(text));
            }
        } catch (IOException e) {
            throw Json.unreadable("the event", e);
        }
        throw new IllegalArgumentException("the event must be a byte[] or a String, was a "
                + event.getClass().getName());
    }
}
