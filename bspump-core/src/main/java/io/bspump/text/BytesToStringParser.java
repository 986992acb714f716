package io.bspump.text;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.ConfigException;
import io.bspump.config.Options;
import java.nio.charset.Charset;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes text of bytes. Bytes that the encoding does not know are an error that names the place; none is replaced.
 */
public final class BytesToStringParser extends Processor<byte[], String> {

    public static final Options OPTIONS = Options.of(Encodings.OPTION);

    private final Charset encoding;

    /** Creates a processor whose id is {@code BytesToStringParser}. */
    public BytesToStringParser(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code BytesToStringParser}
     * @param config values that go above the class's defaults and below the file
     * @throws ConfigException if there is no such encoding
     */
    public BytesToStringParser(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        encoding = Encodings.of(config());
    }

    @Override
    protected String process(Context context, byte[] event) {
        return Encodings.decode(event, encoding);
    }
}
