package io.bspump.postgresql;

import io.bspump.Batch;
import io.bspump.Position;
import io.bspump.RewindException;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The positions of a pipeline's sources, in a table of the database that its events go to. A position is changed only from the
 * value that it is known to have, so of two pumps that go on from the same place one notices. Each row has the mark of the batch
 * that wrote it, by which a batch that is written again knows that it was committed after all.
 */
final class Positions {

    /** In quotes. */
    private final String table;

    private final String pipeline;

    /** What the table is expected to hold; what is absent is expected to be absent there. Guarded by this. */
    private final Map<String, String> expected = new HashMap<>();

    // Guarded by this.
    private @Nullable Batch<?> lastBatch;
    private String lastMark = "";

    /**
     * @param table as SQL names it
     * @param pipeline what the positions are kept under
     */
    Positions(String table, String pipeline) {
        this.table = Table.path(table);
        this.pipeline = pipeline;
    }

    /** Reads the stored positions, makes the table if there is none, and takes them for what is to follow. */
    Mono<Map<String, String>> read(PostgresqlConnection session, Predicate<String> names) {
        return make(session)
                .thenMany(Flux.defer(() -> session.createStatement(
                                "SELECT name, value FROM " + table + " WHERE pipeline = $1")
                        .bind(0, pipeline)
                        .execute()
                        .flatMap(result -> result.map((row, metadata) -> Map.entry(
                                String.valueOf(row.get(0, String.class)), String.valueOf(row.get(1, String.class)))))))
                .filter(entry -> names.test(entry.getKey()))
                .collectMap(Map.Entry::getKey, Map.Entry::getValue)
                .doOnNext(stored -> expect(names, stored));
    }

    private synchronized void expect(Predicate<String> names, Map<String, String> stored) {
        expected.keySet().removeIf(names);
        expected.putAll(stored);
    }

    /** Whoever may not make it needs it to be there. */
    private Mono<Void> make(PostgresqlConnection session) {
        return session.createStatement("SELECT to_regclass($1) IS NOT NULL")
                .bind(0, table)
                .execute()
                .flatMap(result -> result.map((row, metadata) -> Boolean.TRUE.equals(row.get(0, Boolean.class))))
                .single()
                .filter(exists -> !exists)
                .flatMapMany(missing -> session.createStatement("CREATE TABLE IF NOT EXISTS " + table
                                + " (pipeline text, name text, value text NOT NULL, batch text NOT NULL,"
                                + " changed timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (pipeline, name))")
                        .execute()
                        .flatMap(PostgresqlResult::getRowsUpdated))
                .then()
                // Another pump was faster.
                .onErrorResume(
                        e -> SqlErrors.state(e).equals("23505")
                                || SqlErrors.state(e).equals("42P07"),
                        e -> Mono.empty());
    }

    /** A position, what it was and what it is to be; null for not being there. */
    private record Move(String name, @Nullable String from, @Nullable String to) {}

    /**
     * Moves the positions of a batch in the transaction of the session. Gives false if this very batch has moved them in a
     * transaction before, and a {@link RewindException} if they are not what they are expected to be.
     */
    Mono<Boolean> move(PostgresqlConnection session, Batch<?> batch) {
        return Mono.defer(() -> {
            String mark = mark(batch);
            List<Move> moves = moves(batch);
            Mono<Long> changed = change(session, moves, mark)
                    .flatMap(some -> insert(session, moves, mark).map(more -> some + more))
                    .flatMap(some -> forget(session, moves, mark).map(more -> some + more));
            return changed.flatMap(count -> count == moves.size() ? Mono.just(true) : wasWritten(session, moves, mark));
        });
    }

    @SuppressWarnings("ReferenceEquality") // another batch may hold equal events
    private synchronized String mark(Batch<?> batch) {
        if (batch != lastBatch) {
            lastBatch = batch;
            lastMark = UUID.randomUUID().toString();
        }
        return lastMark;
    }

    private synchronized List<Move> moves(Batch<?> batch) {
        List<Move> moves = new ArrayList<>();
        for (Position position : batch.positions()) {
            Move move = new Move(position.name(), expected.get(position.name()), position.value());
            if (move.from() != null || move.to() != null) {
                moves.add(move);
            }
        }
        return moves;
    }

    private Mono<Long> change(PostgresqlConnection session, List<Move> moves, String mark) {
        return update(
                session,
                moves.stream()
                        .filter(move -> move.from() != null && move.to() != null)
                        .toList(),
                "UPDATE " + table + " AS p SET value = m.after, batch = $5, changed = now()"
                        + " FROM unnest($2::text[], $3::text[], $4::text[]) AS m(name, before, after)"
                        + " WHERE p.pipeline = $1 AND p.name = m.name AND p.value = m.before AND p.batch <> $5",
                mark);
    }

    private Mono<Long> insert(PostgresqlConnection session, List<Move> moves, String mark) {
        return update(
                session,
                moves.stream().filter(move -> move.from() == null).toList(),
                "INSERT INTO " + table + " (pipeline, name, value, batch) SELECT $1, m.name, m.after, $5"
                        + " FROM unnest($2::text[], $3::text[], $4::text[]) AS m(name, before, after)"
                        + " ON CONFLICT DO NOTHING",
                mark);
    }

    private Mono<Long> forget(PostgresqlConnection session, List<Move> moves, String mark) {
        return update(
                session,
                moves.stream().filter(move -> move.to() == null).toList(),
                "DELETE FROM " + table + " AS p"
                        + " USING unnest($2::text[], $3::text[], $4::text[]) AS m(name, before, after)"
                        + " WHERE p.pipeline = $1 AND p.name = m.name AND p.value = m.before AND p.batch <> $5",
                mark);
    }

    private Mono<Long> update(PostgresqlConnection session, List<Move> moves, String sql, String mark) {
        if (moves.isEmpty()) {
            return Mono.just(0L);
        }
        return session.createStatement(sql)
                .bind(0, pipeline)
                .bind(1, moves.stream().map(Move::name).toArray(String[]::new))
                .bind(2, moves.stream().map(Move::from).toArray(String[]::new))
                .bind(3, moves.stream().map(Move::to).toArray(String[]::new))
                .bind(4, mark)
                .execute()
                .flatMap(PostgresqlResult::getRowsUpdated)
                .reduce(0L, Long::sum);
    }

    /** Whether the positions were moved by this batch; those that are gone have no mark. */
    private Mono<Boolean> wasWritten(PostgresqlConnection session, List<Move> moves, String mark) {
        long kept = moves.stream().filter(move -> move.to() != null).count();
        return session.createStatement("SELECT count(*) FROM " + table + " WHERE pipeline = $1 AND batch = $2")
                .bind(0, pipeline)
                .bind(1, mark)
                .execute()
                .flatMap(result -> result.map((row, metadata) -> row.get(0, Long.class)))
                .single()
                .flatMap(count -> count == kept && kept > 0
                        ? Mono.just(false)
                        : Mono.error(new RewindException("the positions in " + table + " of '" + pipeline
                                + "' are not where this pump has left them; does another one run?")));
    }

    /** The batch has been committed. */
    synchronized void committed(Batch<?> batch) {
        for (Position position : batch.positions()) {
            String value = position.value();
            if (value == null) {
                expected.remove(position.name());
            } else {
                expected.put(position.name(), value);
            }
        }
    }
}
