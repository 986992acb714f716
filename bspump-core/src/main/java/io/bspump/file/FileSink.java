package io.bspump.file;

import io.bspump.Application;
import io.bspump.Batch;
import io.bspump.Pipeline;
import io.bspump.file.OutputFile.Tail;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Appends events to a file, or writes them to standard output, a line each: {@code byte[]} as they are, text in UTF-8.
 * Events of other types fail one by one. An event that contains LF is written as it is and makes several lines.
 *
 * <p>Events are delivered when their batch is on the disk ({@code fsync}). When a write fails half-way, for instance
 * because the disk is full, the file is cut back to what it was, so a retry neither tears nor repeats a line; standard
 * output cannot be cut back. When a crash has torn the last line, it is moved to {@code <path>.torn} before the first
 * write. Lines of a batch that was written and not confirmed before a crash come again.
 *
 * <p>With {@code rotate_size} or {@code rotate_interval} the file is renamed to {@code <path>-20261121T100000.000Z}, the time in
 * UTC, before a batch that would make it too large or is the first of another period; a batch is in one file. Rotated files are
 * compressed and deleted on a thread of their own; what keeps them from that is a warning.
 *
 * <p>The file is opened by the first batch; a missing directory is an error then, which the pipeline retries by its
 * policy. No other sink of the process may write to the same file. Writes on threads that may block, one batch at a time.
 */
public final class FileSink extends AppendingSink<Object> {

    /** Creates a sink whose id is {@code FileSink}. */
    public FileSink(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code FileSink}
     * @param config values that go above the class's defaults and below the file
     */
    public FileSink(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    @Override
    Tail tail() {
        return OutputFile::endOfLastLine;
    }

    @Override
    void write(Batch<Object> batch, Records to) {
        for (int i = 0; i < batch.size(); i++) {
            Object event = batch.get(i);
            if (event instanceof byte[] bytes) {
                add(bytes, to);
            } else if (event instanceof CharSequence text) {
                add(text.toString().getBytes(StandardCharsets.UTF_8), to);
            } else {
                batch.fail(i, wrongType(event));
            }
        }
    }

    private static void add(byte[] line, Records to) {
        to.add(line);
        to.add((byte) '\n');
    }

    private IllegalArgumentException wrongType(Object event) {
        return new IllegalArgumentException("[" + config().name() + "] takes byte[] and text, was given a "
                + event.getClass().getName());
    }
}
