package io.bspump.crypto;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns an event, bytes or a text in UTF-8, into its hash, a text of hexadecimal digits.
 */
public final class Hashing extends Processor<Object, String> {

    public static final Options OPTIONS = Options.of(
            Option.choice("algorithm", Digests.NAMES).defaultTo("sha256").doc("How it is hashed."));

    private final Digests digests;

    /** Creates a processor whose id is {@code Hashing}. */
    public Hashing(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code Hashing}
     * @param config values that go above the class's defaults and below the file
     */
    public Hashing(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        digests = new Digests(config().get("algorithm"));
    }

    @Override
    protected String process(Context context, Object event) {
        return digests.hex(event);
    }
}
