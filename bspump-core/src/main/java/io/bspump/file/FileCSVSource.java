package io.bspump.file;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads CSV files (RFC 4180), or standard input: each record is an event, a map of its fields, which are text, in the order of
 * the header. The names are those of {@code fieldnames}, or else the first record of each file. Fields that a record lacks are
 * null; a record with more fields than names is invalid. Blank lines are passed over. The context holds {@code filename}.
 *
 * <p>Files are found, followed, remembered and put away as by {@link FileLineSource}. An invalid record is an error of the
 * source, which names its offset; with {@code skip_invalid} it is a warning.
 */
public final class FileCSVSource extends FileSource<Map<String, @Nullable Object>> {

    public static final Options OPTIONS = Options.of(
            Option.list("fieldnames")
                    .defaultTo("")
                    .doc("Names of the fields; without them the first record has the names."),
            CsvDialect.DELIMITER,
            CsvDialect.QUOTECHAR,
            CsvDialect.ENCODING,
            Option.size("max_line_size")
                    .between(1, 1_000_000_000)
                    .defaultTo("16MB")
                    .doc("What no record may exceed; a longer one is an error."),
            Option.bool("skip_invalid")
                    .defaultTo(false)
                    .doc(
                            "Whether an invalid record is passed over with a warning; otherwise it is an error of the source."));

    private final CsvDialect dialect;
    private final List<String> names;
    private final int max;
    private final InvalidEvents invalid;

    /** Creates a source whose id is {@code FileCSVSource}. */
    public FileCSVSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code FileCSVSource}
     * @param config values that go above the class's defaults and below the file
     */
    public FileCSVSource(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        dialect = CsvDialect.of(config());
        names = config().getList("fieldnames");
        max = (int) config().getSize("max_line_size");
        invalid = new InvalidEvents(config().name(), config().getBoolean("skip_invalid"));
    }

    @Override
    Cutter<Map<String, @Nullable Object>> cutter(Content content, long offset) throws IOException {
        return new CsvCutter(content, offset, dialect, names, max, invalid);
    }
}
