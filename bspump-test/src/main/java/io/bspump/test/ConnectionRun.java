package io.bspump.test;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.ConnectionEvent;
import io.bspump.ConnectionReference;
import io.bspump.ConnectionState;
import io.bspump.ConnectionStatus;
import io.bspump.ReloadReport;
import io.bspump.ReloadReport.Outcome;
import io.bspump.config.ConfigException;
import io.micrometer.core.instrument.Meter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** An application that runs, with one connection that is put to the test, and the record of what that has told. */
final class ConnectionRun<C extends Connection> implements AutoCloseable {

    private static final long STEP_NANOS = 1_000_000;
    private static final int THREADS = 4;

    private final Scheduler lanes = Schedulers.newParallel("contract-lane", 2, true);
    private final Scheduler blocking = Schedulers.newBoundedElastic(THREADS, 1000, "contract-blocking", 10, true);
    private final TestApplication app;
    private final FaultProxy proxy;
    private final Duration patience;
    private final BiFunction<Application, String, C> factory;
    private final String id;
    private final Path file;
    private final List<ConnectionStatus> told = new CopyOnWriteArrayList<>();
    private final Thread main;
    private C connection;
    private volatile boolean complete;

    /**
     * Runs it.
     *
     * @param values what stands in its section of the file
     */
    ConnectionRun(
            TesterSetup setup,
            FaultProxy proxy,
            Duration patience,
            String id,
            Map<String, ?> values,
            BiFunction<Application, String, C> factory) {
        this.proxy = proxy;
        this.patience = patience;
        this.id = id;
        this.factory = factory;
        file = temporary();
        write(values);
        app = setup.application(lanes, blocking, output -> {}, file);
        connection = app.pumpService().addConnection(id, factory);
        if (!app.configuration().problems().isEmpty()) {
            throw new ConfigException(app.configuration().problems());
        }
        listen();
        main = new Thread(app::run, "contract-application");
        main.setDaemon(true);
        main.start();
    }

    private void listen() {
        told.clear();
        complete = false;
        connection.statusChanges().subscribe(told::add, e -> {}, () -> complete = true);
    }

    private static Path temporary() {
        try {
            return Files.createTempFile("pipelines", ".conf");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a file for the configuration", e);
        }
    }

    private void write(Map<String, ?> values) {
        StringBuilder text = new StringBuilder("[connection:" + id + "]\n");
        values.forEach((key, value) -> text.append(key)
                .append(" = ")
                .append(value.toString().replace("$", "$$").replace("\n", "\n    "))
                .append('\n'));
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the configuration", e);
        }
    }

    /** Writes other values into the section of the file and has it read again; the connection must end up like that. */
    @SuppressWarnings("unchecked") // what stands there was made by the factory
    void reload(Map<String, ?> values, Outcome expected) {
        write(values);
        List<ReloadReport> reports = new CopyOnWriteArrayList<>();
        // Refused until the start is over.
        until("must be reloaded", () -> attempt(app.reload().doOnNext(reports::add), patience) == null);
        List<Outcome> outcomes = reports.stream()
                .flatMap(report -> report.items().stream())
                .map(ReloadReport.Item::outcome)
                .toList();
        check(outcomes.equals(List.of(expected)), "must be " + expected + " by a reload, but " + reports);
        Connection now = app.pumpService().locateConnection(id);
        if (now != connection) {
            connection = (C) now;
            listen();
        }
    }

    C connection() {
        return connection;
    }

    ConnectionStatus status() {
        return connection.status();
    }

    long generation() {
        return status().generation();
    }

    /** Tells whether it has ever said so since it was made. */
    boolean hasTold(Predicate<ConnectionStatus> what) {
        return told.stream().anyMatch(what);
    }

    void check(boolean holds, String rule) {
        if (!holds) {
            throw new AssertionError(rule + "\n" + this);
        }
    }

    void until(String rule, BooleanSupplier condition) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            check(System.nanoTime() - deadline < 0, rule);
            LockSupport.parkNanos(STEP_NANOS);
        }
    }

    void untilConnected(String rule) {
        until(rule, () -> {
            ConnectionStatus seen = status();
            check(!seen.isConnected() || seen.lastError() == null, "must show no error while it is connected");
            return seen.isConnected();
        });
    }

    /** For the time in which somebody might do what nobody should. */
    void pause(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - end < 0) {
            LockSupport.parkNanos(STEP_NANOS);
        }
    }

    /** Returns null if the work was done in time, else the error. */
    @Nullable
    Throwable attempt(Mono<?> work, Duration timeout) {
        return work.timeout(timeout)
                .then(Mono.<Throwable>empty())
                .onErrorResume(Mono::just)
                .block();
    }

    /** The sum of the meters of this connection with the name; not a number if there is none. */
    double meter(String name) {
        Collection<Meter> meters = app.meterRegistry()
                .find("bspump.connection." + name)
                .tag("connection", connection.id())
                .meters();
        return meters.isEmpty()
                ? Double.NaN
                : meters.stream()
                        .mapToDouble(meter -> meter.measure().iterator().next().getValue())
                        .sum();
    }

    /** Waits until the meter of the status shows the state. */
    void untilMetered() {
        until(
                "the meter bspump.connection.status must show the state",
                () -> meter("status") == status().state().gauge());
    }

    /** Refers to the connection in the name of the contract. */
    ConnectionReference<Connection> refer() {
        return app.pumpService().attach(connection.id(), Connection.class, "the contract");
    }

    /** Puts another one in the place of the connection. */
    void update() {
        C next = factory.apply(app, id);
        Throwable error = attempt(app.pumpService().updateConnection(next), patience);
        check(error == null, "must connect beside the one whose place it takes, " + error);
        connection = next;
    }

    /** Removes the connection, which must end in time, and looks at all it has told. */
    void remove() {
        Throwable error = attempt(app.pumpService().removeConnection(connection.id()), patience);
        check(error == null, "must close in time when it is removed, " + error);
        check(status().state() == ConnectionState.CLOSED, "must be closed when it is removed");
        check(Double.isNaN(meter("status")), "must take its meters along when it is removed");
        until("must end its status changes when it is closed", () -> complete);
        checkOrder();
    }

    private void checkOrder() {
        for (int i = 1; i < told.size(); i++) {
            ConnectionStatus before = told.get(i - 1);
            ConnectionStatus after = told.get(i);
            check(after.generation() >= before.generation(), "must tell its changes in order");
            check(!after.since().isBefore(before.since()), "must tell its changes in order");
        }
        List<ConnectionEvent> history = connection.history();
        for (int i = 1; i < history.size(); i++) {
            check(history.get(i).from() == history.get(i - 1).to(), "must have a history without gaps");
        }
    }

    @Override
    public void close() {
        app.stop();
        try {
            main.join(patience.toMillis());
            boolean ended = !main.isAlive();
            main.interrupt();
            check(ended, "must not keep the application from stopping");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lanes.dispose();
            blocking.dispose();
            delete();
        }
    }

    private void delete() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete the configuration", e);
        }
    }

    @Override
    public String toString() {
        String history = connection.history().stream()
                .map(event -> "\n  " + event.at() + " " + event.from() + " -> " + event.to() + ": " + event.cause())
                .collect(Collectors.joining());
        return status() + "\n" + proxy + "\nhistory:" + history;
    }
}
