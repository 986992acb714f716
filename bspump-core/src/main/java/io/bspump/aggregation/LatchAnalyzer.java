package io.bspump.aggregation;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Lets events pass and remembers the last ones, to be looked at: those for which a condition holds, or all. It remembers
 * the events themselves, so stages behind it should not change them. What it remembers is gone when the pump ends.
 *
 * @param <I> the type of the events
 */
public final class LatchAnalyzer<I> extends Processor<I, I> {

    public static final Options OPTIONS = Options.of(
            Option.integer("latch_max_size")
                    .between(1, 1_000_000)
                    .defaultTo(50)
                    .doc("How many events it remembers; the oldest makes room."),
            Option.bool("inclusive")
                    .defaultTo(true)
                    .doc("Whether it remembers the events for which the condition holds, or the others."));

    private final Predicate<? super I> condition;
    private final int maxSize;
    private final boolean inclusive;

    private final Deque<I> latch = new ArrayDeque<>(); // guarded by itself

    /** Creates an analyzer that remembers all events and whose id is {@code LatchAnalyzer}. */
    public LatchAnalyzer(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * Creates an analyzer that remembers all events, or none if it is not {@code inclusive}.
     *
     * @param id the id, or null for {@code LatchAnalyzer}
     * @param config values that go above the class's defaults and below the file
     */
    public LatchAnalyzer(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        this(app, pipeline, id, config, event -> true);
    }

    /** Creates an analyzer whose id is {@code LatchAnalyzer}. */
    public LatchAnalyzer(Application app, Pipeline pipeline, Predicate<? super I> condition) {
        this(app, pipeline, null, Map.of(), condition);
    }

    /**
     * @param id the id, or null for {@code LatchAnalyzer}
     * @param config values that go above the class's defaults and below the file
     * @param condition which events it remembers; called on the lane, must not block
     */
    public LatchAnalyzer(
            Application app,
            Pipeline pipeline,
            @Nullable String id,
            Map<String, ?> config,
            Predicate<? super I> condition) {
        super(app, pipeline, id, config);
        this.condition = Objects.requireNonNull(condition, "condition");
        this.maxSize = config().getInt("latch_max_size");
        this.inclusive = config().getBoolean("inclusive");
    }

    @Override
    protected I process(Context context, I event) {
        if (condition.test(event) == inclusive) {
            synchronized (latch) {
                if (latch.size() == maxSize) {
                    latch.removeFirst();
                }
                latch.addLast(event);
            }
        }
        return event;
    }

    /** Returns a copy of what it remembers, the oldest first. Any thread. */
    public List<I> latch() {
        synchronized (latch) {
            return List.copyOf(latch);
        }
    }

    /** Forgets everything. Any thread. */
    public void clear() {
        synchronized (latch) {
            latch.clear();
        }
    }
}
