package io.bspump.benchmarks;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Sink;
import io.bspump.postgresql.PostgreSQLConnection;
import io.bspump.postgresql.PostgreSQLSource;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.ColumnMetadata;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.RowMetadata;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Mono;

/**
 * A table read row by row into maps by a pump, and by a hand-written loop over the same driver with the same query and fetch
 * size, in turn on one server. With the argument {@code heap} a table of 10 million rows is read once, and the heap after
 * collections is printed on the way.
 */
public final class PostgresReads {

    private static final int ROUNDS = 5;
    private static final int ROWS = 2_000_000;
    private static final int WARM_UPS = 3;
    private static final int LARGE = 10_000_000;
    private static final int FETCH = 1000;
    private static final String QUERY = "SELECT id, name, note, price FROM rows";

    private PostgresReads() {}

    public static void main(String... args) throws Exception {
        boolean heap = args.length > 0 && args[0].equals("heap");
        try (PostgresServer server = new PostgresServer()) {
            fill(server, heap ? LARGE : ROWS);
            if (heap) {
                readAll(server);
            } else {
                compare(server);
            }
        }
        System.exit(0); // threads of the driver may be left
    }

    private static void fill(PostgresServer server, int rows) throws Exception {
        server.execute(
                "CREATE TABLE rows (id bigint, name text, note text, price double precision)",
                "INSERT INTO rows SELECT i, 'name' || i % 100000, repeat('x', 80), i / 8.0 FROM generate_series(0, "
                        + (rows - 1) + ") i",
                "VACUUM ANALYZE rows");
    }

    private static void compare(PostgresServer server) throws InterruptedException {
        long[] pumps = new long[ROUNDS];
        long[] loops = new long[ROUNDS];
        for (int round = -WARM_UPS; round < ROUNDS; round++) {
            boolean pumpFirst = round % 2 == 0;
            long first = pumpFirst ? pump(server, ROWS) : loop(server);
            long second = pumpFirst ? loop(server) : pump(server, ROWS);
            if (round >= 0) {
                pumps[round] = pumpFirst ? first : second;
                loops[round] = pumpFirst ? second : first;
            }
        }
        Arrays.sort(pumps);
        Arrays.sort(loops);
        double mine = ROWS * 1e9 / pumps[ROUNDS / 2];
        double theirs = ROWS * 1e9 / loops[ROUNDS / 2];
        System.out.println("| rows read | pump, rows/s | loop, rows/s | ratio |");
        System.out.println("| --- | ---: | ---: | ---: |");
        System.out.printf("| fetch size %d | %,.0f | %,.0f | %.2f |%n", FETCH, mine, theirs, mine / theirs);
    }

    private static final class Reading extends Pipeline {

        Reading(Application app, AtomicLong count, long expected) {
            super(app, "Reading");
            Map<String, String> source = Map.of("query", QUERY, "fetch_size", Integer.toString(FETCH));
            build(new PostgreSQLSource(app, this, "Database", null, source), new Counting(app, this, count, expected));
        }
    }

    private static final class Counting extends Sink<Map<String, Object>> {

        private final AtomicLong count;
        private final long step;

        Counting(Application app, Pipeline pipeline, AtomicLong count, long expected) {
            super(app, pipeline);
            this.count = count;
            this.step = expected < LARGE ? Long.MAX_VALUE : expected / 10;
        }

        @Override
        protected Mono<Void> process(Context context, Map<String, Object> event) {
            long number = count.getAndIncrement() + 1;
            return number % step == 0 ? Mono.fromRunnable(() -> report(number)) : Mono.empty();
        }

        private static void report(long number) {
            System.gc();
            long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
            System.out.printf("%,d rows, %.1f MB on the heap%n", number, used / 1e6);
        }
    }

    private static long pump(PostgresServer server, long expected) throws InterruptedException {
        AtomicLong count = new AtomicLong();
        RunningPump pump = new RunningPump();
        pump.start();
        try {
            pump.connect(app -> new PostgreSQLConnection(app, "Database", server.connection()));
            long begin = System.nanoTime();
            pump.run(app -> new Reading(app, count, expected));
            long nanos = System.nanoTime() - begin;
            check(count.get(), expected);
            return nanos;
        } finally {
            pump.stop();
        }
    }

    private static void readAll(PostgresServer server) throws InterruptedException {
        long nanos = pump(server, LARGE);
        System.out.printf("%,d rows in %.1f s%n", LARGE, nanos / 1e9);
    }

    private static void check(long count, long expected) {
        if (count != expected) {
            throw new IllegalStateException(count + " of " + expected + " rows came");
        }
    }

    private static long loop(PostgresServer server) {
        PostgresqlConnectionFactory factory =
                new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
                        .host("127.0.0.1")
                        .port(server.port())
                        .database("postgres")
                        .username("postgres")
                        .password("postgres")
                        .build());
        PostgresqlConnection connection = factory.create().block();
        if (connection == null) {
            throw new IllegalStateException("no connection");
        }
        long begin = System.nanoTime();
        Long count = connection
                .beginTransaction()
                .thenMany(connection.createStatement(QUERY).fetchSize(FETCH).execute())
                .concatMap(result -> result.map(PostgresReads::map))
                .count()
                .block();
        long nanos = System.nanoTime() - begin;
        connection.close().block();
        check(count == null ? 0 : count, ROWS);
        return nanos;
    }

    private static Map<String, Object> map(Row row, RowMetadata metadata) {
        List<? extends ColumnMetadata> columns = metadata.getColumnMetadatas();
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            map.put(columns.get(i).getName(), row.get(i));
        }
        return map;
    }
}
