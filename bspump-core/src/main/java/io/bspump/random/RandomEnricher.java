package io.bspump.random;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.bspump.mapping.Fields;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sets a field of events that are maps, in place, to a random whole number or to one of several texts.
 */
public final class RandomEnricher extends Processor<Object, Object> {

    public static final Options OPTIONS = Options.of(
            Option.string("field").defaultTo("enriched_field").doc("The field that is set."),
            RandomValues.LOWER,
            RandomValues.UPPER,
            RandomValues.CHOICE,
            RandomValues.SEED);

    private final RandomValues values;
    private final String field;

    /** Creates a processor whose id is {@code RandomEnricher}. */
    public RandomEnricher(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code RandomEnricher}
     * @param config values that go above the class's defaults and below the file
     * @throws ConfigException if the bounds contradict each other
     */
    public RandomEnricher(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        values = new RandomValues(config());
        field = config().get("field");
    }

    @Override
    protected Object process(Context context, Object event) {
        Fields.put(Fields.of(event), field, values.next());
        return event;
    }
}
