package io.bspump.postgresql;

import io.bspump.test.FreePort;
import io.bspump.test.PumpProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A PostgreSQL server as a process of its own, with a fresh data directory, that can be killed and started again in its place. */
final class TestPostgres implements AutoCloseable {

    static final String USER = "postgres";
    static final String PASSWORD = "right-one";
    static final String DATABASE = "postgres";

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path directory;
    private int port;
    private final List<String> settings;
    private @Nullable PumpProcess process;

    private TestPostgres(int port, List<String> settings) throws IOException {
        this.directory = Files.createTempDirectory("test-postgres");
        this.port = port;
        this.settings = settings;
    }

    /** Starts one on a free port. */
    static TestPostgres start(String... settings) {
        return startOn(FreePort.find(), settings);
    }

    /**
     * Starts one.
     *
     * @param settings such as {@code max_connections=5}
     */
    static TestPostgres startOn(int port, String... settings) {
        try {
            TestPostgres server = new TestPostgres(port, List.of(settings));
            server.initialize();
            server.restart();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException("the server does not start", e);
        }
    }

    /**
     * Starts one on a free port that has its write-ahead log elsewhere, in small pieces.
     *
     * @param log an empty folder
     */
    static TestPostgres startWithLogIn(Path log) {
        try {
            TestPostgres server = new TestPostgres(FreePort.find(), List.of());
            server.initialize("--waldir=" + log, "--wal-segsize=1");
            server.restart();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException("the server does not start", e);
        }
    }

    private void initialize(String... more) throws IOException {
        Path password = Files.writeString(directory.resolve("password"), PASSWORD);
        List<String> line = PostgresBinaries.command("initdb");
        line.addAll(
                List.of("-D", data().toString(), "-U", USER, "-A", "scram-sha-256", "--pwfile", password.toString()));
        line.addAll(List.of("--no-sync", "-E", "UTF8", "--locale=C"));
        line.addAll(List.of(more));
        try (PumpProcess initdb = process(line)) {
            int exitCode = initdb.awaitExit(PATIENCE);
            if (exitCode != 0) {
                throw new IllegalStateException("initdb failed: " + initdb.output());
            }
        }
    }

    private static PumpProcess process(List<String> line) {
        return PumpProcess.command(line.get(0))
                .args(line.subList(1, line.size()).toArray(new String[0]))
                .start();
    }

    /** Starts it again, on the same port with the same data, after it was stopped or killed. */
    void restart() {
        List<String> line = PostgresBinaries.command("postgres");
        line.addAll(List.of("-D", data().toString(), "-p", Integer.toString(port), "-F", "-k", ""));
        Stream.concat(
                        Stream.of(
                                "listen_addresses=127.0.0.1",
                                "synchronous_commit=on",
                                "wal_level=logical",
                                "max_wal_senders=10",
                                "max_replication_slots=10",
                                "shared_buffers=32MB",
                                "max_connections=60"),
                        settings.stream())
                .forEach(setting -> line.addAll(List.of("-c", setting)));
        long limit = System.nanoTime() + PATIENCE.toNanos();
        while (!isReady(line, System.nanoTime() - limit > 0)) {
            process().close();
        }
    }

    /** Returns false if what is left of a server that was killed is in the way: a process that was born meanwhile ends by itself. */
    private boolean isReady(List<String> line, boolean last) {
        PumpProcess started = process(line);
        process = started;
        try {
            started.awaitLine("ready to accept", PATIENCE); // perhaps read-only ones
            return true;
        } catch (AssertionError e) {
            if (last
                    || started.output().stream().noneMatch(each -> each.contains("pre-existing shared memory block"))) {
                throw e;
            }
            return false;
        }
    }

    /** Starts it again on another port, as one that has taken over would be. */
    void restartOn(int other) {
        port = other;
        restart();
    }

    private PumpProcess process() {
        return Objects.requireNonNull(process, "it was never started");
    }

    /** Starts it again as one that only follows, though there is nobody to be followed. */
    void restartAsStandby() {
        try {
            Files.createFile(data().resolve("standby.signal"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        restart();
    }

    /** Sends it a signal. */
    void signal(String name) {
        process().signal(name);
    }

    /** Writes one of its files anew, such as {@code pg_hba.conf}. */
    void write(String file, String content) {
        try {
            Files.writeString(data().resolve(file), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path data() {
        return directory.resolve("data");
    }

    int port() {
        return port;
    }

    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** The keys of a section that leads here. */
    String section() {
        return """
                host = 127.0.0.1
                port = %d
                database = %s
                user = %s
                password = %s
                """
                .formatted(port, DATABASE, USER, PASSWORD);
    }

    /** What it has logged since it was started. */
    List<String> output() {
        return process().output();
    }

    /** The process id of the server. */
    long pid() {
        return process().pid();
    }

    /** Kills it with all its processes, without a chance to write anything down. */
    void kill9() {
        process().close();
    }

    /** Kills one of its processes, which makes it throw out all clients and recover. */
    void panic() {
        ProcessHandle victim = ProcessHandle.of(pid())
                .orElseThrow()
                .children()
                .max(Comparator.comparing(ProcessHandle::pid))
                .orElseThrow();
        victim.destroyForcibly();
    }

    /** Stops it in an orderly way, without waiting for clients. */
    void stop() {
        process().signal("INT");
        process().awaitExit(PATIENCE);
        process().close();
    }

    /** Lets it hang: connections stay open, nothing answers. */
    void freeze() {
        ProcessHandle.of(pid()).orElseThrow().descendants().forEach(each -> signal("STOP", each.pid()));
        process().signal("STOP");
    }

    /** Ends {@link #freeze}. */
    void thaw() {
        process().signal("CONT");
        ProcessHandle.of(pid()).orElseThrow().descendants().forEach(each -> signal("CONT", each.pid()));
    }

    private static void signal(String name, long pid) {
        try (PumpProcess kill =
                PumpProcess.command("kill").args("-s", name, Long.toString(pid)).start()) {
            kill.awaitExit(PATIENCE);
        }
    }

    String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + DATABASE;
    }

    /** A connection of the JDBC driver, as the superuser. */
    Connection open() throws SQLException {
        return DriverManager.getConnection(url(), USER, PASSWORD);
    }

    /** Runs statements one after the other. */
    void run(String... statements) {
        try (Connection connection = open();
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the test's own statement failed", e);
        }
    }

    /** The rows of a query, their values as texts in one line, {@code null} for null. */
    List<String> rows(String query) {
        try (Connection connection = open();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            List<String> rows = new ArrayList<>();
            while (result.next()) {
                List<String> values = new ArrayList<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    values.add(String.valueOf(result.getString(i)));
                }
                rows.add(String.join(" ", values));
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException("the test's own query failed", e);
        }
    }

    @Override
    public void close() {
        process().close();
        delete(directory);
    }

    /** Deletes a folder with all that is in it. */
    static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + folder, e);
        }
    }
}
