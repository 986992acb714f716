package io.bspump;

import io.bspump.ReloadReport.Item;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.bspump.sink.NullSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** An application with a file that a test rewrites while it runs, on real threads. */
abstract class ReloadFixture {

    static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private final Scheduler lanes = Schedulers.newParallel("reload-lane", 2, true);
    private final Scheduler blocking = Schedulers.newBoundedElastic(8, 1000, "reload-blocking", 5, true);
    private @Nullable Application app;
    private @Nullable CompletableFuture<Integer> run;

    /** What the servers of all {@link LoginConnection}s expect. */
    static volatile String password = "first";

    static final AtomicInteger OPEN = new AtomicInteger();

    /** Connects if its password is the right one. */
    static final class LoginConnection extends Connection {
        public static final Options OPTIONS = Options.of(
                Option.secret("password").required().doc("What the server wants."),
                Option.integer("port").between(1, 65535).defaultTo(1).doc("Where it is."));

        private volatile boolean up;

        LoginConnection(Application app, String id) {
            super(app, id);
        }

        LoginConnection(Application app, Component owner) {
            super(app, owner);
        }

        @Override
        protected Mono<Void> connect() {
            return Mono.fromRunnable(() -> {
                if (!config().getSecret("password").reveal().equals(password)) {
                    throw new SecurityException("refused");
                }
                up = true;
                OPEN.incrementAndGet();
            });
        }

        @Override
        protected Mono<Void> disconnect() {
            return Mono.fromRunnable(() -> {
                if (up) {
                    up = false;
                    OPEN.decrementAndGet();
                }
            });
        }

        @Override
        protected ErrorClass classify(Throwable t) {
            return ErrorClass.AUTHENTICATION;
        }

        String text(String key) {
            return config().get(key);
        }
    }

    /** Never ends, and emits nothing. */
    static final class SilentSource extends Source<Object> {
        SilentSource(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Flux<Emission<Object>> events() {
            return Flux.never();
        }
    }

    /** Made by a constructor that can be used again. */
    static final class Quiet extends Pipeline {
        Quiet(Application app, String id) {
            super(app, id);
            build(new SilentSource(app, this), new LinkedSink(app, this));
        }
    }

    /** Refers to a connection if its section says so. */
    static final class LinkedSink extends Sink<Object> {
        public static final Options OPTIONS = Options.of(
                ConnectionReference.CONNECTION,
                Option.integer("batch").between(1, 100).defaultTo(1).doc("For nothing."));

        LinkedSink(Application app, Pipeline pipeline) {
            super(app, pipeline, "Sink", Map.of());
            if (config().contains("connection")) {
                connection(LoginConnection.class, null);
            }
        }

        @Override
        protected Mono<Void> process(Context context, Object event) {
            return Mono.empty();
        }
    }

    /** Cannot be made again without a factory. */
    static final class Captured extends Pipeline {
        Captured(Application app, String id, List<Object> captured) {
            super(app, id);
            captured.add(this);
            build(new SilentSource(app, this), new NullSink(app, this));
        }
    }

    final Path write(String text) {
        try {
            return Files.writeString(directory.resolve("pipelines.conf"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the application of the file that was written; to be called once. */
    final Application application(String... args) {
        String[] all = new String[args.length + 2];
        all[0] = "-c";
        all[1] = directory.resolve("pipelines.conf").toString();
        System.arraycopy(args, 0, all, 2, args.length);
        Application made = new Application(lanes, blocking, false, Console.ofProcess(), all);
        app = made;
        return made;
    }

    /** Runs it in the background and waits until it does. */
    final void start(Application started) {
        CompletableFuture<Integer> code = new CompletableFuture<>();
        run = code;
        Thread thread = new Thread(() -> code.complete(started.run()), "reload-main");
        thread.setDaemon(true);
        thread.start();
        until(() -> started.isRunning() || code.isDone());
    }

    static void until(java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await().atMost(LIMIT).pollInterval(Duration.ofMillis(2)).until(condition);
    }

    final ReloadReport reload() {
        Application running = app;
        ReloadReport report = running == null ? null : running.reload().block(LIMIT);
        if (report == null) {
            throw new AssertionError("no report");
        }
        return report;
    }

    static List<String> items(ReloadReport report) {
        return report.items().stream().map(Item::toString).toList();
    }

    static List<String> problems(ReloadReport report) {
        return report.problems().stream().map(Object::toString).toList();
    }

    final int stop() throws Exception {
        Application running = app;
        CompletableFuture<Integer> code = run;
        if (running == null || code == null) {
            return 0;
        }
        running.stop();
        return code.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    @AfterEach
    final void end() throws Exception {
        stop();
        lanes.dispose();
        blocking.dispose();
        password = "first";
        OPEN.set(0);
    }
}
