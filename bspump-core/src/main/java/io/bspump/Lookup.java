package io.bspump;

import io.bspump.config.Config;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.Map;
import reactor.core.publisher.Mono;

/**
 * Data that processors look things up in, loaded before the first pipeline starts.
 *
 * <p>Its section is {@code [lookup:ID]}.
 */
public abstract class Lookup {

    /** What every lookup understands in its section. */
    public static final Options OPTIONS = Options.of(Option.bool("optional")
            .defaultTo(false)
            .doc("Whether the pump may start although this lookup could not be loaded."));

    private final String id;
    private final Config config;

    /** Makes a lookup that is configured by its section alone. */
    protected Lookup(Application app, String id) {
        this(app, id, Map.of());
    }

    /**
     * Makes a lookup.
     *
     * @param config values that the file may override
     */
    protected Lookup(Application app, String id, Map<String, ?> config) {
        this.id = Ids.present("lookup", id);
        this.config = app.configuration().component("lookup:" + id, getClass(), config);
    }

    /** What {@link PumpService#locateLookup} finds it by. */
    public final String id() {
        return id;
    }

    /** Its section after merging. */
    protected final Config config() {
        return config;
    }

    /**
     * Loads the data. Subscribed to once per start, on a thread that may block. An error stops the start of the pump
     * unless the section says {@code optional = yes}.
     */
    protected abstract Mono<Void> load();

    final boolean isOptional() {
        return config.getBoolean("optional");
    }
}
