package io.bspump.postgresql;

import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import io.r2dbc.postgresql.api.PostgresqlStatement;
import io.r2dbc.postgresql.codec.PostgresqlObjectId;
import io.r2dbc.spi.Parameters;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Mono;

/** Runs a statement of the user's own for each row. */
final class StatementWriting implements Writing {

    private final NamedStatement statement;
    private final List<Column> columns = new ArrayList<>();

    StatementWriting(NamedStatement statement) {
        this.statement = statement;
        for (int i = 0; i < statement.names().size(); i++) {
            String name = statement.names().get(i);
            columns.add(new Column(
                    name, name, "parameter", Kind.ANY, statement.arrays().get(i), false));
        }
    }

    @Override
    public List<Column> columns() {
        return columns;
    }

    @Override
    public boolean isOneStatement() {
        return false;
    }

    @Override
    public Mono<Void> write(PostgresqlConnection session, Iterable<Row> rows) {
        PostgresqlStatement bound = session.createStatement(statement.sql());
        boolean isFirst = true;
        for (Row row : rows) {
            if (!isFirst) {
                bound.add();
            }
            isFirst = false;
            bind(bound, row);
        }
        return bound.execute().flatMap(PostgresqlResult::getRowsUpdated).then();
    }

    /** Without a type, so that the server takes that of the place where the parameter stands. */
    private static void bind(PostgresqlStatement bound, Row row) {
        for (int i = 0; i < row.size(); i++) {
            String text = row.text(i);
            bound.bind(
                    i,
                    text == null
                            ? Parameters.in(PostgresqlObjectId.UNSPECIFIED)
                            : Parameters.in(PostgresqlObjectId.UNSPECIFIED, text));
        }
    }
}
