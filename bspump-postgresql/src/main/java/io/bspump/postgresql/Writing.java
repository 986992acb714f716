package io.bspump.postgresql;

import io.r2dbc.postgresql.api.PostgresqlConnection;
import java.util.List;
import reactor.core.publisher.Mono;

/** How rows get into the server. */
interface Writing {

    /** What the rows are made of. */
    List<Column> columns();

    /** Whether all rows go with one statement, which is a transaction by itself. */
    boolean isOneStatement();

    /** Writes rows, in their order. Fails as a whole, and then the transaction is not usable any more. */
    Mono<Void> write(PostgresqlConnection session, Iterable<Row> rows);
}
