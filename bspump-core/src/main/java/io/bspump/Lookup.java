package io.bspump;

import io.bspump.config.Config;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import reactor.core.publisher.Mono;

/**
 * Data that processors look things up in, loaded before the first pipeline starts. Extend {@code MappingLookup} for data that
 * fits into memory, {@code AsyncLookup} for questions to another system.
 *
 * <p>Its section is {@code [lookup:ID]}.
 */
public abstract class Lookup {

    /** What every lookup understands in its section. */
    public static final Options OPTIONS = Options.of(Option.bool("optional")
            .defaultTo(false)
            .doc("Whether the pump may start although this lookup could not be loaded."));

    private final Application app;
    private final String id;
    private final Map<String, ?> given;
    private final Config config;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();

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
        this.app = Objects.requireNonNull(app, "app");
        this.id = Ids.present("lookup", id);
        this.given = config;
        this.config = app.configuration().component("lookup:" + id, getClass(), config);
    }

    /** What {@link PumpService#locateLookup} finds it by. */
    public final String id() {
        return id;
    }

    protected final Application app() {
        return app;
    }

    /** Its section after merging. */
    protected final Config config() {
        return config;
    }

    /** Whether the pump may start although this lookup could not be loaded. */
    public final boolean isOptional() {
        return config.getBoolean("optional");
    }

    /**
     * Loads the data. Subscribed to at the start, on a thread that may block, and again after each {@link
     * #refreshInterval}, one load at a time. An error stops the start of the pump unless the section says {@code optional =
     * yes}. An error later is logged and counted, what was loaded before must stay, and the next interval tries again.
     */
    protected abstract Mono<Void> load();

    /** How long after a load the next one begins; zero, the default, means that it is loaded once. */
    protected Duration refreshInterval() {
        return Duration.ZERO;
    }

    /** How many entries it holds, for the meters. Called by any thread; defaults to 0. */
    protected long entries() {
        return 0;
    }

    /**
     * Leads those who have this lookup to another one of its class that has taken its place, because its section has changed:
     * from now on they get what that one holds, and what this one holds can be forgotten. Any thread.
     *
     * @return whether it does; false by default, and then a change takes effect after a restart
     */
    protected boolean follow(Lookup next) {
        return false;
    }

    /** Counts that something was looked up, for the meters. Any thread. */
    protected final void count(boolean found) {
        (found ? hits : misses).increment();
    }

    /** The values that were given in code. */
    final Map<String, ?> given() {
        return given;
    }

    final long hits() {
        return hits.sum();
    }

    final long misses() {
        return misses.sum();
    }

    /** Tells the application that other data are found now: {@code bspump.Lookup.changed!}, with this as {@code lookup}. */
    protected final void changed() {
        app.pubSub().publish("bspump.Lookup.changed!", Map.of("lookup", this));
    }

    @Override
    public String toString() {
        return "[lookup:" + id + "]";
    }
}
