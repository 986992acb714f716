package io.bspump.file;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads files, or standard input, in events of several lines: each begins with a line that begins with the separator, and
 * lines that do not belong to the event before them. An event is the bytes of its lines with LF between them. The context
 * holds {@code filename}. Lines before the first separator are an event too.
 *
 * <p>Files are found, followed, remembered and put away as by {@link FileLineSource}. When a file is followed, its last event
 * is complete when the next begins, or when nothing has been appended for {@code idle_time}.
 */
public final class FileMultiLineSource extends FileSource<byte[]> {

    public static final Options OPTIONS = Options.of(
            Option.string("separator").required().doc("What the first line of an event begins with."),
            Option.size("max_line_size")
                    .between(1, 1_000_000_000)
                    .defaultTo("16MB")
                    .doc("What no event may exceed; a longer one is an error."),
            Option.duration("idle_time")
                    .defaultTo("5s")
                    .doc("After how long without more the last event of a file that is followed is complete."));

    private final byte[] separator;
    private final int max;
    private final Duration idle;

    /** Creates a source whose id is {@code FileMultiLineSource}. */
    public FileMultiLineSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code FileMultiLineSource}
     * @param config values that go above the class's defaults and below the file
     */
    public FileMultiLineSource(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        separator = config().get("separator").getBytes(StandardCharsets.UTF_8);
        max = (int) config().getSize("max_line_size");
        idle = config().getDuration("idle_time");
    }

    @Override
    Cutter<byte[]> cutter(Content content, long offset) throws IOException {
        return new MultiLineCutter(new LineReader(content.from(offset), offset, max), separator, max);
    }

    @Override
    Duration idle() {
        return idle;
    }
}
