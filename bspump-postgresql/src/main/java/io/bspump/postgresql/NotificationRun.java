package io.bspump.postgresql;

import io.bspump.ConnectionReference;
import io.bspump.Emission;
import io.r2dbc.postgresql.api.Notification;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.concurrent.Queues;

/**
 * Listens for one subscription, over as many sessions as it takes. What comes waits in a bounded buffer and is dropped when that
 * is full, as a server cannot be asked to wait: it would keep notifications for all sessions, and refuse new ones in the end.
 *
 * <p>Notifications come on the driver's threads, demand comes on the lane.
 */
final class NotificationRun implements Subscription {

    /** How often the server is asked whether the session is there, and how long it may take to answer. */
    private static final Duration PING = Duration.ofSeconds(15);

    private static final Duration ANSWER = Duration.ofSeconds(5);

    private final String section;
    private final List<String> channels;
    private final long bufferBytes;
    private final ConnectionReference<PostgreSQLConnection> connection;
    private final NotificationMeters meters;
    private final Scheduler worker;
    private final Subscriber<? super Emission<String>> subscriber;
    private final Retries retries = new Retries();
    private final Disposable.Swap session = Disposables.swap();
    private final Queue<Notice> arrived =
            Queues.<Notice>unboundedMultiproducer().get();
    private final AtomicLong buffered = new AtomicLong();
    private final AtomicLong requested = new AtomicLong();
    private final AtomicInteger due = new AtomicInteger();
    private volatile boolean cancelled;

    // Of one session after the other.
    private volatile boolean listening;
    private volatile long lostAt;

    /** @param worker may block, and knows the time */
    NotificationRun(
            String section,
            List<String> channels,
            long bufferBytes,
            ConnectionReference<PostgreSQLConnection> connection,
            NotificationMeters meters,
            Scheduler worker,
            Subscriber<? super Emission<String>> subscriber) {
        this.section = section;
        this.channels = channels;
        this.bufferBytes = bufferBytes;
        this.connection = connection;
        this.meters = meters;
        this.worker = worker;
        this.subscriber = subscriber;
    }

    void start() {
        session.update(connection
                .ready()
                .flatMapMany(present -> present.useOwn(this::listen))
                .subscribe(
                        nothing -> {},
                        this::ended,
                        () -> ended(new IllegalStateException("the server has closed the session"))));
    }

    private Flux<Void> listen(PostgresqlConnection over) {
        // Asked for without a bound: the driver drops what nobody has asked for.
        Mono<Void> notifications =
                over.getNotifications().doOnNext(this::receive).then();
        String statement = channels.stream()
                .map(channel -> "LISTEN " + Table.quoted(channel))
                .collect(Collectors.joining("; "));
        Mono<Void> pings = Flux.interval(PING, worker)
                .onBackpressureDrop()
                .concatMap(tick -> execute(over, "SELECT 1").timeout(ANSWER, worker))
                .then();
        return Flux.merge(
                notifications,
                execute(over, statement).doOnSuccess(done -> listens()).then(pings));
    }

    private static Mono<Void> execute(PostgresqlConnection over, String statement) {
        return over.createStatement(statement)
                .execute()
                .flatMap(PostgresqlResult::getRowsUpdated)
                .then();
    }

    private void listens() {
        listening = true;
        retries.reset();
        if (lostAt != 0) {
            meters.gap(worker.now(TimeUnit.MILLISECONDS) - lostAt);
            lostAt = 0;
        }
    }

    private void ended(Throwable error) {
        if (cancelled) {
            return;
        }
        if (SqlErrors.isOfStatement(error) && !SqlErrors.isPassing(error)) {
            cancelled = true;
            subscriber.onError(
                    new IllegalStateException("[" + section + "] cannot listen: " + SqlErrors.describe(error), error));
            return;
        }
        if (listening) {
            listening = false;
            lostAt = worker.now(TimeUnit.MILLISECONDS);
            meters.lost(error);
        }
        session.update(worker.schedule(this::start, retries.next(), TimeUnit.MILLISECONDS));
    }

    private void receive(Notification notification) {
        String payload = notification.getParameter() == null ? "" : notification.getParameter();
        long size = Notice.size(payload);
        if (buffered.addAndGet(size) > bufferBytes) {
            buffered.addAndGet(-size);
            meters.dropped();
            return;
        }
        arrived.offer(new Notice(payload, notification.getName(), notification.getProcessId()));
        emit();
    }

    @Override
    public void request(long n) {
        requested.accumulateAndGet(n, (before, more) -> before + more < 0 ? Long.MAX_VALUE : before + more);
        emit();
    }

    @Override
    public void cancel() {
        cancelled = true;
        session.dispose();
    }

    /** Emits what there is demand for; one thread at a time. */
    private void emit() {
        if (due.getAndIncrement() != 0) {
            return;
        }
        int done = 1;
        do {
            while (requested.get() > 0 && !cancelled && emitNext()) {
                requested.decrementAndGet();
            }
            done = due.addAndGet(-done);
        } while (done != 0);
    }

    private boolean emitNext() {
        Notice next = arrived.poll();
        if (next == null) {
            return false;
        }
        String payload = next.event();
        buffered.addAndGet(-Notice.size(payload == null ? "" : payload));
        subscriber.onNext(next);
        return true;
    }
}
