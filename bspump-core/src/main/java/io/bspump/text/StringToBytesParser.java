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
 * Makes bytes of text. Characters that the encoding does not have are an error that names the place; none is replaced.
 */
public final class StringToBytesParser extends Processor<String, byte[]> {

    public static final Options OPTIONS = Options.of(Encodings.OPTION);

    private final Charset encoding;
    private final boolean marksReplacements;

    /** Creates a processor whose id is {@code StringToBytesParser}. */
    public StringToBytesParser(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code StringToBytesParser}
     * @param config values that go above the class's defaults and below the file
     * @throws ConfigException if there is no such encoding, or it cannot be written
     */
    public StringToBytesParser(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        encoding = Encodings.of(config());
        if (!encoding.canEncode()) {
            throw config().invalid("encoding", "must be an encoding that can be written");
        }
        marksReplacements = Encodings.marksReplacements(encoding);
    }

    @Override
    protected byte[] process(Context context, String event) {
        if (marksReplacements) {
            byte[] bytes = event.getBytes(encoding);
            if (!Encodings.mayHaveReplaced(event, bytes)) {
                return bytes;
            }
        }
        return Encodings.encodeStrictly(event, encoding);
    }
}
