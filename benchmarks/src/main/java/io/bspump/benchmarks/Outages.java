package io.bspump.benchmarks;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.ConnectionState;
import io.bspump.ConnectionStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * How long it takes from the moment a server is back until a connection is: 200 outages of a minute with the default policy
 * on a simulated clock, and 200 of a real server when somebody asks for an attempt at once.
 */
public final class Outages {

    private static final int TRIALS = 200;
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final long DOWN = 30_000;

    private Outages() {}

    public static void main(String... args) throws Exception {
        simulated();
        retriedNow();
    }

    private static void print(String what, String unit, double[] times) {
        Arrays.sort(times);
        System.out.printf(
                "%s: median %.2f %s, worst %.2f %s of %d%n",
                what, times[TRIALS / 2], unit, times[TRIALS - 1], unit, TRIALS);
    }

    private static final class Simulated extends Application {
        Simulated(Scheduler time) {
            super(time, time, "--set", "logging:level=OFF", "--set", "general:stop_when_finished=no");
        }
    }

    private static void simulated() throws InterruptedException {
        VirtualTimeScheduler time = VirtualTimeScheduler.create();
        Application app = new Simulated(time);
        Random random = new Random();
        List<Trial> trials = new ArrayList<>();
        for (int i = 0; i < TRIALS; i++) {
            long back = DOWN + 60_000 + random.nextInt(1000);
            trials.add(app.pumpService().addConnection(new Trial(app, "C" + i, time, back)));
        }
        Thread main = new Thread(app::run, "main");
        main.start();
        try {
            while (main.getState() != Thread.State.WAITING) {
                main.join(1); // two threads must not drive the clock
            }
            time.advanceTimeTo(Instant.ofEpochMilli(DOWN));
            trials.forEach(Trial::cut);
            time.advanceTimeBy(Duration.ofMinutes(3));
            print(
                    "server back to connected, default policy, after an outage of a minute",
                    "s",
                    trials.stream().mapToDouble(Trial::seconds).toArray());
        } finally {
            app.stop();
            while (main.isAlive()) {
                time.advanceTimeBy(Duration.ofSeconds(1));
                main.join(10);
            }
        }
    }

    /** Finds nobody from the cut until the server is back. */
    private static final class Trial extends Connection {

        private final Scheduler time;
        private final long back;
        private volatile long connected;

        Trial(Application app, String id, Scheduler time, long back) {
            super(app, id);
            this.time = time;
            this.back = back;
        }

        @Override
        protected Mono<Void> connect() {
            return Mono.defer(() -> {
                long now = time.now(TimeUnit.MILLISECONDS);
                if (now >= DOWN && now < back) {
                    return Mono.error(new IOException("nobody listens"));
                }
                connected = now;
                return Mono.empty();
            });
        }

        @Override
        protected Mono<Void> disconnect() {
            return Mono.empty();
        }

        void cut() {
            lost(generation(), new IOException("cut"));
        }

        double seconds() {
            return (connected - back) / 1e3;
        }
    }

    private static void retriedNow() throws Exception {
        Application app = new Application("--set", "logging:level=OFF", "--set", "general:stop_when_finished=no");
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Dialling connection = app.pumpService().addConnection(new Dialling(app, port));
        Thread main = new Thread(app::run, "main");
        main.start();
        try {
            double[] times = new double[TRIALS];
            for (int i = 0; i < TRIALS; i++) {
                await(connection, ConnectionState.DISCONNECTED);
                try (ServerSocket server = new ServerSocket()) {
                    server.setReuseAddress(true);
                    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                    long back = System.nanoTime();
                    connection.retryNow();
                    await(connection, ConnectionState.CONNECTED);
                    times[i] = (System.nanoTime() - back) / 1e6;
                }
                connection.cut();
            }
            print("server back to connected, when told to try now", "ms", times);
        } finally {
            app.stop();
            main.join();
        }
    }

    private static void await(Connection connection, ConnectionState state) {
        connection
                .statusChanges()
                .map(ConnectionStatus::state)
                .filter(state::equals)
                .blockFirst(LIMIT);
    }

    private static final class Dialling extends Connection {

        private volatile Socket socket = new Socket();

        Dialling(Application app, int port) {
            super(app, "Dialling", Map.of("reconnect_delay", "10s", "port", port));
        }

        @Override
        protected Mono<Void> connect() {
            return Mono.fromCallable(
                            () -> socket = new Socket(InetAddress.getLoopbackAddress(), config().getInt("port")))
                    .then();
        }

        @Override
        protected Mono<Void> disconnect() {
            return Mono.fromCallable(() -> {
                        socket.close();
                        return socket;
                    })
                    .then();
        }

        void cut() {
            lost(generation(), new IOException("cut"));
        }
    }
}
