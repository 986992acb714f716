package io.bspump.trigger;

import io.bspump.Application;
import io.bspump.Trigger;
import io.bspump.TriggerSource;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/** Fires when a source starts and then in a fixed rhythm. A source that is still busy takes the firing up afterwards. */
public final class PeriodicTrigger extends Trigger {

    public static final Options OPTIONS = Options.of(Option.duration("interval")
            .atLeast(Duration.ofMillis(1))
            .required()
            .doc("The time from one firing to the next."));

    private final Duration interval;
    private @Nullable Disposable ticking; // guarded by this

    /**
     * @param interval at least a millisecond
     */
    public PeriodicTrigger(Application app, Duration interval) {
        this(app, null, Map.of("interval", interval));
    }

    /**
     * @param id the id, or null for {@code PeriodicTrigger}
     * @param config values that go above the class's defaults and below the file
     */
    public PeriodicTrigger(Application app, @Nullable String id, Map<String, ?> config) {
        super(app, id, config);
        interval = config().getDuration("interval");
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
