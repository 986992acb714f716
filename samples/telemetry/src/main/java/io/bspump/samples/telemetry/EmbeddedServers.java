package io.bspump.samples.telemetry;

import io.bspump.Application;
import io.bspump.Service;
import io.bspump.config.Config;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/**
 * The servers that the sample brings along, for those for which {@code pipelines.conf} names none. Their files are in a
 * temporary folder and go with them. With {@code [embedded] outages} one of them, at random, is stopped now and then and
 * started again.
 */
final class EmbeddedServers implements Service {

    /** What {@code [embedded]} understands. */
    static final Options OPTIONS = Options.of(
            Option.bool("outages")
                    .defaultTo(false)
                    .doc("Whether servers are stopped at random, to see what becomes of it."),
            Option.duration("outage_every")
                    .atLeast(Duration.ofSeconds(1))
                    .defaultTo("20s")
                    .doc("How long all is well between two outages, at the most."),
            Option.duration("outage_lasts")
                    .atLeast(Duration.ofMillis(100))
                    .defaultTo("10s")
                    .doc("How long an outage lasts, at the most."));

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedServers.class);

    private final Application app;
    private final Config config;
    private final List<EmbeddedServer> servers = new ArrayList<>();
    private @Nullable Path directory;
    private boolean ended; // guarded by this
    private volatile Disposable outages = Disposables.disposed();

    EmbeddedServers(Application app) {
        this.app = app;
        config = app.configuration().section("embedded", OPTIONS);
    }

    /** Adds a server, before the application runs, and returns it. */
    <S extends EmbeddedServer> S add(S server) {
        servers.add(server);
        return server;
    }

    @Override
    public Mono<Void> initialize(Application application) {
        return blocking(() -> {
            Path made = Files.createTempDirectory("telemetry");
            directory = made;
            for (EmbeddedServer server : servers) {
                server.start(made);
                LOG.info("{}", server.invitation());
            }
            if (config.getBoolean("outages") && !servers.isEmpty()) {
                outages = outages(made).subscribe(nothing -> {}, e -> LOG.error("There are no more outages", e));
            }
        });
    }

    private Mono<Void> outages(Path files) {
        return Mono.defer(() -> {
                    EmbeddedServer server =
                            servers.get(ThreadLocalRandom.current().nextInt(servers.size()));
                    return Mono.delay(upTo("outage_every"), app.blocking())
                            .then(blocking(() -> stop(server)))
                            .then(Mono.delay(upTo("outage_lasts"), app.blocking()))
                            .then(blocking(() -> startAgain(server, files)));
                })
                .repeat()
                .then();
    }

    private Duration upTo(String key) {
        return Duration.ofMillis(
                ThreadLocalRandom.current().nextLong(1 + config.getDuration(key).toMillis()));
    }

    private synchronized void stop(EmbeddedServer server) throws Exception {
        if (!ended) {
            LOG.warn("Outage: the {} stops", server.name());
            server.stop();
        }
    }

    private synchronized void startAgain(EmbeddedServer server, Path files) throws Exception {
        if (!ended) {
            server.start(files);
            LOG.warn("The {} is back", server.name());
        }
    }

    /** Stops all, for good. */
    private synchronized void end() throws Exception {
        ended = true;
        for (EmbeddedServer server : servers) {
            server.stop();
        }
    }

    @Override
    public Mono<Void> finalize(Application application) {
        return blocking(() -> {
            outages.dispose();
            end();
            if (directory != null) {
                delete(directory);
            }
        });
    }

    private static void delete(Path directory) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(directory)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.deleteIfExists(file);
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private Mono<Void> blocking(Work work) {
        return Mono.<Void>fromCallable(() -> {
                    work.run();
                    return null;
                })
                .subscribeOn(app.blocking());
    }
}
