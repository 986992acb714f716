package io.bspump;

import io.bspump.config.Config;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * Begins the cycles of {@link TriggerSource}s: {@code new FileLineSource(app, this).on(new PeriodicTrigger(app,
 * Duration.ofMinutes(1)))}. One trigger may serve several sources. Its section is {@code [trigger:ID]}. Thread-safe.
 */
public abstract class Trigger {

    public static final Options OPTIONS = Options.of(Option.integer("max_triggered")
            .between(0, Integer.MAX_VALUE)
            .defaultTo(0)
            .doc("How many of its sources may be in a cycle at a time, chosen at random at each firing; 0: all."));

    private final Application app;
    private final String id;
    private final Config config;
    private final int limit;
    private final List<TriggerSource<?>> sources = new CopyOnWriteArrayList<>();
    private volatile boolean paused;
    private volatile @Nullable Instant firedAt;

    // Used only with a limit; both guarded by this.
    private final Set<TriggerSource<?>> inCycle = new HashSet<>();
    private final Set<TriggerSource<?>> waiting = new LinkedHashSet<>();

    /** Creates a trigger whose id is its simple class name. */
    protected Trigger(Application app) {
        this(app, null, Map.of());
    }

    /**
     * @param id the id, or null for the simple class name
     * @param config values that go above the class's defaults and below the file
     */
    protected Trigger(Application app, @Nullable String id, Map<String, ?> config) {
        this.app = Objects.requireNonNull(app, "app");
        this.id = Ids.addressable("trigger", id == null ? Ids.of(getClass()) : id);
        this.config = app.configuration().component("trigger:" + this.id, getClass(), config);
        this.limit = this.config.getInt("max_triggered");
    }

    /** Returns the id, by which it is configured. */
    public final String id() {
        return id;
    }

    /** Stops or resumes firing. What would have fired while it is paused is not made up for. */
    public final void pause(boolean pause) {
        boolean resumes = paused && !pause;
        paused = pause;
        if (resumes) {
            sources.forEach(this::resumed);
        }
    }

    public final boolean isPaused() {
        return paused;
    }

    /** Returns when it fired last. */
    public final Optional<Instant> lastFiredAt() {
        return Optional.ofNullable(firedAt);
    }

    protected final Application app() {
        return app;
    }

    /** Returns the section {@code [trigger:ID]}, merged with defaults and overrides. */
    protected final Config config() {
        return config;
    }

    /** Returns the clock and timer of triggers. What runs on it must not block. */
    protected final Scheduler timer() {
        return app.lanes();
    }

    /** Begins a cycle of every source, or of as many as {@code max_triggered} allows. */
    protected final void fire() {
        if (limit == 0) {
            sources.forEach(this::fire);
        } else if (!paused) {
            note();
            chosen().forEach(TriggerSource::fire);
        }
    }

    private synchronized List<TriggerSource<?>> chosen() {
        List<TriggerSource<?>> idle = new ArrayList<>(sources);
        idle.removeAll(inCycle);
        Collections.shuffle(idle);
        List<TriggerSource<?>> chosen = List.copyOf(idle.subList(0, Math.min(idle.size(), limit - inCycle.size())));
        inCycle.addAll(chosen);
        waiting.removeAll(chosen);
        return chosen;
    }

    /** Begins a cycle of one source, once {@code max_triggered} allows it. */
    protected final void fire(TriggerSource<?> source) {
        if (!paused && mayFire(source)) {
            note();
            source.fire();
        }
    }

    private void note() {
        firedAt = Instant.ofEpochMilli(timer().now(TimeUnit.MILLISECONDS));
    }

    private synchronized boolean mayFire(TriggerSource<?> source) {
        if (limit == 0 || inCycle.contains(source)) {
            return true;
        }
        if (inCycle.size() < limit) {
            return inCycle.add(source);
        }
        waiting.add(source);
        return false;
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

    /** It fires again after a pause. Called for each source that listens. */
    protected void resumed(TriggerSource<?> source) {}

    /** Whether any source listens. */
    protected final boolean hasSources() {
        return !sources.isEmpty();
    }

    final void attach(TriggerSource<?> source) {
        sources.add(source);
        attached(source);
    }

    final void cycleEnded(TriggerSource<?> source) {
        giveWay(source);
        done(source);
    }

    final void detach(TriggerSource<?> source) {
        if (sources.remove(source)) {
            detached(source);
            giveWay(source);
        }
    }

    /** Lets the source that has waited longest have the cycle that this one does not need any more. */
    private void giveWay(TriggerSource<?> source) {
        TriggerSource<?> next;
        synchronized (this) {
            waiting.remove(source);
            if (!inCycle.remove(source) || waiting.isEmpty()) {
                return;
            }
            next = waiting.iterator().next();
            waiting.remove(next);
        }
        fire(next);
    }

    @Override
    public final String toString() {
        return id;
    }
}
