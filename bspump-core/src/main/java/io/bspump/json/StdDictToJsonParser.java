package io.bspump.json;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.DeadLetter;
import io.bspump.Pipeline;
import io.bspump.Processor;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes an event as JSON, a text on one line. Takes what {@link StdJsonToDictParser} gives and whatever else Jackson can
 * write; times become ISO-8601 text, arrays of bytes Base64, a {@link DeadLetter} its {@linkplain DeadLetter#toMap() map}.
 * What cannot be written is an error that names the place in the event.
 */
public final class StdDictToJsonParser extends Processor<Object, String> {

    private final JsonWriter writer = new JsonWriter();

    /** Creates a processor whose id is {@code StdDictToJsonParser}. */
    public StdDictToJsonParser(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code StdDictToJsonParser}
     * @param config values that go above the class's defaults and below the file
     */
    public StdDictToJsonParser(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    @Override
    protected String process(Context context, Object event) {
        return new String(writer.write(event), StandardCharsets.UTF_8);
    }
}
