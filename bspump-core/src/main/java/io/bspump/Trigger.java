package io.bspump;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import reactor.core.scheduler.Scheduler;

/**
 * Begins the cycles of {@link TriggerSource}s: {@code new FileLineSource(app, this).on(new PeriodicTrigger(app,
 * Duration.ofMinutes(1)))}. One trigger may serve several sources. Thread-safe.
 */
public abstract class Trigger {

    private final Application app;
    private final List<TriggerSource<?>> sources = new CopyOnWriteArrayList<>();
    private volatile boolean paused;

    protected Trigger(Application app) {
        this.app = Objects.requireNonNull(app, "app");
    }

    /** Stops or resumes firing. What would have fired while it is paused is not made up for. */
    public final void pause(boolean pause) {
        paused = pause;
    }

    public final boolean isPaused() {
        return paused;
    }

    protected final Application app() {
        return app;
    }

    /** Returns the clock and timer of triggers. What runs on it must not block. */
    protected final Scheduler timer() {
        return app.lanes();
    }

    /** Begins a cycle of every source. */
    protected final void fire() {
        sources.forEach(this::fire);
    }

    /** Begins a cycle of one source. */
    protected final void fire(TriggerSource<?> source) {
        if (!paused) {
            source.fire();
        }
    }

    /** Says that the source will hear no more of this trigger; it ends when it hears that from all. */
    protected final void exhausted(TriggerSource<?> source) {
        source.exhausted();
    }

    /** A source has begun to listen. */
    protected void attached(TriggerSource<?> source) {}

    /** The source will listen no more. Called for each that was attached. */
    protected void detached(TriggerSource<?> source) {}

    /** A cycle of the source has ended. */
    protected void done(TriggerSource<?> source) {}

    /** Whether any source listens. */
    protected final boolean hasSources() {
        return !sources.isEmpty();
    }

    final void attach(TriggerSource<?> source) {
        sources.add(source);
        attached(source);
    }

    final void detach(TriggerSource<?> source) {
        if (sources.remove(source)) {
            detached(source);
        }
    }
}
