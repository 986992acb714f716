package io.bspump.text;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes bytes as hexadecimal digits in lower case, themselves bytes of ASCII.
 */
public final class HexlifyProcessor extends Processor<byte[], byte[]> {

    private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** Creates a processor whose id is {@code HexlifyProcessor}. */
    public HexlifyProcessor(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code HexlifyProcessor}
     * @param config values that go above the class's defaults and below the file
     */
    public HexlifyProcessor(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    @Override
    protected byte[] process(Context context, byte[] event) {
        byte[] hex = new byte[Math.multiplyExact(2, event.length)];
        for (int i = 0; i < event.length; i++) {
            hex[2 * i] = DIGITS[(event[i] >> 4) & 0xf];
            hex[2 * i + 1] = DIGITS[event[i] & 0xf];
        }
        return hex;
    }
}
