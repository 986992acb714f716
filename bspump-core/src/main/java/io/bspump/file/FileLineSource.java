package io.bspump.file;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads files, or standard input, line by line. An event is a line's bytes without its end, LF or CR LF. The context holds
 * {@code filename}, the path of the file. A file whose name ends with {@code .gz} is unpacked.
 *
 * <p>Without a trigger it reads to the end of the files and ends; what stands behind the last LF is a line too. With {@code
 * follow} it stays and reads what is appended, and new files; with triggers each cycle reads what was appended since the last
 * one. A line that has no end yet then waits for it, unless files are put away ({@code post}), which must be whole when they
 * are found. Standard input ends when it is closed.
 *
 * <p>It remembers below {@code [general] var_dir} up to where all lines of each file have settled, and goes on there when it
 * is started again: each line is delivered at least once, and those of the last {@code commit_interval} before a crash come
 * again. A file is known by its inode and its content: one that is renamed is read on under its new name, one that was copied
 * or compressed by a rotation ({@code access.log.1} to {@code access.log.1.gz}) is read on in the copy, and one that was
 * truncated, or whose beginning has changed, from its beginning, with a warning. So that a rotation during a stop loses
 * nothing, {@code path} must match the rotated names too. Standard input has no position: lines that were read and not
 * delivered are gone.
 *
 * <p>A file that cannot be read, a line that is too long, and a position that cannot be saved are errors of the source, which
 * the pipeline retries by its policy; other files are read nevertheless. Reads on threads that may block, on demand.
 */
public final class FileLineSource extends FileSource<byte[]> {

    public static final Options OPTIONS = Options.of(Option.size("max_line_size")
            .between(1, 1_000_000_000)
            .defaultTo("16MB")
            .doc("What no line may exceed; a longer one is an error."));

    private final int maxLine;

    /** Creates a source whose id is {@code FileLineSource}. */
    public FileLineSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code FileLineSource}
     * @param config values that go above the class's defaults and below the file
     */
    public FileLineSource(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        maxLine = (int) config().getSize("max_line_size");
    }

    @Override
    Cutter<byte[]> cutter(Content content, long offset) throws IOException {
        return new LineCutter(new LineReader(content.from(offset), offset, maxLine));
    }
}
