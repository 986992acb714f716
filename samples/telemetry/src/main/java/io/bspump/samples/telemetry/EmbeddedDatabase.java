package io.bspump.samples.telemetry;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A PostgreSQL server, with the tables of {@code schema.sql}, as a process of its own. It trusts everybody on this machine. */
final class EmbeddedDatabase implements EmbeddedServer {

    private static final String USER = "postgres";

    private final int port = EmbeddedServer.freePort();
    private @Nullable EmbeddedPostgres server;

    @Override
    public String name() {
        return "database";
    }

    /** Returns the keys of a connection that leads here. */
    Map<String, Object> connection() {
        return Map.of("host", "127.0.0.1", "port", port, "database", USER, "user", USER, "password", USER);
    }

    @Override
    public String invitation() {
        return "The embedded database listens on 127.0.0.1:" + port + ", look: psql -h 127.0.0.1 -p " + port + " -U "
                + USER + " -c 'SELECT * FROM telemetry ORDER BY second DESC LIMIT 12'";
    }

    @Override
    public void start(Path directory) throws IOException, SQLException {
        EmbeddedServer.quieten("io.zonky.test");
        EmbeddedPostgres started = EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(directory.resolve("programs").toFile())
                .setDataDirectory(directory.resolve("database"))
                .setCleanDataDirectory(false)
                .setPort(port)
                // What it has confirmed it still has when it is killed.
                .setServerConfig("synchronous_commit", "on")
                .start();
        server = started;
        try (Connection connection = started.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(schema());
        }
    }

    private static String schema() throws IOException {
        try (InputStream file = Objects.requireNonNull(EmbeddedDatabase.class.getResourceAsStream("schema.sql"))) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Override
    public void stop() throws IOException {
        if (server != null) {
            server.close();
            server = null;
        }
    }
}
