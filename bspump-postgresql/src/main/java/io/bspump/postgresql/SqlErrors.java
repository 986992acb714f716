package io.bspump.postgresql;

import io.bspump.ErrorClass;
import io.bspump.config.ConfigException;
import io.r2dbc.postgresql.api.ErrorDetails;
import io.r2dbc.postgresql.api.PostgresqlException;
import io.r2dbc.spi.R2dbcException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the errors of the server and the driver mean, by SQLSTATE. */
final class SqlErrors {

    /** Deadlock, serialization, lock and statement time limits, no room for another client, no memory. */
    private static final Set<String> PASSING = Set.of("40001", "40P01", "40003", "55P03", "57014", "53300", "53200");

    /** The table is not what it was, or not there. */
    private static final Set<String> OUTDATED = Set.of("42P01", "42703", "42804", "42883", "0A000", "26000", "3F000");

    private static final Pattern VALUES = Pattern.compile("\".*\"", Pattern.DOTALL);

    private SqlErrors() {}

    /** What an error of dialling or of a ping means for the next attempt. */
    static ErrorClass classify(Throwable error) {
        if (error instanceof NoServerException none) {
            return none.errorClass();
        }
        if (error instanceof ConfigException) {
            return ErrorClass.CONFIGURATION;
        }
        String state = state(error);
        if (state.startsWith("28") || state.equals("42501")) {
            return ErrorClass.AUTHENTICATION;
        }
        boolean configuration = state.startsWith("3D") || state.startsWith("22") || state.startsWith("42");
        return configuration ? ErrorClass.CONFIGURATION : ErrorClass.TRANSIENT;
    }

    /** The SQLSTATE; empty if there is none. */
    static String state(Throwable error) {
        for (Throwable each = error; each != null; each = each.getCause()) {
            if (each instanceof R2dbcException known && known.getSqlState() != null) {
                return known.getSqlState();
            }
        }
        return "";
    }

    /** What the server said; empty if the error did not come from it. */
    static Optional<ErrorDetails> details(Throwable error) {
        for (Throwable each = error; each != null; each = each.getCause()) {
            if (each instanceof PostgresqlException known) {
                return Optional.of(known.getErrorDetails());
            }
        }
        return Optional.empty();
    }

    /** Whether the server has answered and the connection can go on. */
    static boolean isOfStatement(Throwable error) {
        return details(error).isPresent() && !isOfLink(error);
    }

    /** Whether the server does not serve, or not what is wanted: the link is as good as down. */
    static boolean isOfLink(Throwable error) {
        String state = state(error);
        return state.startsWith("08")
                || state.equals("57P01")
                || state.equals("57P02")
                || state.equals("57P03")
                || state.equals("57P05")
                || state.equals("25006")
                || state.equals("53100")
                || state.startsWith("58");
    }

    /** Whether the same statement may well succeed a moment later. */
    static boolean isPassing(Throwable error) {
        return PASSING.contains(state(error));
    }

    /** Whether rows are to blame, and not the statement or the server. */
    static boolean isOfData(Throwable error) {
        String state = state(error);
        return state.startsWith("22")
                || state.startsWith("23")
                || state.startsWith("21")
                || state.startsWith("44")
                || state.startsWith("P0")
                || state.startsWith("09")
                || state.startsWith("54");
    }

    /** Whether what is known of the table may be out of date. */
    static boolean isOutdated(Throwable error) {
        return OUTDATED.contains(state(error));
    }

    /** An error of a statement in words: SQLSTATE, message without values, and what it is about. */
    static String describe(Throwable error) {
        ErrorDetails details = details(error).orElse(null);
        if (details == null) {
            return String.valueOf(error.getMessage());
        }
        String message = details.getMessage();
        StringBuilder text = new StringBuilder(details.getCode()).append(' ');
        text.append(details.getCode().startsWith("22") ? VALUES.matcher(message).replaceAll("\"…\"") : message);
        String about = about(details);
        return about == null
                ? text.toString()
                : text.append(" (").append(about).append(')').toString();
    }

    /** The message of the error at the root of another. */
    static String root(Throwable error) {
        Throwable root = error;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    private static @Nullable String about(ErrorDetails details) {
        StringBuilder text = new StringBuilder();
        append(text, "constraint", details.getConstraintName());
        append(text, "table", details.getTableName());
        append(text, "column", details.getColumnName());
        return text.isEmpty() ? null : text.toString();
    }

    private static void append(StringBuilder text, String what, Optional<String> name) {
        name.ifPresent(known ->
                text.append(text.isEmpty() ? "" : ", ").append(what).append(' ').append(known));
    }
}
