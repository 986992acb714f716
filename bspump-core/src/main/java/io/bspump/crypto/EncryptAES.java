package io.bspump.crypto;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.ConfigException;
import io.bspump.config.Options;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts bytes with AES in Galois/counter mode: out come 12 random bytes, new for each event, then the encrypted bytes, then 16
 * that tell whether anyone has changed them. {@link DecryptAES} takes that. One key must not encrypt more than four billion events.
 */
public final class EncryptAES extends Processor<byte[], byte[]> {

    public static final Options OPTIONS = Options.of(AesGcm.KEY);

    private final AesGcm aes;
    private final SecureRandom random;

    /** Creates a processor whose id is {@code EncryptAES}. */
    public EncryptAES(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code EncryptAES}
     * @param config values that go above the class's defaults and below the file
     * @throws ConfigException if the key is none
     */
    public EncryptAES(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        this(app, pipeline, id, config, Randoms.seeded());
    }

    /**
     * @param id the id, or null for {@code EncryptAES}
     * @param config values that go above the class's defaults and below the file
     * @param random makes the random bytes; must not block, and must never make the same twice for one key
     * @throws ConfigException if the key is none
     */
    public EncryptAES(
            Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config, SecureRandom random) {
        super(app, pipeline, id, config);
        this.aes = new AesGcm(config());
        this.random = Objects.requireNonNull(random, "random");
    }

    @Override
    protected byte[] process(Context context, byte[] event) throws GeneralSecurityException {
        byte[] iv = new byte[AesGcm.IV_SIZE];
        random.nextBytes(iv);
        return aes.encrypt(iv, event);
    }
}
