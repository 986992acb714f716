package io.bspump.file;

import io.bspump.Application;
import io.bspump.Batch;
import io.bspump.Pipeline;
import io.bspump.file.OutputFile.Tail;
import io.bspump.json.JsonWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Appends events to a file, or writes them to standard output, each as a line of JSON in UTF-8: maps, lists, plain values and
 * whatever else Jackson can write. An event that it cannot write fails alone, naming the place in the event. Otherwise it is
 * like {@link FileSink}.
 *
 * <p>JSON is written on the threads that write the file, which leaves the lane to the processors. Until then events are
 * kept as they are, so a batch takes more memory than one of bytes.
 */
public final class FileJSONSink extends AppendingSink<Object> {

    private final JsonWriter json =
            new JsonWriter(); // one batch at a time is written, under the lock of the base class

    /** Creates a sink whose id is {@code FileJSONSink}. */
    public FileJSONSink(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code FileJSONSink}
     * @param config values that go above the class's defaults and below the file
     */
    public FileJSONSink(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    @Override
    Tail tail() {
        return OutputFile::endOfLastLine;
    }

    @Override
    void write(Batch<Object> batch, Records to) {
        for (int i = 0; i < batch.size(); i++) {
            try {
                to.add(json.write(batch.get(i)));
                to.add((byte) '\n');
            } catch (IllegalArgumentException e) {
                batch.fail(i, e);
            }
        }
    }
}
