package io.bspump;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The end of a pipeline that has several sinks: each event goes to every sink whose condition holds, and is delivered
 * when all of these have confirmed it. An event that no sink takes is an error. Each sink is a stage of its own, with an
 * id, a section, an address and meters.
 *
 * <pre>{@code
 * new ConditionalSinks<Map<String, Object>>(app, this)
 *     .when(event -> event.containsKey("alarm"), new KafkaSink(app, this, "KafkaConnection"))
 *     .otherwise(new NullSink(app, this))
 * }</pre>
 *
 * @param <I> the type of the events that go in
 */
public final class ConditionalSinks<I> extends Stage<I, Void> {

    private final List<Predicate<Object>> conditions = new ArrayList<>();
    private final List<Stage<?, ?>> sinks = new ArrayList<>();
    private boolean complete;

    /** Creates conditional sinks with the id {@code ConditionalSinks}. */
    public ConditionalSinks(Application app, Pipeline pipeline) {
        this(app, pipeline, null);
    }

    /**
     * @param id the id, or null for {@code ConditionalSinks}
     */
    public ConditionalSinks(Application app, Pipeline pipeline, @Nullable String id) {
        super(app, pipeline, id, Map.of());
    }

    /**
     * Adds a sink and returns this.
     *
     * @param condition called on the lane for each event; must not block; when it throws, the event goes the error
     *     policy's way
     * @throws IllegalArgumentException if the stage is no sink, or stands behind {@link #otherwise}
     */
    @SuppressWarnings(
            "unchecked") // the condition's type is the event's, which Pipeline.build checks as far as it is known
    public ConditionalSinks<I> when(Predicate<? super I> condition, Stage<? super I, ?> sink) {
        add(sink);
        conditions.add((Predicate<Object>) condition);
        return this;
    }

    private void add(Stage<?, ?> sink) {
        if (!sink.isSink() || complete) {
            throw new IllegalArgumentException(
                    complete ? "nothing can follow 'otherwise' in " + this : sink + " is not a sink");
        }
        sinks.add(app().wire(sink));
    }

    /** Adds the sink of the events that no condition holds for and returns this. */
    public ConditionalSinks<I> otherwise(Stage<? super I, ?> sink) {
        add(sink);
        complete = true;
        return this;
    }

    /** Those of the sinks, in their order; the last sink has none if it takes what no other does. */
    List<Predicate<Object>> conditions() {
        return conditions;
    }

    List<Stage<?, ?>> sinks() {
        return sinks;
    }

    @Override
    boolean isSink() {
        return true;
    }
}
