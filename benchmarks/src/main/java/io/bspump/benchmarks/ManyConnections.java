package io.bspump.benchmarks;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.PumpService;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Ten thousand connections, half of which find nobody: prints heap and threads per connection, with and without their meters,
 * and how many references are taken and closed per second.
 */
public final class ManyConnections {

    private static final int COUNT = 10_000;
    private static final int REFERENCES = 5_000_000;
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private ManyConnections() {}

    public static void main(String... args) throws InterruptedException {
        Application app = new Application("--set", "logging:level=ERROR", "--set", "general:stop_when_finished=no");
        app.pumpService().addConnection(new Quiet(app, "warm up", true));
        long heap = heap();
        int threads = threads();
        long begin = System.nanoTime();
        List<Connection> made = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            made.add(app.pumpService().addConnection(new Quiet(app, "C" + i, i % 2 == 0)));
        }
        Thread main = new Thread(app::run, "main");
        main.start();
        try {
            Flux.range(0, COUNT / 2)
                    .flatMap(i -> made.get(2 * i).ready(), COUNT)
                    .then()
                    .block(LIMIT);
            double seconds = (System.nanoTime() - begin) / 1e9;
            System.out.printf("%d connections, half of them connected in %.1f s%n", COUNT, seconds);
            size(app, heap, threads);
            references(app.pumpService());
        } finally {
            app.stop();
            main.join();
        }
    }

    private static void size(Application app, long heap, int threads) {
        System.out.printf(
                "with meters: %.1f kB of heap each, %d threads more in all%n",
                (heap() - heap) / 1e3 / COUNT, threads() - threads);
        app.meterRegistry().clear();
        System.out.printf("without: %.1f kB of heap each%n", (heap() - heap) / 1e3 / COUNT);
    }

    private static void references(PumpService pumps) throws InterruptedException {
        attachAndDetach(pumps, REFERENCES / 10);
        System.out.printf("one thread: %.1f million attached and detached per second%n", rate(pumps, 1));
        int cores = Runtime.getRuntime().availableProcessors();
        System.out.printf("%d threads: %.1f million%n", cores, rate(pumps, cores));
    }

    private static double rate(PumpService pumps, int threads) throws InterruptedException {
        List<Thread> all = IntStream.range(0, threads)
                .mapToObj(i -> new Thread(() -> attachAndDetach(pumps, REFERENCES / threads)))
                .toList();
        long begin = System.nanoTime();
        all.forEach(Thread::start);
        for (Thread each : all) {
            each.join();
        }
        return REFERENCES / ((System.nanoTime() - begin) / 1e3);
    }

    private static void attachAndDetach(PumpService pumps, int times) {
        for (int i = 0; i < times; i++) {
            pumps.attach("C" + i % COUNT, Quiet.class, "benchmark").close();
        }
    }

    private static long heap() {
        System.gc(); // what is left is what is held
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static int threads() {
        return ManagementFactory.getThreadMXBean().getThreadCount();
    }

    private static final class Quiet extends Connection {
        private final boolean succeeds;

        Quiet(Application app, String id, boolean succeeds) {
            super(app, id, Map.of());
            this.succeeds = succeeds;
        }

        @Override
        protected Mono<Void> connect() {
            return succeeds ? Mono.empty() : Mono.error(new IllegalStateException("nobody there"));
        }

        @Override
        protected Mono<Void> disconnect() {
            return Mono.empty();
        }
    }
}
