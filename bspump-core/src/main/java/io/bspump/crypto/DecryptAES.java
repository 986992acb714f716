package io.bspump.crypto;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.ConfigException;
import io.bspump.config.Options;
import java.security.GeneralSecurityException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decrypts what {@link EncryptAES} has encrypted with the same key. What was encrypted with another key, or was changed by a single
 * bit, is an error.
 */
public final class DecryptAES extends Processor<byte[], byte[]> {

    public static final Options OPTIONS = Options.of(AesGcm.KEY);

    private final AesGcm aes;

    /** Creates a processor whose id is {@code DecryptAES}. */
    public DecryptAES(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code DecryptAES}
     * @param config values that go above the class's defaults and below the file
     * @throws ConfigException if the key is none
     */
    public DecryptAES(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        aes = new AesGcm(config());
    }

    @Override
    protected byte[] process(Context context, byte[] event) throws GeneralSecurityException {
        return aes.decrypt(event);
    }
}
