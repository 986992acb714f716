package io.bspump.postgresql;

import io.bspump.Batch;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One attempt to write a batch, in one transaction. When the server refuses rows, all is taken back, and a second transaction cuts
 * the batch in halves behind savepoints, until those that cannot be written stand alone; the others are written.
 */
final class BatchWrite {

    private static final String SAVEPOINT = "bspump";

    private final Writing writing;
    private final PostgresqlConnection session;
    private final Batch<?> batch;
    private final @Nullable Positions positions;
    /** What was refused, by the places in the batch. Told at the end, as the attempt may yet fail as a whole. */
    private final Map<Integer, Throwable> refused = new LinkedHashMap<>();

    private final Rows rows;

    /**
     * @param positions moved in the same transaction, of which nothing is kept then when rows are refused; null if there are none
     */
    BatchWrite(Writing writing, PostgresqlConnection session, Batch<?> batch, @Nullable Positions positions) {
        this.writing = writing;
        this.session = session;
        this.batch = batch;
        this.positions = positions;
        this.rows = new Rows(batch, writing.columns(), refused::put);
    }

    /** Writes it; fails if the batch as a whole cannot be written. */
    Mono<Void> run() {
        return Mono.defer(() -> {
            return (isNothing() ? Mono.<Void>empty() : atOnce())
                    .onErrorResume(SqlErrors::isOfData, e -> session.rollbackTransaction()
                            .then(Mono.defer(() -> partly(e))))
                    .then(Mono.fromRunnable(this::tell));
        });
    }

    private boolean isNothing() {
        return rows.isEmpty() && (positions == null || !refused.isEmpty());
    }

    private void tell() {
        refused.forEach(batch::fail);
        if (positions != null && refused.isEmpty()) {
            positions.committed(batch);
        }
    }

    private Mono<Void> atOnce() {
        boolean transaction = positions != null || !(writing.isOneStatement() || batch.size() == 1);
        return transaction ? inTransaction(writeAll()) : writeAll();
    }

    private Mono<Void> writeAll() {
        return Mono.defer(() -> rows.isEmpty() ? Mono.empty() : writing.write(session, rows));
    }

    private Mono<Void> partly(Throwable error) {
        List<Row> all = rows.all();
        return all.size() == 1 ? refuse(all.get(0), error) : bitByBit(all);
    }

    private Mono<Void> bitByBit(List<Row> all) {
        // What is checked at the end only could not be told from the rest.
        return inTransaction(Flux.defer(() -> session.createStatement("SET CONSTRAINTS ALL IMMEDIATE")
                        .execute()
                        .flatMap(PostgresqlResult::getRowsUpdated))
                .then(Mono.defer(() -> part(all))));
    }

    private Mono<Void> inTransaction(Mono<Void> work) {
        return session.beginTransaction()
                .then(positions == null ? Mono.just(true) : positions.move(session, batch))
                .flatMap(moved -> moved ? work.then(Mono.defer(this::end)) : session.rollbackTransaction());
    }

    private Mono<Void> end() {
        return positions == null || refused.isEmpty() ? session.commitTransaction() : session.rollbackTransaction();
    }

    private Mono<Void> part(List<Row> part) {
        return session.createSavepoint(SAVEPOINT)
                .then(Mono.defer(() -> writing.write(session, part)))
                .then(Mono.defer(() -> session.releaseSavepoint(SAVEPOINT)))
                .onErrorResume(SqlErrors::isOfData, e -> session.rollbackTransactionToSavepoint(SAVEPOINT)
                        .then(session.releaseSavepoint(SAVEPOINT))
                        .then(Mono.defer(() -> smaller(part, e))));
    }

    private Mono<Void> smaller(List<Row> part, Throwable error) {
        int size = part.size();
        if (size == 1) {
            return refuse(part.get(0), error);
        }
        return part(part.subList(0, size / 2)).then(Mono.defer(() -> part(part.subList(size / 2, size))));
    }

    private Mono<Void> refuse(Row row, Throwable error) {
        refused.put(row.index(), PostgreSQLException.of(error));
        return Mono.empty();
    }
}
