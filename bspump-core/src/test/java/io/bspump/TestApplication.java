package io.bspump;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

/** An application in virtual time that keeps what it prints and writes down its topics; to be closed. */
final class TestApplication extends Application implements AutoCloseable {

    final VirtualTimeScheduler time;
    final List<String> journal = new CopyOnWriteArrayList<>();
    private final Scheduler worker;
    private final ByteArrayOutputStream out;
    private final ByteArrayOutputStream err;

    private TestApplication(
            VirtualTimeScheduler time,
            Scheduler worker,
            ByteArrayOutputStream out,
            ByteArrayOutputStream err,
            String... args) {
        super(time, worker, false, new Console(printer(out), printer(err)), args);
        this.time = time;
        this.worker = worker;
        this.out = out;
        this.err = err;
        for (String topic : List.of("init!", "run!", "stop!", "exit!", "hup!")) {
            pubSub().subscribe("Application." + topic, message -> journal.add(topic));
        }
    }

    static TestApplication of(String... args) {
        return new TestApplication(
                VirtualTimeScheduler.create(),
                Schedulers.newBoundedElastic(4, 1000, "test-blocking", 1, true),
                new ByteArrayOutputStream(),
                new ByteArrayOutputStream(),
                args);
    }

    private static PrintStream printer(ByteArrayOutputStream stream) {
        return new PrintStream(stream, true, StandardCharsets.UTF_8);
    }

    /** Adds a pipeline that writes its start and stop into the journal too. */
    FakePipeline addFake(String id) {
        return pumpService().addPipeline(new FakePipeline(this, id));
    }

    /** Runs on a thread of its own. */
    Run runInBackground() {
        CompletableFuture<Integer> code = new CompletableFuture<>();
        Thread thread = new Thread(() -> complete(code, this::run), "test-main");
        thread.setDaemon(true);
        thread.start();
        return new Run(thread, code);
    }

    private static void complete(CompletableFuture<Integer> code, Supplier<Integer> run) {
        try {
            code.complete(run.get());
        } catch (RuntimeException | Error e) {
            code.completeExceptionally(e);
        }
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        stop();
        worker.dispose();
        time.dispose();
    }

    record Run(Thread thread, CompletableFuture<Integer> code) {
        int exitCode() throws Exception {
            return code.get(20, TimeUnit.SECONDS);
        }
    }
}
