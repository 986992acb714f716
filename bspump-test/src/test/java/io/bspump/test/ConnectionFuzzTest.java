package io.bspump.test;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever people and networks do to a connection, in any order: it comes back, and it lets go in the end. */
@Timeout(180)
class ConnectionFuzzTest {

    private static final int STEPS = 40;
    private static final Duration QUIET = Duration.ofMillis(200);

    private static final Map<String, Object> POLICY = Map.of(
            "reconnect_delay", "1ms",
            "reconnect_max_delay", "20ms",
            "connect_timeout", "100ms",
            "ping_interval", "20ms",
            "ping_timeout", "50ms");

    @Test
    void comesBackAndLetsGoAfterAnything() throws IOException {
        for (int seed = 1; seed <= 20; seed++) {
            fuzz(seed);
        }
    }

    private static void fuzz(long seed) throws IOException {
        Random random = new Random(seed);
        TesterSetup setup =
                PipelineTester.setup().configuration("logging", Map.of("levels", "io.bspump.Connection OFF"));
        try (LineServer server = new LineServer();
                FaultProxy proxy =
                        FaultProxy.start("127.0.0.1", server.address().getPort());
                ConnectionRun<LineConnection> run = new ConnectionRun<>(
                        setup,
                        proxy,
                        Duration.ofSeconds(20),
                        "Fuzz",
                        POLICY,
                        (app, id) -> new LineConnection(app, id, proxy.host(), proxy.port()))) {
            proxy.play(FaultScript.random(STEPS, Duration.ofMillis(10), seed).forever());
            for (int i = 0; i < STEPS; i++) {
                step(run.connection(), random);
                run.pause(Duration.ofMillis(random.nextInt(15)));
            }
            if (random.nextBoolean()) {
                proxy.heal();
                run.connection().enable();
                run.until("must come back, seed " + seed, () -> works(run));
                run.untilMetered();
            }
            run.remove();
            proxy.heal();
            run.until("must let go, seed " + seed, () -> proxy.open() == 0);
            long accepted = proxy.accepted();
            run.pause(QUIET);
            run.check(proxy.accepted() == accepted, "must not dial when it is removed, seed " + seed);
        }
    }

    private static boolean works(ConnectionRun<LineConnection> run) {
        return run.status().isConnected() && run.attempt(run.connection().ask("hello"), Duration.ofSeconds(1)) == null;
    }

    private static void step(LineConnection connection, Random random) {
        switch (random.nextInt(6)) {
            case 0 -> connection.disable();
            case 1, 2 -> connection.enable();
            case 3 -> connection.retryNow();
            case 4 -> connection.check().subscribe();
            default -> connection.loseIt();
        }
    }
}
