package io.bspump.benchmarks;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.postgresql.PostgreSQLConnection;
import io.bspump.postgresql.PostgreSQLSink;
import io.bspump.source.IteratorSource;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.LongStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Rows of a bigint, two texts and a double, written to a table by a pump, by {@code psql \copy}, by a hand-written loop over the
 * same driver with the same statements, and by a JDBC batch with {@code reWriteBatchedInserts}, in turn on one server. Prints
 * the medians.
 */
public final class PostgresWrites {

    private static final int ROUNDS = 5;
    private static final int COPIED = 1_000_000;
    private static final int INSERTED = 300_000;
    private static final int BATCH = 1000;
    private static final String NOTE = "x".repeat(80);
    private static final String COLUMNS = "id, name, note, price";

    private final PostgresServer server;
    private final Path directory;

    private final RunningPump pump = new RunningPump();

    private PostgresWrites(PostgresServer server, Path directory) throws InterruptedException {
        this.server = server;
        this.directory = directory;
        pump.start();
        pump.connect(app -> new PostgreSQLConnection(app, "Database", server.connection()));
    }

    /** One way of doing it. */
    private interface Way {
        void write(int rows) throws Exception;
    }

    /**
     * Measures and prints.
     *
     * @param args the modes to measure; all without
     */
    public static void main(String... args) throws Exception {
        Path directory = Files.createTempDirectory("benchmark");
        try (PostgresServer server = new PostgresServer()) {
            PostgresWrites benchmark = new PostgresWrites(server, directory);
            System.out.println("| rows written | pump, rows/s | against | rows/s | ratio |");
            System.out.println("| --- | ---: | --- | ---: | ---: |");
            for (String mode : args.length == 0 ? new String[] {"copy", "insert", "upsert"} : args) {
                if (mode.equals("copy")) {
                    benchmark.copies();
                } else {
                    benchmark.inserts(mode);
                }
            }
            benchmark.pump.stop();
        } finally {
            Files.deleteIfExists(directory.resolve("rows.tsv"));
            Files.delete(directory);
        }
        System.exit(0); // threads of the driver may be left
    }

    private void copies() throws Exception {
        writeFile();
        Way psql = rows -> server.psql(directory, "\\copy rows (" + COLUMNS + ") FROM 'rows.tsv'");
        server.execute(table());
        if (server.psql(directory, "\\copy rows (" + COLUMNS + ") FROM 'rows.tsv'")) {
            compare("copy, batches of 10 000", COPIED, rows -> pump("copy", rows, 10_000, 1), "`psql \\copy`", psql);
            compare("the same, two at a time", COPIED, rows -> pump("copy", rows, 10_000, 2), "`psql \\copy`", psql);
        }
    }

    private void inserts(String mode) throws Exception {
        Way pump = rows -> pump(mode, rows, BATCH, 1);
        String what = mode + ", batches of " + BATCH;
        compare(what, INSERTED, pump, "a loop over r2dbc-postgresql", rows -> loop(mode, rows));
        compare(what, INSERTED, pump, "JDBC, `reWriteBatchedInserts`", rows -> jdbc(mode, rows));
    }

    private void compare(String what, int rows, Way pump, String other, Way loop) throws Exception {
        long[] pumps = new long[ROUNDS];
        long[] loops = new long[ROUNDS];
        for (int round = -1; round < ROUNDS; round++) {
            // In turn who comes first; the first round warms up.
            boolean pumpFirst = round % 2 == 0;
            long first = nanos(pumpFirst ? pump : loop, rows);
            long second = nanos(pumpFirst ? loop : pump, rows);
            if (round >= 0) {
                pumps[round] = pumpFirst ? first : second;
                loops[round] = pumpFirst ? second : first;
            }
        }
        Arrays.sort(pumps);
        Arrays.sort(loops);
        double mine = rows * 1e9 / pumps[ROUNDS / 2];
        double theirs = rows * 1e9 / loops[ROUNDS / 2];
        System.out.printf("| %s | %,.0f | %s | %,.0f | %.2f |%n", what, mine, other, theirs, mine / theirs);
    }

    private static String[] table() {
        return new String[] {
            "DROP TABLE IF EXISTS rows",
            "CREATE TABLE rows (id bigint PRIMARY KEY, name text, note text, price double precision)",
            "CHECKPOINT"
        };
    }

    private long nanos(Way way, int rows) throws Exception {
        server.execute(table());
        long begin = System.nanoTime();
        way.write(rows);
        long nanos = System.nanoTime() - begin;
        long there = server.count("SELECT count(*) FROM rows");
        if (there != rows) {
            throw new IllegalStateException(there + " of " + rows + " rows are there");
        }
        return nanos;
    }

    private static String name(long id) {
        return "name" + id % 100_000;
    }

    private static double price(long id) {
        return id / 8.0;
    }

    private static Map<String, Object> row(long id) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", id);
        row.put("name", name(id));
        row.put("note", NOTE);
        row.put("price", price(id));
        return row;
    }

    private void writeFile() throws IOException {
        try (BufferedWriter file = Files.newBufferedWriter(directory.resolve("rows.tsv"))) {
            for (long id = 0; id < COPIED; id++) {
                file.write(id + "\t" + name(id) + "\t" + NOTE + "\t" + price(id) + "\n");
            }
        }
    }

    // The pump

    private static final class Writing extends Pipeline {

        Writing(Application app, int rows, Map<String, ?> sink) {
            super(app, "Writing", Map.of("max_in_flight", "40000"));
            Iterable<Map<String, Object>> events = () ->
                    LongStream.range(0, rows).mapToObj(PostgresWrites::row).iterator();
            build(new IteratorSource<>(app, this, events), new PostgreSQLSink(app, this, "Database", null, sink));
        }
    }

    private void pump(String mode, int rows, int batch, int atATime) {
        Map<String, String> sink = new LinkedHashMap<>();
        sink.put("table", "rows");
        sink.put("columns", COLUMNS);
        sink.put("mode", mode);
        sink.put("batch_size", Integer.toString(batch));
        sink.put("batch_bytes", "64MB");
        sink.put("max_concurrent_batches", Integer.toString(atATime));
        if (mode.equals("upsert")) {
            sink.put("conflict_keys", "id");
        }
        pump.run(app -> new Writing(app, rows, sink));
    }

    // By hand

    private void loop(String mode, int rows) {
        String conflict = mode.equals("upsert")
                ? " ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, note = EXCLUDED.note, price = EXCLUDED.price"
                : "";
        String sql = "INSERT INTO rows (" + COLUMNS
                + ") SELECT unnest($1::bigint[]), unnest($2::text[]), unnest($3::text[]), unnest($4::float8[])"
                + conflict;
        PostgresqlConnectionFactory factory =
                new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
                        .host("127.0.0.1")
                        .port(server.port())
                        .database("postgres")
                        .username("postgres")
                        .password("postgres")
                        .build());
        Long written = Flux.usingWhen(
                        factory.create(),
                        connection -> Flux.range(0, rows / BATCH)
                                .concatMap(batch -> insert(connection, sql, (long) batch * BATCH), 1),
                        PostgresqlConnection::close)
                .reduce(0L, Long::sum)
                .block();
        if (written == null || written != rows) {
            throw new IllegalStateException(written + " of " + rows + " rows were written");
        }
    }

    /** One batch, in a transaction of its own; each row is made as an event of the pump is. */
    private static Mono<Long> insert(PostgresqlConnection connection, String sql, long from) {
        Long[] ids = new Long[BATCH];
        String[] names = new String[BATCH];
        String[] notes = new String[BATCH];
        Double[] prices = new Double[BATCH];
        for (int i = 0; i < BATCH; i++) {
            Map<String, Object> row = row(from + i);
            ids[i] = (Long) row.get("id");
            names[i] = (String) row.get("name");
            notes[i] = (String) row.get("note");
            prices[i] = (Double) row.get("price");
        }
        return connection
                .beginTransaction()
                .thenMany(connection
                        .createStatement(sql)
                        .bind(0, ids)
                        .bind(1, names)
                        .bind(2, notes)
                        .bind(3, prices)
                        .execute())
                .flatMap(result -> result.getRowsUpdated())
                .reduce(0L, Long::sum)
                .flatMap(count -> connection.commitTransaction().thenReturn(count));
    }

    private void jdbc(String mode, int rows) throws SQLException {
        String conflict = mode.equals("upsert")
                ? " ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, note = EXCLUDED.note, price = EXCLUDED.price"
                : "";
        String url = server.jdbcUrl() + "&reWriteBatchedInserts=true";
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement statement = connection.prepareStatement(
                        "INSERT INTO rows (" + COLUMNS + ") VALUES (?, ?, ?, ?)" + conflict)) {
            connection.setAutoCommit(false);
            for (long id = 0; id < rows; id++) {
                Map<String, Object> row = row(id);
                statement.setObject(1, row.get("id"));
                statement.setString(2, (String) row.get("name"));
                statement.setString(3, (String) row.get("note"));
                statement.setObject(4, row.get("price"));
                statement.addBatch();
                if ((id + 1) % BATCH == 0) {
                    statement.executeBatch();
                    connection.commit();
                }
            }
        }
    }
}
