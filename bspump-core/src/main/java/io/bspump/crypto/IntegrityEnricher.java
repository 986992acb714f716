package io.bspump.crypto;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.bspump.json.JsonDocument;
import io.bspump.mapping.Fields;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Chains events so that one can see later whether one was changed, taken out or put in: each event, a map, gets the hash of its
 * content and of the hash of the event before it. The hash is that of the event as JSON with sorted fields, without blanks, in
 * UTF-8, before the hash is put in; a few random bytes are put in with it so that the content cannot be guessed from it.
 * The chain is kept in memory: each start begins a new one, whose first event has null for the hash before it. It is a chain of the
 * events that pass here; what is dropped later is missing in it, so this should stand right before the sink.
 */
public final class IntegrityEnricher extends Processor<Object, Object> {

    public static final Options OPTIONS = Options.of(
            Option.choice("algorithm", Digests.NAMES).defaultTo("sha256").doc("How it is hashed."),
            Option.string("hash_key").defaultTo("_id").doc("The field for the hash."),
            Option.string("prev_hash_key").defaultTo("_prev_id").doc("The field for the hash of the event before."),
            Option.integer("salt_length")
                    .between(0, 1024)
                    .defaultTo(3)
                    .doc("How many random bytes are put in, as hexadecimal digits in the field `_s`; none if 0."));

    private static final String SALT = "_s";

    private final Digests digests;
    private final String hashKey;
    private final String prevHashKey;
    private final byte[] salt;
    private final SecureRandom random = Randoms.seeded();
    private @Nullable String previous;

    /** Creates a processor whose id is {@code IntegrityEnricher}. */
    public IntegrityEnricher(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code IntegrityEnricher}
     * @param config values that go above the class's defaults and below the file
     */
    public IntegrityEnricher(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        digests = new Digests(config().get("algorithm"));
        hashKey = config().get("hash_key");
        prevHashKey = config().get("prev_hash_key");
        salt = new byte[config().getInt("salt_length")];
    }

    @Override
    protected Object process(Context context, Object event) {
        Map<String, @Nullable Object> fields = Fields.of(event);
        Fields.remove(fields, hashKey);
        Fields.put(fields, prevHashKey, previous);
        if (salt.length > 0) {
            random.nextBytes(salt);
            Fields.put(fields, SALT, HexFormat.of().formatHex(salt));
        }
        String hash = digests.hex(JsonDocument.writeSorted(fields));
        Fields.put(fields, hashKey, hash);
        previous = hash;
        return event;
    }
}
