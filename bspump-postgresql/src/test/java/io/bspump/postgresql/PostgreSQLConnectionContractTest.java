package io.bspump.postgresql;

import io.bspump.Application;
import io.bspump.test.ConnectionContract;
import java.net.InetSocketAddress;
import java.util.Map;
import reactor.core.publisher.Mono;

/** What networks and servers do to a connection. */
class PostgreSQLConnectionContractTest extends ConnectionContract<PostgreSQLConnection> {

    private TestPostgres server;

    @Override
    protected InetSocketAddress startServer() {
        server = TestPostgres.start();
        return server.address();
    }

    @Override
    protected void stopServer() {
        server.close();
    }

    @Override
    protected PostgreSQLConnection createConnection(Application app, String id, String host, int port) {
        return new PostgreSQLConnection(app, id, Map.of("host", host, "port", port));
    }

    @Override
    protected Map<String, ?> settings() {
        return Map.of("user", TestPostgres.USER, "password", TestPostgres.PASSWORD, "pool_min", "1");
    }

    @Override
    protected Map<String, ?> wrongCredentials() {
        return Map.of("password", "wrong-one");
    }

    /** Over the pool. */
    @Override
    protected Mono<Void> probe(PostgreSQLConnection connection) {
        return connection
                .use(session -> session.createStatement("SELECT 1")
                        .execute()
                        .flatMap(result -> result.map((row, metadata) -> row.get(0, Integer.class))))
                .then();
    }
}
