package io.bspump.trigger;

import io.bspump.Application;
import io.bspump.Trigger;
import io.bspump.TriggerSource;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Fires when a source starts and again after each of its cycles, but not more often than once per chill-down period. */
public final class OpportunisticTrigger extends Trigger {

    private static final Duration CHILL_DOWN = Duration.ofSeconds(5);

    private final Duration chillDown;
    private final Map<TriggerSource<?>, Long> firedAt = new ConcurrentHashMap<>();

    /** Creates a trigger with a chill-down period of 5 s. */
    public OpportunisticTrigger(Application app) {
        this(app, CHILL_DOWN);
    }

    /**
     * @param chillDown not negative
     * @throws IllegalArgumentException if it is negative
     */
    public OpportunisticTrigger(Application app, Duration chillDown) {
        super(app);
        if (chillDown.isNegative()) {
            throw new IllegalArgumentException("the chill-down period must not be negative, was " + chillDown);
        }
        this.chillDown = chillDown;
    }

    @Override
    protected void attached(TriggerSource<?> source) {
        fireNow(source);
    }

    @Override
    protected void done(TriggerSource<?> source) {
        long since = now() - firedAt.getOrDefault(source, now());
        long wait = Math.max(0, chillDown.toNanos() - since);
        timer().schedule(() -> fireNow(source), wait, TimeUnit.NANOSECONDS);
    }

    @Override
    protected void detached(TriggerSource<?> source) {
        firedAt.remove(source);
    }

    private void fireNow(TriggerSource<?> source) {
        firedAt.put(source, now());
        fire(source);
    }

    private long now() {
        return timer().now(TimeUnit.NANOSECONDS);
    }
}
