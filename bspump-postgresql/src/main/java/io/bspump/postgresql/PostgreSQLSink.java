package io.bspump.postgresql;

import io.bspump.Application;
import io.bspump.Batch;
import io.bspump.BatchSink;
import io.bspump.ConnectionReference;
import io.bspump.Pipeline;
import io.bspump.TransactionalSink;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import java.time.Duration;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Writes events into a table, or runs a statement for each of them, a batch per transaction. Events are maps, whose values are
 * found by name, or lists and arrays of values in the order of the columns; a key that is missing is NULL. Values are always
 * bound, names always quoted.
 *
 * <p>An event is confirmed when its transaction is. A row that the server refuses goes the error policy's way, alone, with a
 * {@link PostgreSQLException} that has the SQLSTATE and the constraint; the others of its batch are written. Deadlocks,
 * serialization failures and time limits are tried again a few times. While the connection is down, or the server is full,
 * read-only or shutting down, the sink waits. Anything else, such as a table that is not there, is an error of the whole batch.
 * When the link goes down during a commit, nobody can tell whether it took place, and the batch is written again: delivery is
 * at least once, and {@code mode = upsert} makes that harmless.
 */
public final class PostgreSQLSink extends BatchSink<Object> implements TransactionalSink<Object> {

    private static final String POSITION_TABLE = "position_table";
    private static final String POSITION_KEY = "position_key";

    public static final Options OPTIONS = Options.of(
            ConnectionReference.CONNECTION,
            ConnectionReference.SHARING_KEY,
            Option.string(Target.TABLE).doc("The table to write to, also SCHEMA.TABLE."),
            Option.list(Target.COLUMNS)
                    .doc(
                            "The columns to write, each COLUMN or COLUMN=KEY where the key of the events has another name."),
            Option.choice(Target.MODE, "insert", "upsert", "copy")
                    .defaultTo("insert")
                    .doc("`upsert` changes rows that are there already; `copy` is the fastest way to add rows."),
            Option.list(Target.CONFLICT_KEYS)
                    .doc("For `upsert`: the columns that tell a row that is there from a new one; they need a unique"
                            + " index."),
            Option.string(Target.STATEMENT)
                    .alias("query")
                    .doc("Instead of a table: a statement to run for each event, with `:name` for its values."),
            Option.string(POSITION_TABLE)
                    .defaultTo("bspump_position")
                    .doc(
                            "For `delivery = exactly_once`: the table that has the positions of the sources. It is made if it"
                                    + " is missing and the user may do so."),
            Option.string(POSITION_KEY)
                    .doc("What the positions are kept under there; without it the id of the pipeline."));

    private static final Logger LOG = LoggerFactory.getLogger(PostgreSQLSink.class);

    private static final int RETRIES = 10;
    private static final Duration FIRST_DELAY = Duration.ofMillis(50);
    private static final Duration MAX_DELAY = Duration.ofSeconds(5);

    private final ConnectionReference<PostgreSQLConnection> connection;
    private final Target target;
    private final Positions positions;

    /**
     * Creates a sink whose id is {@code PostgreSQLSink} and that makes a connection of its own, unless its section names one.
     */
    public PostgreSQLSink(Application app, Pipeline pipeline) {
        this(app, pipeline, null);
    }

    /** Creates a sink whose id is {@code PostgreSQLSink}. */
    public PostgreSQLSink(Application app, Pipeline pipeline, @Nullable String connection) {
        this(app, pipeline, connection, null, Map.of());
    }

    /**
     * Creates one in full.
     *
     * @param connection the id of the connection, unless the section names one; null for one of its own
     * @param id the id, or null for {@code PostgreSQLSink}
     * @param config values that go above the class's defaults and below the file
     */
    public PostgreSQLSink(
            Application app,
            Pipeline pipeline,
            @Nullable String connection,
            @Nullable String id,
            Map<String, ?> config) {
        super(app, pipeline, id, config);
        this.connection = connection(PostgreSQLConnection.class, connection, PostgreSQLConnection::new);
        this.target = new Target(config());
        this.positions = positions();
    }

    private Positions positions() {
        try {
            return new Positions(
                    config().get(POSITION_TABLE),
                    config().get(POSITION_KEY, pipeline().id()));
        } catch (IllegalArgumentException e) {
            throw config().invalid(POSITION_TABLE, String.valueOf(e.getMessage()));
        }
    }

    @Override
    protected Mono<Void> process(Batch<Object> batch) {
        return deliver(batch, null);
    }

    @Override
    public Mono<Void> write(Batch<Object> batch) {
        return deliver(batch, positions);
    }

    @Override
    public Mono<Map<String, String>> positions(Predicate<String> names) {
        return connection
                .use(present ->
                        present.use(session -> positions.read(session, names)).next())
                .onErrorMap(PostgreSQLException::of);
    }

    private Mono<Void> deliver(Batch<Object> batch, @Nullable Positions moving) {
        return connection
                .use(present -> present.use(session -> deliver(present, session, batch, moving))
                        .then())
                .retryWhen(Retry.backoff(RETRIES, FIRST_DELAY)
                        .maxBackoff(MAX_DELAY)
                        .scheduler(app().blocking())
                        .filter(SqlErrors::isPassing)
                        .doBeforeRetry(retry -> LOG.warn(
                                "A batch is written again, sink={} events={} reason={}",
                                address(),
                                batch.size(),
                                SqlErrors.describe(retry.failure())))
                        .onRetryExhaustedThrow((policy, retry) -> retry.failure()))
                .onErrorMap(PostgreSQLException::of);
    }

    private Mono<Void> deliver(
            PostgreSQLConnection present,
            PostgresqlConnection session,
            Batch<Object> batch,
            @Nullable Positions moving) {
        return target.writing(present.link(), session)
                .flatMap(writing -> new BatchWrite(writing, session, batch, moving).run())
                .onErrorResume(SqlErrors::isOutdated, e -> session.rollbackTransaction()
                        .then(target.anew(present.link(), session))
                        .flatMap(writing -> new BatchWrite(writing, session, batch, moving).run()));
    }
}
