package io.bspump.postgresql;

import io.r2dbc.postgresql.api.ErrorDetails;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the server refused: a row, or a statement. The message begins with the SQLSTATE and names the constraint, the table and
 * the column as far as the server tells them, but not the values of the row.
 */
public final class PostgreSQLException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String sqlState;
    private final @Nullable String constraint;

    private PostgreSQLException(String message, String sqlState, @Nullable String constraint) {
        super(message);
        this.sqlState = sqlState;
        this.constraint = constraint;
    }

    /** The same in words of ours if it came from the server, without the driver's, which tells values; otherwise as it is. */
    static Throwable of(Throwable error) {
        ErrorDetails details = SqlErrors.details(error).orElse(null);
        return details == null
                ? error
                : new PostgreSQLException(
                        SqlErrors.describe(error),
                        details.getCode(),
                        details.getConstraintName().orElse(null));
    }

    /** The five characters by which PostgreSQL tells errors apart, such as {@code 23505}. */
    public String sqlState() {
        return sqlState;
    }

    /** The constraint that the row breaks, if it is one. */
    public Optional<String> constraint() {
        return Optional.ofNullable(constraint);
    }
}
