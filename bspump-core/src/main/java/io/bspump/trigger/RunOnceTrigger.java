package io.bspump.trigger;

import io.bspump.Application;
import io.bspump.Trigger;
import io.bspump.TriggerSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Fires once, when a source starts. The source ends with that cycle, and the application stops when all its pipelines
 * have finished. While it is paused the source waits for its cycle.
 */
public final class RunOnceTrigger extends Trigger {

    /** Those whose one cycle has not ended. */
    private final Set<TriggerSource<?>> due = ConcurrentHashMap.newKeySet();

    /** Creates a trigger whose id is {@code RunOnceTrigger}. */
    public RunOnceTrigger(Application app) {
        this(app, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code RunOnceTrigger}
     * @param config values that go above the class's defaults and below the file
     */
    public RunOnceTrigger(Application app, @Nullable String id, Map<String, ?> config) {
        super(app, id, config);
    }

    @Override
    protected void attached(TriggerSource<?> source) {
        due.add(source);
        fire(source);
    }

    @Override
    protected void resumed(TriggerSource<?> source) {
        if (due.contains(source)) {
            fire(source);
        }
    }

    @Override
    protected void done(TriggerSource<?> source) {
        if (!isPaused() && due.remove(source)) {
            exhausted(source);
        }
    }

    @Override
    protected void detached(TriggerSource<?> source) {
        due.remove(source);
    }
}
