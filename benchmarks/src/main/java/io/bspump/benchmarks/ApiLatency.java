package io.bspump.benchmarks;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.web.WebService;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A pump with 500 connections of which 100 hang, ten of these on a thread: prints how long {@code GET /connections} takes,
 * for one client and for eight.
 */
public final class ApiLatency {

    private static final int COUNT = 500;
    private static final int HANGING = 100;
    private static final int REQUESTS = 2_000;
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private ApiLatency() {}

    public static void main(String... args) throws InterruptedException {
        Application app = new Application(
                "--set", "logging:level=ERROR", "--set", "general:stop_when_finished=no", "--set", "web:listen=0");
        List<Connection> up = new ArrayList<>();
        for (int i = HANGING; i < COUNT; i++) {
            up.add(app.pumpService().addConnection(new Far(app, "C" + i, i)));
        }
        CountDownLatch running = new CountDownLatch(1);
        app.pubSub().subscribe("Application.run!", message -> running.countDown());
        Thread main = new Thread(app::run, "main");
        main.start();
        try {
            running.await();
            Flux.fromIterable(up).flatMap(Connection::ready, COUNT).then().block(LIMIT);
            for (int i = 0; i < HANGING; i++) {
                app.pumpService().addConnection(new Far(app, "C" + i, i));
            }
            int port = app.getService(WebService.class).address().orElseThrow().getPort();
            URI uri = URI.create("http://127.0.0.1:" + port + "/connections");
            measure(uri, 1);
            print("one client", measure(uri, 1));
            print("eight clients", measure(uri, 8));
        } finally {
            app.stop();
            main.join();
        }
    }

    private static long[] measure(URI uri, int clients) throws InterruptedException {
        long[] nanos = new long[REQUESTS];
        List<Thread> all = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            int from = i * (REQUESTS / clients);
            Thread thread = new Thread(() -> ask(uri, nanos, from, from + REQUESTS / clients));
            all.add(thread);
            thread.start();
        }
        for (Thread thread : all) {
            thread.join();
        }
        Arrays.sort(nanos);
        return nanos;
    }

    private static void ask(URI uri, long[] nanos, int from, int to) {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        try {
            for (int i = from; i < to; i++) {
                long begin = System.nanoTime();
                HttpResponse<String> answer =
                        client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
                nanos[i] = System.nanoTime() - begin;
                if (answer.statusCode() != 200) {
                    throw new IllegalStateException(answer.body());
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void print(String who, long[] sorted) {
        System.out.printf(
                "%s: median %.1f ms, p99 %.1f ms, longest %.1f ms%n",
                who,
                sorted[sorted.length / 2] / 1e6,
                sorted[sorted.length * 99 / 100] / 1e6,
                sorted[sorted.length - 1] / 1e6);
    }

    private static final class Far extends Connection {

        private final int number;

        Far(Application app, String id, int number) {
            super(app, id, Map.of("connect_timeout", "1h", "host", "far-" + id, "password", "secret of " + id));
            this.number = number;
        }

        @Override
        protected Mono<Void> connect() {
            if (number >= HANGING) {
                return Mono.empty();
            }
            return number % 10 == 0 ? Mono.fromRunnable(Far::block) : Mono.never();
        }

        private static void block() {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        protected Mono<Void> disconnect() {
            return Mono.empty();
        }
    }
}
