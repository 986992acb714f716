package io.bspump.trigger;

import io.bspump.Application;
import io.bspump.Trigger;
import io.bspump.TriggerSource;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/** Fires when a source starts and then in a fixed rhythm. A source that is still busy takes the firing up afterwards. */
public final class PeriodicTrigger extends Trigger {

    private final Duration interval;
    private @Nullable Disposable ticking; // guarded by this

    /**
     * @param interval positive
     * @throws IllegalArgumentException if the interval is not positive
     */
    public PeriodicTrigger(Application app, Duration interval) {
        super(app);
        if (interval.isZero() || interval.isNegative()) {
            throw new IllegalArgumentException("the interval of a periodic trigger must be positive, was " + interval);
        }
        this.interval = interval;
    }

    @Override
    protected void attached(TriggerSource<?> source) {
        fire(source);
        synchronized (this) {
            if (ticking == null) {
                ticking = timer().schedulePeriodically(
                                this::fire, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
            }
        }
    }

    @Override
    protected synchronized void detached(TriggerSource<?> source) {
        if (ticking != null && !hasSources()) {
            ticking.dispose();
            ticking = null;
        }
    }
}
