package io.bspump.lookup;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.ConfigException;
import io.bspump.config.Options;
import io.bspump.mapping.Fields;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Adds to each event what a {@link MappingLookup} has for one of its fields. Events are maps, and are changed in place. A value
 * that is no text is looked up as it is and then as text, so that the number 404 finds {@code "404"}.
 */
public final class LookupEnricher extends Processor<Object, Object> {

    public static final Options OPTIONS = Enrichment.OPTIONS;

    private final Enrichment enrichment;
    private final MappingLookup<?, ?> lookup;

    /** Creates a processor whose id is {@code LookupEnricher}. */
    public LookupEnricher(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code LookupEnricher}
     * @param config values that go above the class's defaults and below the file
     * @throws ConfigException if there is no such lookup
     */
    public LookupEnricher(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        enrichment = Enrichment.of(app, config(), MappingLookup.class, "AsyncLookupEnricher");
        lookup = (MappingLookup<?, ?>) enrichment.lookup();
    }

    @Override
    protected @Nullable Object process(Context context, Object event) {
        Map<String, @Nullable Object> fields = Fields.of(event);
        Object key = enrichment.key(fields);
        return enrichment.apply(fields, key == null ? null : lookup.getAny(key));
    }
}
