package io.bspump.random;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Drops events by chance.
 */
public final class RandomDrop extends Processor<Object, Object> {

    public static final Options OPTIONS = Options.of(
            Option.number("threshold")
                    .between(0.0, 1.0)
                    .defaultTo(0.5)
                    .doc("The share of the events that are dropped."),
            RandomValues.SEED);

    private final SplittableRandom random;
    private final double threshold;

    /** Creates a processor whose id is {@code RandomDrop}. */
    public RandomDrop(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code RandomDrop}
     * @param config values that go above the class's defaults and below the file
     */
    public RandomDrop(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        random = RandomValues.random(config());
        threshold = config().getDouble("threshold");
    }

    @Override
    protected @Nullable Object process(Context context, Object event) {
        return random.nextDouble() < threshold ? null : event;
    }
}
