package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

class PoolMetersTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private static TestPump pump(TestPostgres server, Path directory) {
        return new TestPump(
                        directory,
                        "[connection:Store]\ntype = postgresql\npool_max = 2\nreconnect_delay = 20ms\n"
                                + "reconnect_max_delay = 200ms\n" + server.section()
                                + "[general]\nstop_when_finished = no\n")
                .start();
    }

    private static Gauge gauge(MeterRegistry registry, String name) {
        return registry.find("bspump.postgresql.pool." + name)
                .tags("connection", "Store", "type", "PostgreSQLConnection")
                .gauge();
    }

    /** Acquired, idle, pending, max. */
    private static List<Integer> figures(TestPump pump) {
        List<Integer> figures = new ArrayList<>();
        for (String name : List.of("acquired", "idle", "pending", "max")) {
            figures.add((int) gauge(pump.app().meterRegistry(), name).value());
        }
        return figures;
    }

    private static void until(TestPump pump, Integer... figures) {
        TestPump.until(() -> figures(pump).equals(List.of(figures)));
    }

    @Test
    void tellWhatThePoolIsDoing() {
        try (TestPostgres server = TestPostgres.start();
                TestPump pump = pump(server, directory)) {
            pump.untilConnected();
            assertThat(figures(pump)).containsExactly(0, 0, 0, 2);
            Disposable first = hold(pump);
            until(pump, 1, 0, 0, 2);
            Disposable second = hold(pump);
            Disposable third = hold(pump);
            until(pump, 2, 0, 1, 2);
            third.dispose();
            until(pump, 2, 0, 0, 2);
            pump.connection().use(session -> Mono.empty()).subscribe();
            until(pump, 2, 0, 1, 2);
            first.dispose(); // which is closed then, as nobody knows what it was doing
            until(pump, 1, 1, 0, 2);
            second.dispose();
            until(pump, 0, 1, 0, 2);
        }
    }

    private static Disposable hold(TestPump pump) {
        return pump.connection().use(session -> Mono.never()).subscribe();
    }

    @Test
    void stayThroughOutagesAndGoWithTheConnection() {
        try (TestPostgres server = TestPostgres.start();
                TestPump pump = pump(server, directory)) {
            pump.untilConnected();
            pump.connection().use(session -> Mono.empty()).blockLast(PATIENCE);
            until(pump, 0, 1, 0, 2);
            server.kill9();
            TestPump.until(() -> !pump.status().isConnected());
            until(pump, 0, 0, 0, 2);
            server.restart();
            pump.untilConnected();
            pump.connection().use(session -> Mono.empty()).blockLast(PATIENCE);
            until(pump, 0, 1, 0, 2);
            MeterRegistry registry = pump.app().meterRegistry();
            pump.app().pumpService().removeConnection("Store").block(PATIENCE);
            for (String name : List.of("acquired", "idle", "pending", "max")) {
                assertThat(gauge(registry, name)).as(name).isNull();
            }
        }
    }
}
