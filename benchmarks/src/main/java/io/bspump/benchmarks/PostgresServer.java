package io.bspump.benchmarks;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/** A PostgreSQL server, as a process of its own, for the time of a benchmark. */
final class PostgresServer implements AutoCloseable {

    private final EmbeddedPostgres server;

    PostgresServer() throws IOException {
        server = EmbeddedPostgres.builder()
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("shared_buffers", "512MB")
                .setServerConfig("max_wal_size", "4GB")
                .start();
    }

    int port() {
        return server.getPort();
    }

    /** What a connection's section says to come here. */
    Map<String, Object> connection() {
        return Map.of(
                "host",
                "127.0.0.1",
                "port",
                port(),
                "database",
                "postgres",
                "user",
                "postgres",
                "password",
                "postgres");
    }

    String jdbcUrl() {
        return server.getJdbcUrl("postgres", "postgres");
    }

    void execute(String... statements) throws SQLException {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    long count(String query) throws SQLException {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            result.next();
            return result.getLong(1);
        }
    }

    /** Runs a command of {@code psql}; false if there is no such program. */
    boolean psql(Path directory, String command) throws InterruptedException {
        try {
            Process psql = new ProcessBuilder(
                            "psql",
                            "-q",
                            "-h",
                            "127.0.0.1",
                            "-p",
                            Integer.toString(port()),
                            "-U",
                            "postgres",
                            "-c",
                            command)
                    .directory(directory.toFile())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            if (psql.waitFor() != 0) {
                throw new IllegalStateException("psql has failed");
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
