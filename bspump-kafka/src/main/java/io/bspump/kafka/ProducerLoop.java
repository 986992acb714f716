package io.bspump.kafka;

import io.bspump.ConnectionStatus;
import io.bspump.ErrorClass;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.concurrent.Queues;

/**
 * The thread of a sink: it owns the producer and hands it the records in the order in which they came. It may be blocked by a
 * driver that wants to know about a topic or has no room left; then records wait here, and the sink takes no more than its
 * {@code concurrency}.
 */
final class ProducerLoop implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaSink.class);
    private static final Duration CLOSE = Duration.ofSeconds(5);
    private static final Duration CHECK = Duration.ofSeconds(20);
    private static final long AGAIN_NANOS = Duration.ofSeconds(1).toNanos();

    /** How long a topic that was not there is taken not to be there. */
    private static final long MISSING_NANOS = Duration.ofSeconds(5).toNanos();

    private static final int MOST_MISSING = 1000;

    /** What the queue of records grows by. */
    private static final int CHUNK = 1024;

    /** How long it looks for more of its own accord after work, since to wake a thread for each record is dear. */
    private static final long NAP_NANOS = 200_000;

    private final String sink;
    private final Function<KafkaConnection, Map<String, Object>> properties;
    private final Queue<Publication> waiting =
            Queues.<Publication>unbounded(CHUNK).get();
    private final Queue<Failed> failed = Queues.<Failed>unboundedMultiproducer().get();
    private final Sinks.Empty<Void> ended = Sinks.empty();
    private final Thread thread;
    private volatile boolean parked;
    private volatile boolean closing;
    private volatile @Nullable KafkaConnection target;

    // Confined to the thread.
    private final Queue<Publication> again = new PriorityQueue<>(Comparator.comparingLong(Publication::number));
    private final Map<String, Long> missing = new HashMap<>();
    private @Nullable Producer<byte[], byte[]> producer;
    private @Nullable KafkaConnection connection;
    private final TopicLimits limits = new TopicLimits();
    private long taken;
    private boolean compressed;
    private boolean worked;
    private long notBefore = System.nanoTime();

    /** Why the producer cannot be made as it is configured; null if it can. */
    private @Nullable KafkaException unusable;

    /**
     * What the driver could not do.
     *
     * @param atOnce whether it was not even taken
     */
    private record Failed(Publication publication, Exception error, boolean atOnce) {}

    ProducerLoop(String sink, Function<KafkaConnection, Map<String, Object>> properties) {
        this.sink = sink;
        this.properties = properties;
        this.thread = new Thread(this, "bspump-kafka-" + sink);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Sends a record after those before it. On the lane. */
    void send(Publication publication) {
        waiting.offer(publication);
        VarHandle.fullFence(); // between the offer and the look, as between the two of who parks
        if (parked) {
            parked = false; // once is enough
            wake();
        }
    }

    /** Hears what the driver could not do. Any thread. */
    void failed(Publication publication, Exception error) {
        failed.offer(new Failed(publication, error, Thread.currentThread() == thread));
        wake();
    }

    /** Sends over this connection from now on. Any thread. */
    void use(KafkaConnection next) {
        target = next;
        wake();
    }

    void wake() {
        LockSupport.unpark(thread);
    }

    /** Gives up what has not been sent and ends; completes when that is done. Never fails. */
    Mono<Void> close() {
        return Mono.defer(() -> {
            closing = true;
            thread.interrupt();
            return ended.asMono();
        });
    }

    @Override
    public void run() {
        while (!closing) {
            try {
                turn();
            } catch (RuntimeException e) {
                if (!closing) {
                    LOG.warn("The producer is made anew, sink={} reason={}", sink, e.toString());
                    closeProducer(Duration.ZERO);
                    notBefore = System.nanoTime() + AGAIN_NANOS;
                }
            }
        }
        // The interrupt that has ended this would keep the driver from ending well.
        Thread.interrupted();
        closeProducer(Duration.ZERO);
        ended.tryEmitEmpty();
    }

    private void turn() {
        takeFailed();
        Producer<byte[], byte[]> present = producer();
        Publication next = present == null && unusable == null ? null : next();
        if (next == null) {
            await(present == null);
        } else if (present == null) {
            next.end(unusable);
        } else if (!next.isCancelled()) {
            worked = true;
            send(present, next);
        }
    }

    private @Nullable Publication next() {
        Publication first = again.isEmpty() ? null : again.poll();
        if (first == null) {
            first = waiting.poll();
            if (first != null) {
                first.isTaken(++taken);
            }
        }
        return first;
    }

    private void await(boolean forProducer) {
        if (worked && !forProducer) {
            worked = false;
            LockSupport.parkNanos(this, NAP_NANOS);
            return;
        }
        parked = true;
        if (forProducer) {
            LockSupport.parkNanos(this, AGAIN_NANOS);
        } else if (waiting.isEmpty() && again.isEmpty() && failed.isEmpty() && !closing && target == connection) {
            LockSupport.park(this);
        }
        parked = false;
    }

    private void send(Producer<byte[], byte[]> present, Publication next) {
        String topic = next.record().topic();
        Long until = missing.isEmpty() ? null : missing.get(topic);
        if (until != null && System.nanoTime() - until < 0) {
            next.end(missing(topic, null));
            return;
        }
        try {
            switch (limits.of(next.record(), admin(), compressed)) {
                case WITH_OTHERS -> next.handTo(present);
                case NEVER -> next.end(limits.refuse(topic, admin()));
                case ALONE -> {
                    present.flush();
                    next.handTo(present);
                    present.flush();
                }
            }
        } catch (InterruptException e) {
            again.add(next);
            throw e;
        } catch (IllegalStateException | KafkaException e) {
            failed.offer(new Failed(next, e, true));
        } catch (LinkageError e) {
            // A library for compression does not load on every machine.
            next.end(new IllegalStateException("the driver lacks something: " + e, e));
        }
    }

    private @Nullable Admin admin() {
        KafkaConnection present = connection;
        return present == null ? null : present.admin();
    }

    /** The producer over the present connection; null as long as there is none. */
    private @Nullable Producer<byte[], byte[]> producer() {
        KafkaConnection wanted = target;
        if (producer != null && wanted != connection) {
            closeProducer(CLOSE);
        }
        if (producer == null && wanted != null && wanted.status().isConnected() && System.nanoTime() - notBefore >= 0) {
            open(wanted);
        }
        return producer;
    }

    private void open(KafkaConnection wanted) {
        Map<String, Object> settings = properties.apply(wanted);
        compressed = !"none".equals(settings.getOrDefault("compression.type", "none"));
        connection = wanted;
        unusable = null;
        try {
            producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        } catch (KafkaException e) {
            if (wanted.classify(e) != ErrorClass.CONFIGURATION) {
                throw e;
            }
            unusable = e;
            notBefore = System.nanoTime() + AGAIN_NANOS;
        }
    }

    private void closeProducer(Duration limit) {
        Producer<byte[], byte[]> last = producer;
        producer = null;
        connection = null;
        if (last != null) {
            last.close(limit);
        }
    }

    /** Decides on what could not be sent: it is the record's own fault, or it is sent again. */
    private void takeFailed() {
        if (failed.isEmpty()) {
            return;
        }
        boolean broken = false;
        Failed next;
        while ((next = failed.poll()) != null) {
            Publication publication = next.publication();
            Exception error = next.error();
            if (isOfRecord(error)) {
                publication.end(refused(publication, error));
            } else if (isTopicUnknown(next) && isUp() && MissingTopics.isFor(publication.record(), admin())) {
                publication.end(remember(publication.record().topic(), error));
            } else {
                again.add(publication);
                broken |= hasOvertaken(next) && publication.isWith(producer);
            }
        }
        if (broken) {
            throw new IllegalStateException("the driver gave up");
        }
    }

    /** The driver has given it up and goes on with those behind it, unless it is stopped: they are all sent again, in order. */
    private static boolean hasOvertaken(Failed failure) {
        boolean expired = !failure.atOnce() && failure.error() instanceof TimeoutException;
        return expired || !(failure.error() instanceof RetriableException);
    }

    /** The driver looks for a topic before it takes a record; otherwise it may only have no room left. */
    private static boolean isTopicUnknown(Failed failure) {
        return failure.atOnce()
                && failure.error() instanceof TimeoutException
                && !(failure.error() instanceof BufferExhaustedException);
    }

    private RuntimeException remember(String topic, Exception error) {
        if (missing.size() >= MOST_MISSING) {
            missing.clear();
        }
        missing.put(topic, System.nanoTime() + MISSING_NANOS);
        return missing(topic, error);
    }

    /** What will be the same however often it is tried. */
    private static boolean isOfRecord(Exception error) {
        return (error instanceof ApiException
                        && !(error instanceof RetriableException)
                        && !(error instanceof AuthenticationException)
                        && !(error instanceof OutOfOrderSequenceException)
                        && !(error instanceof InvalidProducerEpochException)
                        && !(error instanceof ProducerFencedException))
                || error instanceof IllegalArgumentException;
    }

    private boolean isUp() {
        KafkaConnection present = target;
        ConnectionStatus status = present == null ? null : present.check().block(CHECK);
        return status != null && status.isConnected();
    }

    private static RefusedException refused(Publication publication, Exception error) {
        return new RefusedException(
                "the record for topic '" + publication.record().topic() + "' cannot be sent: " + error.getMessage(),
                error);
    }

    private static RuntimeException missing(String topic, @Nullable Exception cause) {
        String text = "topic '" + topic + "', or its partition, does not exist";
        return cause == null ? new IllegalStateException(text) : new IllegalStateException(text, cause);
    }
}
