package io.bspump.trigger;

import io.bspump.Application;
import io.bspump.Trigger;
import io.bspump.TriggerSource;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Fires when a source starts and again after each of its cycles, but not more often than once per chill-down period. */
public final class OpportunisticTrigger extends Trigger {

    public static final Options OPTIONS = Options.of(
            Option.duration("chilldown_period")
                    .atLeast(Duration.ZERO)
                    .defaultTo("5s")
                    .doc("The time from one firing of a source to the next at the least."),
            Option.bool("run_immediately")
                    .defaultTo(true)
                    .doc("Whether it fires when a source starts; otherwise one chill-down period later."));

    private final Duration chillDown;
    private final boolean immediately;
    private final Map<TriggerSource<?>, Long> firedAt = new ConcurrentHashMap<>();

    /** Those whose time came during a pause. */
    private final Set<TriggerSource<?>> overdue = ConcurrentHashMap.newKeySet();

    /** Creates a trigger with a chill-down period of 5 s. */
    public OpportunisticTrigger(Application app) {
        this(app, null, Map.of());
    }

    /**
     * @param chillDown not negative
     */
    public OpportunisticTrigger(Application app, Duration chillDown) {
        this(app, null, Map.of("chilldown_period", chillDown));
    }

    /**
     * @param id the id, or null for {@code OpportunisticTrigger}
     * @param config values that go above the class's defaults and below the file
     */
    public OpportunisticTrigger(Application app, @Nullable String id, Map<String, ?> config) {
        super(app, id, config);
        chillDown = config().getDuration("chilldown_period");
        immediately = config().getBoolean("run_immediately");
    }

    @Override
    protected void attached(TriggerSource<?> source) {
        firedAt.put(source, now());
        if (immediately) {
            due(source);
        } else {
            done(source);
        }
    }

    @Override
    protected void done(TriggerSource<?> source) {
        Long last = firedAt.get(source);
        long wait = last == null ? 0 : Math.max(0, chillDown.toNanos() - (now() - last));
        timer().schedule(() -> due(source), wait, TimeUnit.NANOSECONDS);
    }

    @Override
    protected void detached(TriggerSource<?> source) {
        firedAt.remove(source);
        overdue.remove(source);
    }

    @Override
    protected void resumed(TriggerSource<?> source) {
        if (overdue.remove(source)) {
            due(source);
        }
    }

    private void due(TriggerSource<?> source) {
        if (firedAt.replace(source, now()) == null) {
            return; // it does not listen any more
        }
        if (isPaused()) {
            overdue.add(source);
        } else {
            fire(source);
        }
    }

    private long now() {
        return timer().now(TimeUnit.NANOSECONDS);
    }
}
