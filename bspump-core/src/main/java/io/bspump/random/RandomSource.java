package io.bspump.random;

import io.bspump.Application;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.TriggerSource;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Emits random events, so many in each cycle: whole numbers or one of several texts; with {@code field}, maps that have it in this
 * field. It keeps no position.
 */
public final class RandomSource extends TriggerSource<Object> {

    public static final Options OPTIONS = Options.of(
            Option.string("field")
                    .defaultTo("")
                    .doc("The field of the events; without it they are the values themselves."),
            Option.integer("number").atLeast(0).defaultTo(1000).doc("How many events a cycle has."),
            RandomValues.LOWER,
            RandomValues.UPPER,
            RandomValues.CHOICE,
            RandomValues.SEED);

    private final RandomValues values;
    private final String field;
    private final int number;

    /** Creates a source whose id is {@code RandomSource}. */
    public RandomSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code RandomSource}
     * @param config values that go above the class's defaults and below the file
     * @throws ConfigException if the bounds contradict each other
     */
    public RandomSource(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        values = new RandomValues(config());
        field = config().get("field");
        number = config().getInt("number");
    }

    @Override
    protected Flux<Emission<Object>> cycle() {
        return Flux.range(0, number).map(i -> new Emission<>(event()));
    }

    private Object event() {
        if (field.isEmpty()) {
            return values.next();
        }
        Map<String, @Nullable Object> event = new LinkedHashMap<>();
        event.put(field, values.next());
        return event;
    }
}
