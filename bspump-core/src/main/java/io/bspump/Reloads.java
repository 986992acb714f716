package io.bspump;

import io.bspump.logging.Logging;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** The reloads of an application: one at a time, and one that waits for its turn. Safe for use by many threads. */
final class Reloads {

    private static final Logger LOG = LoggerFactory.getLogger(Reloads.class);

    private final Application app;
    private final Launcher launcher;

    // Both guarded by this.
    private CompletableFuture<ReloadReport> last = CompletableFuture.completedFuture(null);
    private @Nullable CompletableFuture<ReloadReport> waiting;

    Reloads(Application app, Launcher launcher) {
        this.app = app;
        this.launcher = launcher;
    }

    Mono<ReloadReport> reload() {
        return Mono.defer(() -> Mono.fromFuture(ask(), true));
    }

    private CompletableFuture<ReloadReport> ask() {
        CompletableFuture<ReloadReport> before;
        CompletableFuture<ReloadReport> mine;
        synchronized (this) {
            // What it will read has not been read yet, so it serves everybody who asks until then.
            if (waiting != null) {
                return waiting;
            }
            before = last;
            mine = new CompletableFuture<>();
            waiting = mine;
            last = mine;
        }
        Mono.fromFuture(before, true)
                .onErrorComplete()
                .then()
                .subscribe(nothing -> {}, mine::completeExceptionally, () -> begin(mine));
        return mine;
    }

    private void begin(CompletableFuture<ReloadReport> mine) {
        Mono.defer(this::reloadNow)
                .subscribeOn(app.blocking())
                .publishOn(app.blocking()) // who is told may block
                .doOnNext(this::tell)
                .subscribe(mine::complete, mine::completeExceptionally);
    }

    private Mono<ReloadReport> reloadNow() {
        synchronized (this) {
            waiting = null;
        }
        if (!app.isRunning()) {
            return Mono.error(new IllegalStateException("the application does not run, nothing was reloaded"));
        }
        return new Reload(app, launcher).run();
    }

    private void tell(ReloadReport report) {
        String[] lines = report.toString().split("\n", -1);
        for (String line : lines) {
            if (report.isRefused()) {
                LOG.error("The configuration stays as it was: {}", line);
            } else if (report.isComplete()) {
                LOG.info("Reload: {}", line);
            } else {
                LOG.warn("Reload: {}", line);
            }
        }
    }

    /** Answers SIGHUP: opens the file of the log anew, reloads, and tells everyone. */
    void signalled() {
        Logging.reopen(); // who rotates logs must not wait for servers
        reload().doFinally(end -> app.pubSub().publish("Application.hup!"))
                .subscribe(report -> {}, e -> LOG.error("The reload failed", e));
    }
}
