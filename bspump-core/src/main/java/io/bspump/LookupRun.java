package io.bspump;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** The life of a registered lookup: it is loaded, refreshed if it wants to be, and ends. */
final class LookupRun {

    private static final Logger LOG = LoggerFactory.getLogger(LookupRun.class);
    private static final String METERS = "bspump.lookup.";
    private static final long NEVER = Long.MIN_VALUE;

    private final Lookup lookup;
    private final Maker<Lookup> maker;
    private final Application app;
    private final AtomicLong failures = new AtomicLong();

    /** When the data was loaded last, in milliseconds of the clock of the lanes. */
    private volatile long loadedAt = NEVER;

    /** Whether the last refresh failed; used by refreshes only, which follow one another. */
    private boolean stale;

    // Both guarded by this.
    private @Nullable Disposable refreshing;
    private boolean stopped;

    LookupRun(Lookup lookup, Maker<Lookup> maker, Application app) {
        this.lookup = lookup;
        this.maker = maker;
        this.app = app;
    }

    /** Registers its meters. */
    void show() {
        Tags tags = Tags.of("lookup", lookup.id());
        count(tags, "hits", "Times that something was found", run -> run.lookup.hits());
        count(tags, "misses", "Times that nothing was found", run -> run.lookup.misses());
        count(tags, "failures", "Loads that failed", run -> run.failures.get());
        Gauge.builder(METERS + "size", lookup, Lookup::entries)
                .description("Entries that the lookup holds")
                .tags(tags)
                .register(app.meterRegistry());
        TimeGauge.builder(METERS + "age", this, TimeUnit.SECONDS, LookupRun::ageSeconds)
                .description("Time since the data was loaded")
                .tags(tags)
                .register(app.meterRegistry());
    }

    private void count(Tags tags, String name, String description, ToDoubleFunction<LookupRun> value) {
        FunctionCounter.builder(METERS + name, this, value)
                .description(description)
                .tags(tags)
                .register(app.meterRegistry());
    }

    Lookup lookup() {
        return lookup;
    }

    Maker<Lookup> maker() {
        return maker;
    }

    /** Loads the data unless it is loaded, then begins to refresh it. Fails if it cannot be loaded and is not optional. */
    Mono<Void> start() {
        return Mono.defer(() -> loadedAt == NEVER ? load() : Mono.empty())
                .onErrorResume(this::notLoaded)
                .doOnTerminate(this::beginToRefresh);
    }

    /** Ends the refreshes; what is loaded stays. */
    synchronized void stopRefreshing() {
        stopped = true;
        if (refreshing != null) {
            refreshing.dispose();
        }
    }

    /** Ends the refreshes and removes its meters. */
    void stop() {
        stopRefreshing();
        List<Meter> own = app.meterRegistry().getMeters().stream()
                .filter(meter -> meter.getId().getName().startsWith(METERS)
                        && lookup.id().equals(meter.getId().getTag("lookup")))
                .toList();
        own.forEach(app.meterRegistry()::remove);
    }

    /** Loads the data. */
    Mono<Void> load() {
        return Mono.defer(lookup::load)
                .subscribeOn(app.blocking())
                .doOnSuccess(nothing -> loadedAt = app.lanes().now(TimeUnit.MILLISECONDS))
                .doOnError(e -> failures.incrementAndGet());
    }

    private Mono<Void> notLoaded(Throwable reason) {
        String message = lookup + " could not be loaded: " + text(reason);
        if (lookup.isOptional()) {
            LOG.warn("{}, going on without it because it is optional", message, reason);
            return Mono.empty();
        }
        return Mono.error(new IllegalStateException(message, reason));
    }

    private synchronized void beginToRefresh() {
        Duration interval = lookup.refreshInterval();
        if (stopped || refreshing != null || interval.isZero()) {
            return;
        }
        refreshing = Mono.delay(interval, app.lanes())
                .then(Mono.defer(this::load))
                .doOnSuccess(nothing -> reportSuccess())
                .onErrorResume(e -> {
                    reportFailure(e);
                    return Mono.empty();
                })
                .repeat()
                .subscribe();
    }

    private void reportSuccess() {
        if (stale) {
            LOG.info("The lookup is up to date again, lookup={}", lookup.id());
            stale = false;
        }
    }

    private void reportFailure(Throwable error) {
        String what = "The lookup could not be refreshed and stays as it is, lookup={} error={}";
        if (stale) {
            LOG.debug(what, lookup.id(), text(error));
        } else {
            LOG.warn(what, lookup.id(), text(error));
        }
        stale = true;
    }

    private double ageSeconds() {
        long at = loadedAt;
        return at == NEVER ? Double.NaN : (app.lanes().now(TimeUnit.MILLISECONDS) - at) / 1000.0;
    }

    private static String text(Throwable error) {
        return Objects.requireNonNullElse(error.getMessage(), error.toString());
    }
}
