package io.bspump.benchmarks;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.lookup.AsyncLookupEnricher;
import io.bspump.postgresql.PostgreSQLConnection;
import io.bspump.postgresql.PostgreSQLLookup;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.spi.Connection;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * 100 000 events that look up a row each, in a table of a million: by a pump whose cache is empty, by the same once more, and by hand
 * with one query per event on as many sessions as are best. Prints events per second.
 */
public final class PostgresLookups {

    private static final int EVENTS = 100_000;
    private static final int ROWS = 1_000_000;
    private static final int SESSIONS = 8;
    private static final int ROUNDS = 3;

    private final PostgresServer server;
    private final RunningPump pump = new RunningPump();
    private int made;

    private PostgresLookups(PostgresServer server) {
        this.server = server;
    }

    public static void main(String... args) throws Exception {
        try (PostgresServer server = new PostgresServer()) {
            server.execute(
                    "CREATE TABLE rows (id bigint PRIMARY KEY, name text, price double precision)",
                    "INSERT INTO rows SELECT i, 'name' || i, i / 8.0 FROM generate_series(0, " + (ROWS - 1) + ") i",
                    "VACUUM ANALYZE rows");
            new PostgresLookups(server).run();
        }
        System.exit(0); // threads of the driver may be left
    }

    private void run() throws InterruptedException {
        pump.start();
        pump.connect(app -> new PostgreSQLConnection(app, "Database", server.connection()));
        System.out.println("| events looked up | cold, events/s | warm, events/s | one query each, events/s |");
        System.out.println("| --- | ---: | ---: | ---: |");
        for (int round = -1; round < ROUNDS; round++) {
            long[] keys = new Random(round).longs(EVENTS, 0, ROWS).toArray();
            String lookup = "Rows" + made++;
            long cold = pump(lookup, keys, true);
            long warm = pump(lookup, keys, false);
            long loop = loop(keys);
            if (round >= 0) {
                System.out.printf("| %,d | %,.0f | %,.0f | %,.0f |%n", EVENTS, rate(cold), rate(warm), rate(loop));
            }
        }
        pump.stop();
    }

    private static double rate(long nanos) {
        return EVENTS * 1e9 / nanos;
    }

    private static final class Enriching extends Pipeline {

        Enriching(Application app, String lookup, long[] keys, boolean first) {
            super(app, "Enriching");
            Map<String, String> config = Map.of(
                    "connection", "Database", "table", "rows", "key", "id", "cache_size", Integer.toString(2 * EVENTS));
            if (first) {
                app.pumpService().addLookup(new PostgreSQLLookup(app, lookup, config));
            }
            Iterable<Map<String, Object>> events =
                    () -> LongStream.of(keys).mapToObj(Enriching::event).iterator();
            build(
                    new IteratorSource<>(app, this, events),
                    new AsyncLookupEnricher(
                            app, this, null, Map.of("lookup", lookup, "key", "id", "concurrency", "4000")),
                    new NullSink(app, this));
        }

        private static Map<String, Object> event(long key) {
            Map<String, Object> event = new HashMap<>();
            event.put("id", key);
            return event;
        }
    }

    private long pump(String lookup, long[] keys, boolean first) {
        long begin = System.nanoTime();
        pump.run(app -> new Enriching(app, lookup, keys, first));
        return System.nanoTime() - begin;
    }

    private long loop(long[] keys) {
        PostgresqlConnectionFactory factory =
                new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
                        .host("127.0.0.1")
                        .port(server.port())
                        .database("postgres")
                        .username("postgres")
                        .password("postgres")
                        .build());
        ConnectionPool pool = new ConnectionPool(ConnectionPoolConfiguration.builder(factory)
                .initialSize(SESSIONS)
                .maxSize(SESSIONS)
                .build());
        pool.warmup().block();
        long begin = System.nanoTime();
        Long found = Flux.fromStream(LongStream.of(keys).boxed())
                .flatMap(
                        key -> Mono.usingWhen(pool.create(), session -> find(session, key), Connection::close),
                        SESSIONS)
                .count()
                .block();
        long nanos = System.nanoTime() - begin;
        pool.dispose();
        if (found == null || found != keys.length) {
            throw new IllegalStateException(found + " of " + keys.length + " were found");
        }
        return nanos;
    }

    private static Mono<Map<String, Object>> find(Connection session, long key) {
        return Mono.from(session.createStatement("SELECT name, price FROM rows WHERE id = $1")
                        .bind(0, key)
                        .execute())
                .flatMap(result -> Mono.from(result.map((row, metadata) -> {
                    Map<String, Object> event = new HashMap<>();
                    event.put("id", key);
                    event.put("name", row.get(0));
                    event.put("price", row.get(1));
                    return event;
                })));
    }
}
