package io.bspump.postgresql;

import io.bspump.ConnectionReference;
import io.bspump.Emission;
import io.bspump.Partition;
import io.bspump.postgresql.WalMessage.Begin;
import io.bspump.postgresql.WalMessage.Commit;
import io.bspump.postgresql.WalMessage.Row;
import io.bspump.postgresql.WalMessage.Truncate;
import io.netty.channel.EventLoop;
import io.r2dbc.postgresql.api.PostgresqlReplicationConnection;
import io.r2dbc.postgresql.replication.LogSequenceNumber;
import io.r2dbc.postgresql.replication.ReplicationRequest;
import io.r2dbc.postgresql.replication.ReplicationStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The changes of one slot from a subscription to its end, over as many sessions as it takes. A session begins behind the last
 * transaction that came whole, and what has come of the one after that is left out, so an outage makes no event twice.
 *
 * <p>All of it is confined to one event loop, which the sessions use too. That is needed: when the driver is asked for more by
 * another thread while messages come, it may emit two of them in the wrong order; and only between two messages, with nothing
 * held back, it is known that the place the driver has read up to is one that this has read up to.
 */
final class ReplicationRun implements Subscription {

    /** How many messages are asked for ahead. */
    private static final int AHEAD = 256;

    private static final Logger LOG = LoggerFactory.getLogger(ReplicationRun.class);

    /** Where Reactor looks for who is told of errors that nobody waits for; the driver makes one whenever a stream ends. */
    private static final String DROPPED = "reactor.onErrorDropped.local";

    private static final String IN_USE = "55006";
    private static final String BEING_MADE = "42710";
    private static final String BEING_DROPPED = "42704";
    private static final Duration FAREWELL = Duration.ofSeconds(5);

    private final String section;
    private final Slot slot;
    private final Duration interval;
    private final ConnectionReference<PostgreSQLConnection> connection;
    private final ReplicationMeters meters;
    private final Subscriber<? super Emission<Map<String, @Nullable Object>>> subscriber;
    private final EventLoop loop;
    private final Scheduler scheduler;
    private final Partition partition = new Partition();
    private final Confirmations confirmations = new Confirmations();
    private final Queue<Change> pending = new ArrayDeque<>();
    private final Disposable.Swap attempt = Disposables.swap();
    private final Disposable.Swap ticks = Disposables.swap();
    private final Retries retries = new Retries();

    // Confined to the loop.
    private @Nullable Session session;
    private volatile boolean isNew = true;
    private long demand;
    private boolean cancelled;
    private boolean ended;

    /** Behind the last transaction that has come whole. */
    private long received;

    /** The last event that has come, or that is not wanted any more. */
    private WalPosition last;

    ReplicationRun(
            String section,
            Slot slot,
            WalPosition last,
            Duration interval,
            ConnectionReference<PostgreSQLConnection> connection,
            ReplicationMeters meters,
            Subscriber<? super Emission<Map<String, @Nullable Object>>> subscriber) {
        this.section = section;
        this.slot = slot;
        this.last = last;
        this.interval = interval;
        this.connection = connection;
        this.meters = meters;
        this.subscriber = subscriber;
        this.loop = Lines.anyLoop();
        this.scheduler = Schedulers.fromExecutorService(loop, "bspump-replication");
    }

    void start() {
        long millis = interval.toMillis();
        ticks.update(scheduler.schedulePeriodically(this::confirm, millis, millis, TimeUnit.MILLISECONDS));
        loop.execute(this::begin);
    }

    @Override
    public void request(long n) {
        loop.execute(() -> {
            demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
            emit();
        });
    }

    /** Emits nothing more. What settles later is still confirmed. */
    @Override
    public void cancel() {
        loop.execute(() -> {
            cancelled = true;
            pending.clear();
        });
    }

    /** An event has settled, and all before it. On the lane. */
    void settled() {
        confirmations.settled();
    }

    /** So many events have been committed, and so have settled for good. On the lane. */
    void committed(long count) {
        confirmations.committed(count);
    }

    /** Ends it; completes when the slot is free and has been moved over all that has settled, as far as the server allows. */
    Mono<Void> close() {
        return Mono.fromCallable(() -> {
                    cancelled = true;
                    ended = true;
                    ticks.dispose();
                    attempt.dispose();
                    session = null;
                    return confirmations.confirmed();
                })
                .subscribeOn(scheduler)
                .filter(lsn -> lsn != 0)
                .flatMap(this::advance);
    }

    /** The server may take a moment to notice that nobody reads the slot any more. */
    private Mono<Void> advance(long lsn) {
        return Mono.defer(() -> connection
                        .connection()
                        .use(present -> slot.advance(present, lsn))
                        .then())
                .retryWhen(reactor.util.retry.Retry.fixedDelay(50, Duration.ofMillis(50))
                        .filter(error -> SqlErrors.state(error).equals(IN_USE)))
                .timeout(FAREWELL)
                .onErrorResume(error -> {
                    LOG.info(
                            "[{}] the slot {} stays where it was confirmed last, what has settled since comes again: {}",
                            section,
                            slot.name(),
                            SqlErrors.describe(error));
                    return Mono.empty();
                });
    }

    // Sessions

    private void begin() {
        if (ended || cancelled) {
            return;
        }
        Session fresh = new Session();
        session = fresh;
        connection
                .ready()
                .flatMapMany(present -> slot.prepare(present, isNew, Math.max(received, last.lsn()), this::created)
                        .doOnSuccess(done -> isNew = false) // from now on it must be there
                        .thenMany(Flux.defer(() -> present.useReplication(loop, fresh::changes))))
                .subscribeOn(scheduler)
                .contextWrite(context -> context.put(DROPPED, (Consumer<Throwable>) this::dropped))
                .subscribe(fresh);
        attempt.update(fresh);
    }

    private void dropped(Throwable error) {
        LOG.debug("[{}] error after the end of a stream: {}", section, error.toString());
    }

    private void created(String what) {
        LOG.info("[{}] created {}", section, what);
    }

    private void ended(Session which, Throwable error) {
        if (ended || session != which) {
            return;
        }
        session = null;
        String state = SqlErrors.state(error);
        if (error instanceof SlotException || (SqlErrors.isOfStatement(error) && !isPassing(error, state))) {
            fail(error);
            return;
        }
        if (state.equals(IN_USE)) {
            if (retries.isFirst()) {
                LOG.warn("[{}] waits: {}", section, SqlErrors.describe(error));
            }
        } else {
            LOG.info(
                    "[{}] the stream of slot {} has ended and will go on: {}",
                    section,
                    slot.name(),
                    SqlErrors.describe(error));
        }
        attempt.update(scheduler.schedule(this::begin, retries.next(), TimeUnit.MILLISECONDS));
    }

    private static boolean isPassing(Throwable error, String state) {
        return state.equals(IN_USE)
                || state.equals(BEING_MADE)
                || state.equals(BEING_DROPPED)
                || SqlErrors.isPassing(error);
    }

    private void fail(Throwable error) {
        ended = true;
        ticks.dispose();
        if (!cancelled) {
            String text = error instanceof SlotException ? error.getMessage() : SqlErrors.describe(error);
            subscriber.onError(new IllegalStateException("[" + section + "] " + text, error));
        }
    }

    /** What one session brings. */
    private final class Session extends BaseSubscriber<Sized> {

        private final PgOutput output = new PgOutput();
        private @Nullable ReplicationStream stream;
        private @Nullable Begin transaction;
        private long number;
        private int asked;

        Publisher<Sized> changes(PostgresqlReplicationConnection over) {
            ReplicationRequest request = ReplicationRequest.logical()
                    .slotName(slot.name())
                    .startPosition(LogSequenceNumber.valueOf(received))
                    .slotOption("proto_version", 1)
                    .slotOption("publication_names", slot.publicationNames())
                    .statusInterval(interval)
                    .build();
            return Flux.usingWhen(over.startReplication(request), this::messages, this::left);
        }

        private Flux<Sized> messages(ReplicationStream begun) {
            stream = begun;
            confirm();
            return begun.map(message -> {
                long size = message.readableBytes();
                try {
                    return new Sized(output.read(message), size);
                } catch (RuntimeException e) {
                    throw new SlotException("a message of the server cannot be read: " + e.getMessage(), e);
                }
            });
        }

        /** Ends what the driver does for the stream; what it returns for that must not be waited for, it may never end. */
        private Mono<Void> left(ReplicationStream begun) {
            return Mono.fromRunnable(begun::close);
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            asked = AHEAD;
            request(AHEAD);
        }

        @Override
        protected void hookOnNext(Sized message) {
            asked--;
            if (session == this) {
                retries.reset();
                take(message);
                emit();
            }
        }

        @Override
        protected void hookOnError(Throwable error) {
            loop.execute(() -> ended(this, error));
        }

        @Override
        protected void hookOnComplete() {
            loop.execute(() -> ended(this, new IllegalStateException("the server has ended it")));
        }

        private void take(Sized message) {
            if (message.message() instanceof Begin begin) {
                transaction = begin;
                number = 0;
            } else if (message.message() instanceof Commit commit) {
                transaction = null;
                received = commit.end();
                confirmations.end(commit.end());
                meters.transaction();
            } else if (message.message() instanceof Row row) {
                change(row.relation(), event(row), message.size());
            } else if (message.message() instanceof Truncate truncate) {
                truncate.relations().forEach(emptied -> change(emptied, event(truncate, emptied), message.size()));
            }
        }

        private void change(Relation relation, Map<String, @Nullable Object> event, long size) {
            Begin begun = transaction;
            if (begun == null) {
                throw new IllegalStateException("a change came outside a transaction");
            }
            WalPosition position = new WalPosition(begun.lsn(), ++number);
            if (cancelled || !position.isAfter(last)) {
                return;
            }
            last = position;
            confirmations.event();
            // Each value costs more here than as bytes.
            pending.add(new Change(ReplicationRun.this, partition, event, 200 + 4 * size, relation, begun, number));
        }

        /** Asks for as much as there is room for. */
        void ask() {
            int room = AHEAD - asked - pending.size();
            if (room >= AHEAD / 4 && !cancelled) {
                asked += room;
                request(room);
            }
        }

        /** Whether all that the driver has read has come here, and is no part of a transaction. */
        boolean isAtRest() {
            return stream != null && transaction == null && asked > 0 && pending.isEmpty();
        }
    }

    /** A message and how many bytes it had. */
    private record Sized(WalMessage message, long size) {}

    private static Map<String, @Nullable Object> event(Row row) {
        Map<String, @Nullable Object> event = event(row.operation(), row.relation());
        if (row.old() != null) {
            event.put("old", row.old());
        }
        if (row.now() != null) {
            event.put("new", row.now());
        }
        if (!row.unchanged().isEmpty()) {
            event.put("unchanged", row.unchanged());
        }
        return event;
    }

    private static Map<String, @Nullable Object> event(Truncate truncate, Relation emptied) {
        Map<String, @Nullable Object> event = event("truncate", emptied);
        event.put("cascade", truncate.isCascade());
        event.put("restart_identity", truncate.restartsIdentity());
        return event;
    }

    private static Map<String, @Nullable Object> event(String operation, Relation relation) {
        Map<String, @Nullable Object> event = new LinkedHashMap<>();
        event.put("operation", operation);
        event.put("schema", relation.schema());
        event.put("table", relation.table());
        return event;
    }

    private void emit() {
        while (demand > 0 && !pending.isEmpty() && !cancelled) {
            demand--;
            subscriber.onNext(pending.remove());
        }
        Session present = session;
        if (present != null) {
            present.ask();
        }
    }

    /** Lets the driver tell the server, with its next status, what may be forgotten. */
    private void confirm() {
        Session present = session;
        if (present == null || present.stream == null) {
            return;
        }
        ReplicationStream stream = present.stream;
        if (present.isAtRest() && !cancelled && confirmations.isSettled()) {
            confirmations.idle(stream.getLastReceiveLSN().asLong());
        }
        long lsn = confirmations.confirmed();
        if (lsn != 0) {
            meters.unconfirmed(stream.getLastReceiveLSN().asLong() - lsn);
            stream.setFlushedLSN(LogSequenceNumber.valueOf(lsn));
            stream.setAppliedLSN(LogSequenceNumber.valueOf(lsn));
        }
    }
}
