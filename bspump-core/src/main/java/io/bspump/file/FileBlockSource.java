package io.bspump.file;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads whole files: each is an event, its bytes. An empty file is none. The context holds {@code filename}; a file whose name
 * ends with {@code .gz} is unpacked. From standard input one event is read.
 *
 * <p>Files are found, remembered and put away as by {@link FileLineSource}. With {@code follow} it stays and reads new files,
 * and those that have changed, again as a whole. A file that is being written may be read half-written; whoever writes it
 * should rename it when it is whole, or {@code min_age} should be longer than the pauses in the writing.
 */
public final class FileBlockSource extends FileSource<byte[]> {

    public static final Options OPTIONS = Options.of(Option.size("max_block_size")
            .between(1, 1_000_000_000)
            .defaultTo("16MB")
            .doc("What no file may exceed; a larger one is an error."));

    private final int max;

    /** Creates a source whose id is {@code FileBlockSource}. */
    public FileBlockSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code FileBlockSource}
     * @param config values that go above the class's defaults and below the file
     */
    public FileBlockSource(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        max = (int) config().getSize("max_block_size");
    }

    @Override
    Cutter<byte[]> cutter(Content content, long offset) throws IOException {
        return new BlockCutter(content.from(offset), offset, max);
    }

    @Override
    boolean isWhole() {
        return true;
    }
}
