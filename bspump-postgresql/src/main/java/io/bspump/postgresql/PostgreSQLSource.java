package io.bspump.postgresql;

import io.bspump.Application;
import io.bspump.ConnectionReference;
import io.bspump.Emission;
import io.bspump.Partition;
import io.bspump.Pipeline;
import io.bspump.Position;
import io.bspump.Replayable;
import io.bspump.Settlement;
import io.bspump.StoredPositions;
import io.bspump.TriggerSource;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.bspump.postgresql.Increments.Continuation;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.RowMetadata;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Runs a query and emits its rows, each as a new map from column to value, in the order of the query. With a trigger it runs the
 * query each time, without one once.
 *
 * <p>Rows are fetched a page at a time, by a cursor in a transaction of its own, the next ones while the pipeline asks for those
 * of the one before, so that memory does not grow with the result. The transaction, and a session of the connection's pool, are kept until the last row has been fetched.
 *
 * <p>With {@code incremental_column} each run goes on where the one before has ended, also after a restart: the source remembers
 * the greatest value of that column up to which all rows have settled, and which rows had just that value, so that others with
 * the same value that come later are read and none is read twice. Values must not be given to rows that become visible after
 * rows with greater values; such rows, and rows without a value, are not read.
 *
 * <p>When the connection goes down, the source waits for it, and goes on behind the last row that it has emitted if it is
 * incremental. Otherwise, if it has emitted rows of the query, it fails, since the query can only begin anew.
 */
public final class PostgreSQLSource extends TriggerSource<Map<String, @Nullable Object>> implements Replayable {

    private static final Logger LOG = LoggerFactory.getLogger(PostgreSQLSource.class);

    private static final String QUERY = "query";
    private static final String COLUMN = "incremental_column";
    private static final String START = "start";
    private static final String POSITION = "query";

    public static final Options OPTIONS = Options.of(
            ConnectionReference.CONNECTION,
            ConnectionReference.SHARING_KEY,
            Option.string(QUERY).required().doc("What to read: a SELECT, VALUES or TABLE."),
            Option.integer("fetch_size")
                    .between(1, 1_000_000)
                    .defaultTo(5000)
                    .doc("How many rows are fetched at once at the most; fewer when these take more than 4 MB."),
            Option.string(COLUMN)
                    .doc("A column of the query whose values grow; only rows that have not been read are read."),
            Option.string(START)
                    .doc(
                            "The value of `incremental_column` from which on to read when nothing is remembered; without it"
                                    + " all."),
            Option.duration("commit_interval")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("1s")
                    .doc("How often the position is saved while it moves."));

    private final ConnectionReference<PostgreSQLConnection> connection;
    private final Query query;
    private final int fetchSize;

    // Confined to the lane; null unless the sink keeps the position.
    private @Nullable StoredPositions stored;

    // Replaced at each start.
    private volatile Partition partition = new Partition();
    private volatile @Nullable Increments increments;

    /** Creates a source whose id is {@code PostgreSQLSource} and that makes a connection of its own, unless its section names one. */
    public PostgreSQLSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null);
    }

    /** Creates a source whose id is {@code PostgreSQLSource}. */
    public PostgreSQLSource(Application app, Pipeline pipeline, @Nullable String connection) {
        this(app, pipeline, connection, null, Map.of());
    }

    /**
     * Creates one in full.
     *
     * @param connection the id of the connection, unless the section names one; null for one of its own
     * @param id the id, or null for {@code PostgreSQLSource}
     * @param config values that go above the class's defaults and below the file
     */
    public PostgreSQLSource(
            Application app,
            Pipeline pipeline,
            @Nullable String connection,
            @Nullable String id,
            Map<String, ?> config) {
        super(app, pipeline, id, config);
        this.connection = connection(PostgreSQLConnection.class, connection, PostgreSQLConnection::new);
        this.query = Query.of(config().get(QUERY), config().get(COLUMN, ""));
        this.fetchSize = config().getInt("fetch_size");
        if (query.text().isEmpty()) {
            throw config().invalid(QUERY, "must not be empty");
        }
        if (query.column() == null && config().contains(START)) {
            throw config().invalid(START, "has no meaning without " + COLUMN);
        }
    }

    @Override
    protected Mono<Void> start() {
        partition = new Partition();
        if (query.column() == null) {
            return Mono.empty();
        }
        StoredPositions elsewhere = stored;
        return elsewhere == null
                ? blocking(this::remember)
                : elsewhere.read(POSITION::equals).flatMap(known -> blocking(() -> begin(null, known.get(POSITION))));
    }

    private void remember() throws IOException {
        Path directory = app().varDir().resolve("positions");
        PositionFile file = new PositionFile(directory.resolve(address().replace("*", "") + ".json"));
        file.prepare();
        begin(file, file.load());
    }

    private void begin(@Nullable PositionFile file, @Nullable String position) throws IOException {
        Increments begun = increments;
        if (begun != null) {
            begun.close(); // another source of the pipeline did not start, and now all start again
        }
        increments = increments(file, position);
    }

    private Increments increments(@Nullable PositionFile file, @Nullable String position) throws IOException {
        try {
            return new Increments(
                    config().name(),
                    Objects.requireNonNull(query.column()),
                    position,
                    file,
                    app().blocking(),
                    config().getDuration("commit_interval"));
        } catch (IllegalArgumentException e) {
            String where = file == null ? "" : "; delete '" + file.path() + "' to read from the beginning";
            throw new IOException(e.getMessage() + where, e);
        }
    }

    @Override
    protected Mono<Void> stop() {
        Increments begun = increments;
        return begun == null ? Mono.empty() : blocking(begun::close);
    }

    /** Something that may block and fail. */
    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    private Mono<Void> blocking(Work work) {
        return Mono.<Void>fromCallable(() -> {
                    work.run();
                    return null;
                })
                .onErrorMap(IOException.class, e -> new IOException("[" + config().name() + "] " + e.getMessage(), e))
                .subscribeOn(app().blocking());
    }

    @Override
    protected Flux<? extends Emission<Map<String, @Nullable Object>>> cycle() {
        return Flux.defer(() -> {
            Run run = new Run(partition, increments);
            return connection
                    .ready()
                    .flatMapMany(run::attempt)
                    .retryWhen(Retry.indefinitely().filter(run::mayGoOn))
                    // Here, since what a session brings after its end does not come so far.
                    .doOnNext(run::read)
                    // Only now row by row, which is dear. What has come is handed on, also when the next page cannot be
                    // fetched.
                    .concatMapDelayError(run::emit, 0)
                    .onErrorMap(run::explained);
        });
    }

    @Override
    protected void settled(Emission<?> emission, Settlement how) {
        Increments present = increments;
        Mark mark = emission instanceof SourceRow row ? row.mark() : null;
        if (present != null && mark != null) {
            present.settled(mark);
        }
    }

    @Override
    public void readFrom(StoredPositions from) {
        stored = from;
    }

    @Override
    public Mono<List<Position>> positions() {
        Increments present = increments;
        Bookmark moved = present == null ? null : present.takeMoved();
        return moved == null
                ? Mono.just(List.of())
                : Mono.fromSupplier(() -> List.of(new Position(this, POSITION, moved.toText())));
    }

    @Override
    public void committed(List<Position> positions) {
        // Nothing is kept here that could be let go of.
    }

    @Override
    public Optional<String> obstacle() {
        return query.column() == null
                ? Optional.of(id() + " can read its query again from a position only with incremental_column")
                : Optional.empty();
    }

    /** The link went down under the query. */
    private static final class LinkDown extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LinkDown(Throwable cause) {
            super(cause);
        }
    }

    /** One run of the query, over as many sessions as it takes. */
    private final class Run {

        private final Partition partition;
        private final @Nullable Increments increments;
        private final AtomicLong read = new AtomicLong();

        /** How far rows have been read, by any of the sessions. */
        private final @Nullable Bookmark ahead;

        /** Whether nothing was left to be done but to end the transaction. */
        private volatile boolean complete;

        Run(Partition partition, @Nullable Increments increments) {
            this.partition = partition;
            this.increments = increments;
            this.ahead = increments == null ? null : increments.emitted();
        }

        Flux<List<SourceRow>> attempt(PostgreSQLConnection present) {
            long generation = present.status().generation();
            return present.use(this::rows)
                    .onErrorResume(error -> present.check().flatMapMany(status -> {
                        if (status.isConnected() && status.generation() == generation) {
                            return Flux.error(error);
                        }
                        if (!complete) {
                            return Flux.error(new LinkDown(error));
                        }
                        LOG.warn(
                                "All rows were read, but the server did not confirm the end of the transaction, source={} reason={}",
                                id(),
                                error.toString());
                        return Flux.empty();
                    }));
        }

        boolean mayGoOn(Throwable error) {
            return error instanceof LinkDown && (increments != null || read.get() == 0);
        }

        Throwable explained(Throwable error) {
            String text = error instanceof LinkDown
                    ? "the connection was lost after " + read + " rows of the query, which can only begin anew: "
                            + SqlErrors.describe(Objects.requireNonNull(error.getCause()))
                    : "the query failed: " + SqlErrors.describe(error);
            return new IllegalStateException("[" + config().name() + "] " + text, error);
        }

        void read(List<SourceRow> page) {
            read.addAndGet(page.size());
            if (ahead != null) {
                for (SourceRow row : page) {
                    Mark mark = mark(row);
                    ahead.pass(mark.value(), mark.hash());
                }
            }
        }

        /** What was read and is cancelled before is for the next run. */
        Flux<SourceRow> emit(List<SourceRow> page) {
            Flux<SourceRow> rows = Flux.fromIterable(page);
            return increments == null ? rows : rows.doOnNext(row -> increments.emitted(mark(row)));
        }

        private static Mark mark(SourceRow row) {
            return Objects.requireNonNull(row.mark(), "mark");
        }

        private Flux<List<SourceRow>> rows(PostgresqlConnection session) {
            ColumnTypes types = new ColumnTypes();
            Continuation continuation = ahead == null ? null : new Continuation(ahead);
            Cursor cursor = new Cursor(session, fetchSize, new Rows(types, continuation)::read);
            return session.beginTransaction()
                    // The whole result is wanted, not its beginning soon.
                    .then(execute(session, "SET LOCAL cursor_tuple_fraction = 1; SET LOCAL bytea_output = hex"))
                    .then(types.load(session))
                    .then(execute(session, query.declare(from(continuation))))
                    .thenMany(cursor.pages())
                    .concatWith(Mono.defer(() -> {
                        complete = true;
                        return session.commitTransaction().then(Mono.empty());
                    }));
        }

        private @Nullable String from(@Nullable Continuation continuation) {
            String last = continuation == null ? null : continuation.from();
            return last == null && config().contains(START) ? config().get(START) : last;
        }

        private Mono<Void> execute(PostgresqlConnection session, String statement) {
            return session.createStatement(statement)
                    .execute()
                    .flatMap(PostgresqlResult::getRowsUpdated)
                    .then();
        }

        /** Makes events of the rows of one session. */
        private final class Rows {

            private final ColumnTypes types;
            private final @Nullable Continuation continuation;
            private @Nullable Columns columns;
            private int incremental;

            Rows(ColumnTypes types, @Nullable Continuation continuation) {
                this.types = types;
                this.continuation = continuation;
            }

            @Nullable
            SourceRow read(Readable row, RowMetadata metadata) {
                Columns known = columns;
                if (known == null) {
                    known = Columns.of(metadata, types);
                    columns = known;
                    incremental = increments == null ? 0 : known.index(increments.column());
                }
                @Nullable String[] texts = known.texts(row);
                Mark mark = continuation == null
                        ? null
                        : new Mark(Objects.requireNonNull(texts[incremental]), RowHash.of(texts));
                if (continuation != null && mark != null && !continuation.isNew(mark)) {
                    return null;
                }
                return new SourceRow(partition, known, texts, mark);
            }
        }
    }
}
