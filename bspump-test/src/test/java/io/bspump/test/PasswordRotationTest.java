package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.bspump.Application;
import io.bspump.ConnectionReference;
import io.bspump.Context;
import io.bspump.Emission;
import io.bspump.Partition;
import io.bspump.Pipeline;
import io.bspump.ReloadReport;
import io.bspump.ReloadReport.Outcome;
import io.bspump.Settlement;
import io.bspump.Sink;
import io.bspump.Source;
import io.bspump.config.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A password that is changed at the server and in the file, again and again, while numbered events are on their way. */
@Timeout(180)
class PasswordRotationTest {

    private static final int ROTATIONS = 20;
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final Scheduler lanes = Schedulers.newParallel("rotation-lane", 2, true);
    private final Scheduler blocking = Schedulers.newBoundedElastic(8, 1000, "rotation-blocking", 5, true);
    private final LossAccount account = new LossAccount();
    private final AtomicLong heard = new AtomicLong();
    private final AtomicLong settled = new AtomicLong();

    @TempDir
    Path directory;

    @AfterEach
    void dispose() {
        lanes.dispose();
        blocking.dispose();
    }

    /** Counts from 1 on, for ever. */
    private final class Numbers extends Source<Long> {
        Numbers(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Flux<Emission<Long>> events() {
            Partition partition = new Partition();
            return Flux.generate(() -> 1L, (next, sink) -> {
                sink.next(new Emission<>(partition, next));
                return next + 1;
            });
        }

        @Override
        protected void settled(Emission<?> emission, Settlement how) {
            assertThat(how).isEqualTo(Settlement.DELIVERED);
            settled.incrementAndGet();
        }
    }

    static final class LineSink extends Sink<Long> {
        public static final Options OPTIONS = Options.of(ConnectionReference.CONNECTION);

        private final ConnectionReference<LineConnection> connection;

        LineSink(Application app, Pipeline pipeline) {
            super(app, pipeline, "Sink", Map.of("concurrency", 8));
            connection = connection(LineConnection.class, "Line");
        }

        @Override
        protected Mono<Void> process(Context context, Long event) {
            return connection.use(line -> line.ask("number " + event)).then();
        }
    }

    private final class Line extends Pipeline {
        Line(Application app) {
            super(app, "Line");
            build(new Numbers(app, this), new LineSink(app, this));
        }
    }

    private void hear(String line) {
        if (line.startsWith("number ")) {
            account.saw(Long.parseLong(line.substring("number ".length())));
            heard.incrementAndGet();
        }
    }

    private void write(String password) throws IOException {
        Files.writeString(
                directory.resolve("pipelines.conf"),
                "[connection:Line]\npassword = " + password + "\nreconnect_max_delay = 100ms\n[general]\n");
    }

    private void untilHeardMore() {
        long before = heard.get();
        await().atMost(LIMIT).until(() -> heard.get() > before + 200);
    }

    @Test
    void losesNoEvent() throws Exception {
        write(LineServer.PASSWORD);
        try (LineServer server = new LineServer(this::hear)) {
            Application app = new Application(
                    lanes, blocking, "-c", directory.resolve("pipelines.conf").toString()) {};
            int port = server.address().getPort();
            app.pumpService().addConnection("Line", (a, id) -> new LineConnection(a, id, "127.0.0.1", port));
            Pipeline pipeline = app.pumpService().addPipeline(new Line(app));
            CompletableFuture<Integer> code = CompletableFuture.supplyAsync(app::run);
            try {
                rotate(app, server);
            } finally {
                app.stop();
            }
            assertThat(code.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isZero();
            assertThat(app.pumpService().pipelines()).containsExactly(pipeline);
        }
        account.expect(1, settled.get());
        assertThat(account.report().missing()).isZero();
        account.assertNothingMissing();
    }

    private void rotate(Application app, LineServer server) throws IOException {
        for (int i = 1; i <= ROTATIONS; i++) {
            untilHeardMore();
            String password = "password number " + i;
            if (i % 2 == 0) {
                server.rotate(password);
                write(password);
            } else {
                // The file comes first: the server still wants the old one, so the pump keeps it.
                write(password);
                assertThat(outcomes(app)).containsExactly(Outcome.KEPT);
                server.rotate(password);
            }
            assertThat(outcomes(app)).containsExactly(Outcome.UPDATED);
        }
        untilHeardMore();
    }

    private static List<Outcome> outcomes(Application app) {
        ReloadReport report = Objects.requireNonNull(app.reload().block(LIMIT));
        return report.items().stream().map(ReloadReport.Item::outcome).toList();
    }
}
