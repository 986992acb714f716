package io.bspump.file;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads files, or standard input, of JSON lines: the value on each line is an event, as {@code StdJsonToDictParser} gives it.
 * Blank lines and {@code null} are passed over. The context holds {@code filename}.
 *
 * <p>Files are found, followed, remembered and put away as by {@link FileLineSource}. A line that is not JSON is an error of the
 * source, which names its offset; with {@code skip_invalid} it is a warning. To send such lines to the dead letters, read
 * lines and parse them with {@code StdJsonToDictParser}.
 */
public final class FileJSONSource extends FileSource<Object> {

    public static final Options OPTIONS = Options.of(
            Option.size("max_line_size")
                    .between(1, 1_000_000_000)
                    .defaultTo("16MB")
                    .doc("What no line may exceed; a longer one is an error."),
            Option.bool("skip_invalid")
                    .defaultTo(false)
                    .doc(
                            "Whether a line that is not JSON is passed over with a warning; otherwise it is an error of the source."));

    private final int maxLine;
    private final InvalidEvents invalid;

    /** Creates a source whose id is {@code FileJSONSource}. */
    public FileJSONSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code FileJSONSource}
     * @param config values that go above the class's defaults and below the file
     */
    public FileJSONSource(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        maxLine = (int) config().getSize("max_line_size");
        invalid = new InvalidEvents(config().name(), config().getBoolean("skip_invalid"));
    }

    @Override
    Cutter<Object> cutter(Content content, long offset) throws IOException {
        return new JsonLineCutter(content, new LineReader(content.from(offset), offset, maxLine), invalid);
    }
}
