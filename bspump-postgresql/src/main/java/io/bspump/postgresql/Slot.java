package io.bspump.postgresql;

import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A replication slot and its publications, as the section wants them.
 *
 * @param creates whether what is missing is created
 */
record Slot(String name, List<String> publications, List<String> tables, boolean creates) {

    Slot {
        publications = List.copyOf(publications);
        tables = List.copyOf(tables);
    }

    /** What the server says of it. */
    record State(String plugin, boolean isHere, @Nullable String walStatus, long confirmed, long end) {}

    /**
     * Makes sure that both are there and can be used. A slot begins where it was created, so the publication comes first.
     *
     * @param isNew whether nothing has been read of it yet; otherwise a slot that is missing is not created
     * @param read up to where its log has been read, which must not be behind its end
     * @param told of what was created
     */
    Mono<Void> prepare(PostgreSQLConnection connection, boolean isNew, long read, Consumer<String> told) {
        return connection
                .use(session -> publications(session, told).then(Mono.defer(() -> slot(session, isNew, read, told))))
                .then();
    }

    private Mono<Void> publications(PostgresqlConnection session, Consumer<String> told) {
        return texts(session, "SELECT pubname FROM pg_publication WHERE pubname IN (" + literals(publications) + ")")
                .collectList()
                .flatMap(known -> {
                    List<String> missing = new ArrayList<>(publications);
                    missing.removeAll(known);
                    if (missing.isEmpty()) {
                        return covered(session);
                    }
                    if (!creates || publications.size() > 1) {
                        return Mono.error(new SlotException(
                                "publication must be one of the database, was '" + String.join(", ", missing) + "'"));
                    }
                    return execute(session, "CREATE PUBLICATION " + Table.quoted(missing.get(0)) + " FOR " + target())
                            .doOnSuccess(done -> told.accept("publication " + missing.get(0)));
                });
    }

    private String target() {
        return tables.isEmpty()
                ? "ALL TABLES"
                : "TABLE " + tables.stream().map(Slot::quoted).collect(Collectors.joining(", "));
    }

    private static String quoted(String table) {
        int dot = table.indexOf('.');
        return dot < 0
                ? Table.quoted(table)
                : Table.quoted(table.substring(0, dot)) + "." + Table.quoted(table.substring(dot + 1));
    }

    /** Publications that are there must have the tables. */
    private Mono<Void> covered(PostgresqlConnection session) {
        if (tables.isEmpty()) {
            return Mono.empty();
        }
        return texts(
                        session,
                        "SELECT schemaname || '.' || tablename FROM pg_publication_tables WHERE pubname IN ("
                                + literals(publications) + ") UNION SELECT tablename FROM pg_publication_tables"
                                + " WHERE pubname IN (" + literals(publications) + ")")
                .collectList()
                .flatMap(known -> {
                    List<String> missing = new ArrayList<>(tables);
                    missing.removeAll(known);
                    return missing.isEmpty()
                            ? Mono.empty()
                            : Mono.error(new SlotException("tables must be of the publication '"
                                    + String.join(", ", publications) + "', it lacks '" + String.join(", ", missing)
                                    + "'; add them with ALTER PUBLICATION"));
                });
    }

    private Mono<Void> slot(PostgresqlConnection session, boolean isNew, long read, Consumer<String> told) {
        return state(session)
                .map(state -> checked(state, read))
                .hasElement()
                .flatMap(isThere -> isThere ? Mono.empty() : create(session, isNew, told));
    }

    private State checked(State state, long read) {
        if (!state.plugin().equals("pgoutput") || !state.isHere()) {
            throw new SlotException("slot must be one of pgoutput in this database, '" + name + "' is one of "
                    + state.plugin() + (state.isHere() ? "" : " in another database"));
        }
        if (Long.compareUnsigned(state.end(), read) < 0) {
            throw new SlotException("the server's log ends at " + Lsn.text(state.end()) + ", but has been read up to "
                    + Lsn.text(read) + "; it is another server, or one that was restored");
        }
        if ("lost".equals(state.walStatus())) {
            throw new SlotException("the server has given up the slot '" + name + "', and the changes since "
                    + Lsn.text(state.confirmed()) + " with it; drop it to go on with those to come");
        }
        return state;
    }

    private Mono<Void> create(PostgresqlConnection session, boolean isNew, Consumer<String> told) {
        if (!isNew) {
            return Mono.error(new SlotException("the slot '" + name
                    + "' is not there any more, changes may be missing; start anew to go on with those to come"));
        }
        if (!creates) {
            return Mono.error(new SlotException("slot must be one of the server, was '" + name + "'"));
        }
        return execute(session, "SELECT pg_create_logical_replication_slot('" + name + "', 'pgoutput')")
                .doOnSuccess(done -> told.accept("slot " + name));
    }

    /** What the server says of the slot; empty if there is none. */
    Mono<State> state(PostgresqlConnection session) {
        return session.createStatement(
                        "SELECT coalesce(plugin, 'another kind'), coalesce(database = current_database(), false)::text,"
                                + " wal_status, coalesce(confirmed_flush_lsn, '0/0')::text,"
                                + " CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()"
                                + " ELSE pg_current_wal_flush_lsn() END::text FROM pg_replication_slots"
                                + " WHERE slot_name = '" + name + "'")
                .execute()
                .flatMap(result -> result.map((row, metadata) -> new State(
                        String.valueOf(row.get(0, String.class)),
                        "true".equals(row.get(1, String.class)),
                        row.get(2, String.class),
                        Lsn.parse(String.valueOf(row.get(3, String.class))),
                        Lsn.parse(String.valueOf(row.get(4, String.class))))))
                .next();
    }

    /** Moves it over what has settled, when nobody reads it. */
    Mono<Void> advance(PostgresqlConnection session, long lsn) {
        return execute(
                session,
                "SELECT pg_replication_slot_advance(slot_name, '" + Lsn.text(lsn) + "') FROM pg_replication_slots"
                        + " WHERE slot_name = '" + name + "' AND confirmed_flush_lsn < '" + Lsn.text(lsn) + "'");
    }

    private static Flux<String> texts(PostgresqlConnection session, String query) {
        return session.createStatement(query)
                .execute()
                .flatMap(result -> result.map((row, metadata) -> String.valueOf(row.get(0, String.class))));
    }

    private static Mono<Void> execute(PostgresqlConnection session, String statement) {
        return session.createStatement(statement)
                .execute()
                .flatMap(PostgresqlResult::getRowsUpdated)
                .then();
    }

    /** Names as the output plugin takes them: quoted, in one text. */
    String publicationNames() {
        return publications.stream()
                .map(Table::quoted)
                .collect(Collectors.joining(","))
                .replace("'", "''");
    }

    private static String literals(List<String> values) {
        return values.stream().map(Query::literal).collect(Collectors.joining(", "));
    }
}
