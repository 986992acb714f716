package io.bspump.lookup;

import io.bspump.Application;
import io.bspump.AsyncProcessor;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.config.ConfigException;
import io.bspump.config.Options;
import io.bspump.mapping.Fields;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Adds to each event what an {@link AsyncLookup} finds for one of its fields, for up to {@code concurrency} events at a time.
 * Events are maps, and are changed in place.
 */
public final class AsyncLookupEnricher extends AsyncProcessor<Object, Object> {

    public static final Options OPTIONS = Enrichment.OPTIONS;

    private final Enrichment enrichment;
    private final AsyncLookup<Object, Object> lookup;

    /** Creates a processor whose id is {@code AsyncLookupEnricher}. */
    public AsyncLookupEnricher(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code AsyncLookupEnricher}
     * @param config values that go above the class's defaults and below the file
     * @throws ConfigException if there is no such lookup
     */
    @SuppressWarnings("unchecked") // a key of a type that the lookup does not take fails with its event
    public AsyncLookupEnricher(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        enrichment = Enrichment.of(app, config(), AsyncLookup.class, "LookupEnricher");
        lookup = (AsyncLookup<Object, Object>) enrichment.lookup();
    }

    @Override
    protected Mono<Object> process(Context context, Object event) {
        Map<String, @Nullable Object> fields = Fields.of(event);
        Object key = enrichment.key(fields);
        Mono<Object> found = key == null ? Mono.empty() : lookup.get(key);
        return found.map(Optional::of)
                .defaultIfEmpty(Optional.empty())
                .mapNotNull(value -> enrichment.apply(fields, value.orElse(null)));
    }
}
