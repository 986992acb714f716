package io.bspump.postgresql;

import io.bspump.Application;
import io.bspump.ConnectionStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A real application in this JVM. */
final class TestPump implements AutoCloseable {

    private final Scheduler lanes = Schedulers.newParallel("test-lane", 2, true);
    private final Scheduler blocking = Schedulers.newBoundedElastic(8, 1000, "test-blocking", 10, true);
    private final Path file;
    private final Application app;
    private final Thread main;
    private volatile int exitCode = -1;

    TestPump(Path directory, String configuration) {
        try {
            file = Files.createTempFile(directory, "pipelines", ".conf");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        configure(configuration);
        app = new Application(lanes, blocking, "-c", file.toString()) {};
        main = new Thread(() -> exitCode = app.run(), "test-application");
        main.setDaemon(true);
    }

    /** Writes the file anew. */
    void configure(String configuration) {
        try {
            Files.writeString(file, configuration);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Application app() {
        return app;
    }

    /** Begins to run what has been added. */
    TestPump start() {
        main.start();
        return this;
    }

    int exitCode() {
        until(() -> !main.isAlive());
        return exitCode;
    }

    PostgreSQLConnection connection() {
        return (PostgreSQLConnection) app.pumpService().locateConnection("Store");
    }

    ConnectionStatus status() {
        return connection().status();
    }

    void untilConnected() {
        until(() -> status().isConnected());
    }

    /** The error of a connection that is not up, once there is one. */
    ConnectionStatus.Failure failure() {
        until(() -> !status().isConnected() && status().lastError() != null);
        return status().lastError();
    }

    static void until(Callable<Boolean> condition) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(5))
                .until(condition);
    }

    @Override
    public void close() {
        app.stop();
        if (main.isAlive()) {
            until(() -> !main.isAlive());
        }
        lanes.dispose();
        blocking.dispose();
    }
}
