package io.bspump.kafka;

import io.bspump.ConnectionStatus;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.RewindException;
import io.bspump.StoredPositions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedMemberEpochException;
import org.apache.kafka.common.errors.IllegalGenerationException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.StaleMemberEpochException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The thread of a source: it owns the consumer, emits what was polled as far as it is asked for, and commits what has
 * settled. As long as something polled is not asked for it polls no more records, but goes on polling, so that the group
 * does not take a slow pipeline for a dead one.
 */
final class ConsumerLoop implements Subscription, Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaSource.class);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration KEEP_ALIVE = Duration.ofMillis(20);
    private static final long MOST_IDLE_NANOS = 500_000_000;
    private static final Duration CLOSE = Duration.ofSeconds(2);
    private static final Duration CHECK = Duration.ofSeconds(20);
    private static final Duration READ = Duration.ofSeconds(5);
    private static final long AGAIN_NANOS = Duration.ofSeconds(1).toNanos();

    /**
     * What a source wants.
     *
     * @param properties of a consumer over a connection
     * @param commits whether offsets are committed here; otherwise the sink does it
     * @param stored where the sink knows partitions to begin; null if it knows nothing of that
     */
    record Plan(
            Pipeline pipeline,
            Topics topics,
            Function<KafkaConnection, Map<String, Object>> properties,
            Function<KafkaConnection, Start> start,
            Duration commitInterval,
            Duration rebalanceTimeout,
            boolean commits,
            @Nullable StoredPositions stored) {}

    private final Plan plan;
    private final SourceMeters meters;
    private final Subscriber<? super Emission<byte[]>> subscriber;
    private final AtomicLong requested = new AtomicLong();
    private final Sinks.Empty<Void> ended = Sinks.empty();
    private final Thread thread;

    /** Held while events are emitted, so that none is emitted after a cancel. */
    private final Object emission = new Object();

    private volatile boolean cancelled;
    private volatile boolean closing;
    private volatile @Nullable KafkaConnection target;
    private volatile @Nullable Consumer<byte[], byte[]> polling;
    private volatile @Nullable Membership membership;

    // Confined to the thread.
    private List<Received> buffer = new ArrayList<>();
    private int next;
    private long nextCommit = System.nanoTime();
    private long mostIdle = MOST_IDLE_NANOS;
    private Duration mostSettling = Duration.ZERO;
    private int membershipChanges;

    ConsumerLoop(Plan plan, SourceMeters meters, Subscriber<? super Emission<byte[]>> subscriber) {
        this.plan = plan;
        this.meters = meters;
        this.subscriber = subscriber;
        this.thread = new Thread(this, "bspump-kafka-" + meters.source());
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Consumes over this connection from now on. Any thread. */
    void use(KafkaConnection connection) {
        target = connection;
        wake();
    }

    /** Has it looked at again what the connection is like. Any thread. */
    void wake() {
        LockSupport.unpark(thread);
    }

    /** Commits, leaves the group and ends; completes when that is done. Never fails. */
    Mono<Void> close() {
        return Mono.defer(() -> {
            cancel();
            closing = true;
            Consumer<byte[], byte[]> present = polling;
            if (present != null) {
                present.wakeup();
            }
            wake();
            return ended.asMono();
        });
    }

    /** What it is in its group, which is not known before the first poll. Any thread. */
    @Nullable
    Membership membership() {
        return membership;
    }

    @Override
    public void request(long n) {
        if (requested.getAndAdd(n) == 0) {
            wake();
        }
    }

    @Override
    public void cancel() {
        synchronized (emission) {
            cancelled = true;
        }
        wake();
    }

    @Override
    public void run() {
        Throwable error = null;
        try {
            while (!closing) {
                KafkaConnection connection = target;
                if (connection != null && connection.status().isConnected()) {
                    consume(connection);
                } else {
                    LockSupport.park(this);
                }
            }
        } catch (LinkageError e) {
            // A library for compression does not load on every machine.
            error = new IllegalStateException("the driver lacks something: " + e, e);
        } catch (Throwable t) {
            error = t;
        }
        synchronized (emission) {
            if (error != null && !cancelled) {
                cancelled = true;
                subscriber.onError(rewindOr(error));
            } else if (error != null && !closing) {
                LOG.warn("The consumer ended with an error, source={}", meters.source(), error);
            }
        }
        ended.tryEmitEmpty();
    }

    /** What a callback has thrown comes back wrapped. */
    private static Throwable rewindOr(Throwable error) {
        return error.getCause() instanceof RewindException rewind ? rewind : error;
    }

    private void consume(KafkaConnection connection) {
        try {
            consumeUntilItChanges(connection);
        } catch (WakeupException e) {
            LOG.debug("Woken up to end, source={}", meters.source());
        } catch (KafkaException e) {
            // If the connection is down it says so, tries again and is waited for.
            if (isUp(connection)) {
                if (!(e instanceof RetriableException) && !isLeftBehind(e)) {
                    throw e;
                }
                LOG.warn("The consumer is made anew, source={} reason={}", meters.source(), e.toString());
                pause();
            }
        }
    }

    /** Whether the group has gone on without this consumer, which it may learn wherever it asks for offsets or commits them. */
    private static boolean isLeftBehind(KafkaException error) {
        return error instanceof UnknownMemberIdException
                || error instanceof IllegalGenerationException
                || error instanceof FencedMemberEpochException
                || error instanceof StaleMemberEpochException
                || error instanceof RebalanceInProgressException
                || error instanceof CommitFailedException;
    }

    private static boolean isUp(KafkaConnection connection) {
        ConnectionStatus status = connection.check().block(CHECK);
        return status == null || status.isConnected();
    }

    private void pause() {
        long end = System.nanoTime() + AGAIN_NANOS;
        long left;
        while (!closing && (left = end - System.nanoTime()) > 0) {
            LockSupport.parkNanos(this, left);
        }
    }

    private void consumeUntilItChanges(KafkaConnection connection) {
        Map<String, Object> properties = plan.properties().apply(connection);
        Duration maxPoll = Duration.ofMillis(
                Long.parseLong(String.valueOf(properties.getOrDefault("max.poll.interval.ms", "300000"))));
        mostIdle = Math.min(MOST_IDLE_NANOS, maxPoll.toNanos() / 4);
        Duration settling = maxPoll.multipliedBy(3).dividedBy(4);
        mostSettling = settling.compareTo(plan.rebalanceTimeout()) < 0 ? settling : plan.rebalanceTimeout();
        Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        Shares shares = new Shares(consumer, meters, plan.commits());
        polling = consumer;
        try {
            Start start = plan.start().apply(connection);
            UnknownPositions unknown = new UnknownPositions(consumer, start, meters.source());
            subscribe(consumer, shares, start);
            while (!closing && target == connection) {
                turn(consumer, shares, unknown);
            }
            clear(shares.all());
            if (!closing) {
                awaitSettled(shares.all(), () -> publish(consumer, shares));
            }
            shares.commitNow(shares.all(), CLOSE);
        } finally {
            polling = null;
            membership = null;
            clear(shares.all());
            shares.remove(consumer.assignment());
            consumer.close(CloseOptions.timeout(CLOSE));
        }
    }

    private void subscribe(Consumer<?, ?> consumer, Shares shares, Start start) {
        Rebalances rebalances = new Rebalances(consumer, shares, start);
        Topics topics = plan.topics();
        if (topics.pattern() != null) {
            consumer.subscribe(topics.pattern(), rebalances);
            return;
        }
        int partitions = 0;
        for (String topic : topics.names()) {
            int count = closing ? 1 : consumer.partitionsFor(topic).size();
            if (count == 0) {
                throw new IllegalStateException("topic '" + topic + "' does not exist");
            }
            partitions += count;
        }
        tellOfIdleLanes(partitions);
        consumer.subscribe(topics.names(), rebalances);
    }

    private void tellOfIdleLanes(int partitions) {
        Pipeline pipeline = plan.pipeline();
        if (pipeline.lane() == 0 && partitions < pipeline.parallelism()) {
            LOG.warn(
                    "[pipeline:{}] has more lanes than there are partitions, so some are idle, parallelism={} partitions={}",
                    pipeline.id(),
                    pipeline.parallelism(),
                    partitions);
        }
    }

    private void turn(Consumer<byte[], byte[]> consumer, Shares shares, UnknownPositions unknown) {
        try {
            if (cancelled) {
                clear(shares.all());
                keepAlive(consumer, shares);
            } else if (next == buffer.size()) {
                take(consumer.poll(POLL), shares);
            } else if (requested.get() == 0 && !isAsked()) {
                keepAlive(consumer, shares);
            }
        } catch (WakeupException e) {
            // Somebody wants something else, which the next look will show.
        } catch (InvalidOffsetException e) {
            unknown.resolve(e, partition -> shares.get(partition) != null);
        }
        publish(consumer, shares);
        emit();
        long now = System.nanoTime();
        if (now - nextCommit >= 0) {
            nextCommit = now + plan.commitInterval().toNanos();
            shares.commit();
            meters.lag(shares.lag());
        }
    }

    /** Tells the sink, if it commits, what this is in its group. */
    private void publish(Consumer<?, ?> consumer, Shares shares) {
        if (plan.commits()) {
            return;
        }
        ConsumerGroupMetadata group = consumer.groupMetadata();
        Membership before = membership;
        if (before == null || membershipChanges != shares.changes() || !group.equals(before.group())) {
            membershipChanges = shares.changes();
            membership = new Membership(group, Set.copyOf(shares.all()));
        }
    }

    /** Waits a while to be asked for more. */
    private boolean isAsked() {
        long end = System.nanoTime() + mostIdle;
        long left;
        while (requested.get() == 0 && !closing && !cancelled && (left = end - System.nanoTime()) > 0) {
            LockSupport.parkNanos(this, left);
        }
        return requested.get() > 0;
    }

    /** Takes part in the life of the group, without getting more records. */
    private void keepAlive(Consumer<byte[], byte[]> consumer, Shares shares) {
        shares.pause();
        ConsumerRecords<byte[], byte[]> records = consumer.poll(cancelled ? POLL : KEEP_ALIVE);
        shares.resume();
        if (!cancelled) {
            take(records, shares); // of partitions that have just been assigned
        }
    }

    private void take(ConsumerRecords<byte[], byte[]> records, Shares shares) {
        if (records.isEmpty()) {
            return;
        }
        if (next == buffer.size()) {
            buffer = new ArrayList<>(records.count());
            next = 0;
        }
        for (TopicPartition partition : records.partitions()) {
            Share share = shares.get(partition);
            if (share != null) {
                List<ConsumerRecord<byte[], byte[]>> its = records.records(partition);
                tellOfReturn(share, its.get(0).offset());
                for (ConsumerRecord<byte[], byte[]> record : its) {
                    Received received = new Received(share, record);
                    share.polled(received);
                    buffer.add(received);
                }
            }
        }
    }

    /** The driver goes back when the brokers do not know its position, as in a topic that was deleted and made again. */
    private void tellOfReturn(Share share, long from) {
        if (from <= share.last()) {
            LOG.warn(
                    "The brokers did not know the position, so records may come again, source={} partition={} position={} from={}",
                    meters.source(),
                    share.id(),
                    share.last() + 1,
                    from);
        }
    }

    private void emit() {
        int count = (int) Math.min(requested.get(), buffer.size() - next);
        if (count == 0) {
            return;
        }
        synchronized (emission) {
            if (cancelled) {
                return;
            }
            int end = next + count;
            while (next < end) {
                Received record = buffer.get(next);
                buffer.set(next, null);
                next++;
                if (next < end) {
                    record.follow();
                }
                record.share().emitted(record);
                subscriber.onNext(record);
            }
        }
        requested.addAndGet(-count);
    }

    /** Forgets what was polled of these partitions and not emitted. */
    private void clear(Collection<Share> gone) {
        List<Received> left = new ArrayList<>();
        for (Received record : buffer.subList(next, buffer.size())) {
            if (!gone.contains(record.share())) {
                left.add(record);
            }
        }
        buffer = left;
        next = 0;
    }

    private void awaitSettled(Collection<Share> waiting, Runnable meanwhile) {
        Shares.awaitSettled(waiting, mostSettling, () -> {
            meanwhile.run();
            return !closing && plan.pipeline().state() != PipelineState.ERROR;
        });
    }

    /** What becomes of partitions that come and go. On the thread, inside of polls. */
    private final class Rebalances implements ConsumerRebalanceListener {

        private final Consumer<?, ?> consumer;
        private final Shares shares;
        private final Start start;

        Rebalances(Consumer<?, ?> consumer, Shares shares, Start start) {
            this.consumer = consumer;
            this.shares = shares;
            this.start = start;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            LOG.debug("Assigned, source={} partitions={}", meters.source(), partitions);
            meters.rebalanced();
            shares.add(partitions);
            start.seek(consumer, partitions);
            seekStored(partitions);
        }

        private void seekStored(Collection<TopicPartition> partitions) {
            StoredPositions stored = plan.stored();
            if (stored == null || partitions.isEmpty()) {
                return;
            }
            Set<String> names =
                    partitions.stream().map(TopicPartition::toString).collect(Collectors.toSet());
            try {
                Map<String, String> found = stored.read(names::contains).block(READ);
                for (TopicPartition partition : partitions) {
                    String offset = found == null ? null : found.get(partition.toString());
                    if (offset != null) {
                        consumer.seek(partition, Long.parseLong(offset));
                    }
                }
            } catch (RuntimeException e) {
                throw new RewindException("the stored positions cannot be read: " + e.getMessage(), e);
            }
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            LOG.debug("Revoked, source={} partitions={}", meters.source(), partitions);
            List<Share> gone = shares.of(partitions);
            clear(gone);
            // A cooperative member is told after it has joined the next generation, in which the sink has to commit.
            awaitSettled(gone, () -> publish(consumer, shares));
            shares.remove(partitions);
            shares.commitNow(gone, CLOSE);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            LOG.warn(
                    "Lost, others read again what was in flight, source={} partitions={}", meters.source(), partitions);
            clear(shares.remove(partitions));
        }
    }
}
