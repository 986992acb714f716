package io.bspump.postgresql;

import io.bspump.Application;
import io.bspump.ConnectionReference;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.Position;
import io.bspump.Replayable;
import io.bspump.Settlement;
import io.bspump.Source;
import io.bspump.StoredPositions;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Emits the changes of tables as they are committed, from a replication slot with the output plugin {@code pgoutput}. An event
 * is a new map with {@code operation} ({@code insert}, {@code update}, {@code delete} or {@code truncate}), {@code schema},
 * {@code table}, {@code new} (the row after) and {@code old} (the row before, or its key, as far as the table's replica
 * identity tells it). Where a large value has not changed and is not told, its column is missing in {@code new} and its name is
 * in {@code unchanged}.
 *
 * <p>The context has {@code postgresql_schema}, {@code postgresql_table}, {@code postgresql_xid}, {@code postgresql_lsn} (where
 * the transaction was committed), {@code postgresql_sequence} (the event's number in it; both together name the event for good)
 * and {@code postgresql_commit_time}.
 *
 * <p>The slot is moved only over transactions whose events have all settled, so the server keeps what has not, and sends it
 * again after a restart: delivery is at least once, in the order of commits. When there is nothing for the source, the slot
 * moves with the log. A pipeline that stands still makes the server keep its log, see {@code max_slot_wal_keep_size} there.
 */
public final class PostgreSQLLogicalReplicationSource extends Source<Map<String, @Nullable Object>>
        implements Replayable {

    private static final String SLOT = "slot";
    private static final String PUBLICATION = "publication";
    private static final Pattern SLOT_NAME = Pattern.compile("[a-z0-9_]{1,63}");

    public static final Options OPTIONS = Options.of(
            ConnectionReference.CONNECTION,
            ConnectionReference.SHARING_KEY,
            Option.string(SLOT)
                    .alias("slot_name")
                    .required()
                    .doc("The replication slot, which belongs to this source alone."),
            Option.list(PUBLICATION)
                    .alias("publications")
                    .doc("The publications to read; without it one with the name of the slot."),
            Option.list("tables")
                    .doc(
                            "The tables of the publication, TABLE or SCHEMA.TABLE: those it is created with, and those it must"
                                    + " have; without it all tables."),
            Option.bool("create")
                    .defaultTo(true)
                    .doc(
                            "Whether a slot and a publication that are missing are created; the source begins then with what is"
                                    + " changed after that."),
            Option.duration("commit_interval")
                    .atLeast(Duration.ofMillis(10))
                    .defaultTo("1s")
                    .doc("How often the server is told what has settled."));

    private final ConnectionReference<PostgreSQLConnection> connection;
    private final Slot slot;
    private final ReplicationMeters meters;

    // Confined to the lane.
    private @Nullable ReplicationRun run;
    private @Nullable StoredPositions stored;
    private volatile WalPosition begin = WalPosition.START;
    private @Nullable Change reached;
    private long settledCount;

    /**
     * Creates a source whose id is {@code PostgreSQLLogicalReplicationSource} and that makes a connection of its own, unless its
     * section names one.
     */
    public PostgreSQLLogicalReplicationSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null);
    }

    /** Creates a source whose id is {@code PostgreSQLLogicalReplicationSource}. */
    public PostgreSQLLogicalReplicationSource(Application app, Pipeline pipeline, @Nullable String connection) {
        this(app, pipeline, connection, null, Map.of());
    }

    /**
     * Creates one in full.
     *
     * @param connection the id of the connection, unless the section names one; null for one of its own
     * @param id the id, or null for {@code PostgreSQLLogicalReplicationSource}
     * @param config values that go above the class's defaults and below the file
     */
    public PostgreSQLLogicalReplicationSource(
            Application app,
            Pipeline pipeline,
            @Nullable String connection,
            @Nullable String id,
            Map<String, ?> config) {
        super(app, pipeline, id, config);
        this.connection = connection(PostgreSQLConnection.class, connection, PostgreSQLConnection::new);
        this.slot = slot();
        this.meters = new ReplicationMeters(app.meterRegistry(), this);
    }

    private Slot slot() {
        String name = config().get(SLOT);
        if (!SLOT_NAME.matcher(name).matches()) {
            throw config().invalid(SLOT, "must consist of up to 63 of a-z, 0-9 and _");
        }
        List<String> publications = config().getList(PUBLICATION, List.of(name));
        return new Slot(
                name,
                publications.isEmpty() ? List.of(name) : publications,
                config().getList("tables", List.of()),
                config().getBoolean("create"));
    }

    @Override
    protected Mono<Void> start() {
        StoredPositions elsewhere = stored;
        return elsewhere == null
                ? Mono.empty()
                : elsewhere
                        .read(slot.name()::equals)
                        .doOnNext(known -> begin = known.containsKey(slot.name())
                                ? WalPosition.parse(known.get(slot.name()))
                                : WalPosition.START)
                        .then();
    }

    @Override
    protected Flux<Emission<Map<String, @Nullable Object>>> events() {
        return Flux.<Emission<Map<String, @Nullable Object>>>from(this::listen);
    }

    private void listen(Subscriber<? super Emission<Map<String, @Nullable Object>>> subscriber) {
        ReplicationRun fresh = new ReplicationRun(
                config().name(), slot, begin, config().getDuration("commit_interval"), connection, meters, subscriber);
        run = fresh;
        reached = null;
        settledCount = 0;
        subscriber.onSubscribe(fresh);
        fresh.start();
    }

    @Override
    protected void settled(Emission<?> emission, Settlement how) {
        if (emission instanceof Change change && change.run() == run) {
            settledCount++;
            if (stored == null) {
                change.run().settled();
            } else {
                reached = change;
            }
        }
    }

    @Override
    public void readFrom(StoredPositions from) {
        stored = from;
    }

    @Override
    public Mono<List<Position>> positions() {
        Change last = reached;
        reached = null;
        return Mono.just(last == null ? List.of() : List.of(new Reached(this, last, settledCount)));
    }

    @Override
    public void committed(List<Position> positions) {
        for (Position position : positions) {
            if (position instanceof Reached place && place.run == run) {
                place.run.committed(place.count);
            }
        }
    }

    /** A position, and how many events of its run it is behind. */
    private static final class Reached extends Position {

        private final ReplicationRun run;
        private final long count;

        Reached(PostgreSQLLogicalReplicationSource source, Change last, long count) {
            super(source, source.slot.name(), last.position().toString());
            this.run = last.run();
            this.count = count;
        }
    }

    @Override
    protected Mono<Void> stop() {
        return Mono.defer(() -> {
            ReplicationRun last = run;
            run = null;
            return last == null ? Mono.empty() : last.close();
        });
    }
}
