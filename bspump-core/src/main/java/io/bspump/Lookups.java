package io.bspump;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The lookups of an application. Safe for use by many threads. */
final class Lookups {

    private static final Logger LOG = LoggerFactory.getLogger(Lookups.class);

    private final Application app;
    private final Registry<LookupRun> runs = new Registry<>("lookup", Lookups::loadInBackground);

    Lookups(Application app) {
        this.app = app;
    }

    Registry<LookupRun> registry() {
        return runs;
    }

    LookupRun run(Lookup lookup, Maker<Lookup> maker) {
        return new LookupRun(lookup, maker, app);
    }

    void add(Lookup lookup, Maker<Lookup> maker) {
        app.refuseProblemsAtRunTime("lookup:" + lookup.id(), List.of(), List.of(lookup.config()));
        LookupRun run = run(lookup, maker);
        runs.add(lookup.id(), run, run::show);
    }

    Lookup remove(String id) {
        LookupRun run = runs.locate(id);
        if (runs.remove(id, run)) {
            run.stop();
            app.configuration().release(List.of(run.lookup().config()));
        }
        return run.lookup();
    }

    /** Loads all in parallel; fails with every reason when some that are not optional could not be loaded. */
    Mono<Void> loadAll() {
        return Flux.defer(() -> Flux.fromIterable(runs.open()))
                .flatMap(run -> run.start().then(Mono.<Throwable>empty()).onErrorResume(Mono::just), Integer.MAX_VALUE)
                .collectList()
                .flatMap(reasons -> reasons.isEmpty() ? Mono.empty() : Mono.error(together(reasons)));
    }

    private static Throwable together(List<Throwable> reasons) {
        if (reasons.size() == 1) {
            return reasons.get(0);
        }
        String all = reasons.stream().map(Throwable::getMessage).sorted().collect(Collectors.joining("\n  "));
        IllegalStateException together = new IllegalStateException(reasons.size() + " lookups:\n  " + all);
        reasons.forEach(together::addSuppressed);
        return together;
    }

    private static void loadInBackground(LookupRun lookup) {
        lookup.start().subscribe(nothing -> {}, e -> LOG.error("{}", e.getMessage(), e));
    }

    void stopAll() {
        runs.close().forEach(LookupRun::stopRefreshing);
    }

    /**
     * Loads a lookup and puts it in the place of another one, whose users get what this one holds from then on. When it cannot
     * be loaded, or the other one has no way to lead here, everything stays as it was and the Mono fails with the reason.
     */
    Mono<Void> replace(LookupRun former, LookupRun next) {
        return next.load()
                .then(Mono.<Void>fromRunnable(() -> takePlace(former, next)))
                .onErrorResume(e -> {
                    // Pipelines that were made for it get what stays.
                    next.lookup().follow(former.lookup());
                    return Mono.error(e);
                });
    }

    private void takePlace(LookupRun former, LookupRun next) {
        if (!former.lookup().follow(next.lookup())) {
            throw new Maker.NotAlikeException();
        }
        former.stop();
        if (!runs.replace(next.lookup().id(), former, next, next::show)) {
            throw new IllegalStateException(next.lookup() + " has been removed meanwhile");
        }
    }

    static String text(Throwable error) {
        return Objects.requireNonNullElse(error.getMessage(), error.toString());
    }
}
