package io.bspump.kafka;

import io.bspump.ConnectionStatus;
import io.bspump.ErrorClass;
import io.bspump.RewindException;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The thread of a sink that writes transactions: it owns the producer and makes one transaction at a time of a batch. What is
 * known not to have been committed is tried again here for as long as that may help; where it is not known, the pipeline
 * rewinds.
 */
final class TransactionLoop implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaSink.class);
    private static final Duration CHECK = Duration.ofSeconds(20);
    private static final long AGAIN_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long LOOK_NANOS = Duration.ofMillis(5).toNanos();
    private static final long REFUSED_NANOS = Duration.ofSeconds(3).toNanos();

    private final Setup setup;
    private final AtomicReference<@Nullable KafkaTransaction> current = new AtomicReference<>();
    private final Sinks.Empty<Void> ended = Sinks.empty();
    private final Thread thread;
    private volatile boolean closing;
    private volatile @Nullable KafkaConnection target;

    // Confined to the thread.
    private final TopicLimits limits = new TopicLimits();
    private @Nullable Producer<byte[], byte[]> producer;
    private @Nullable KafkaConnection connection;
    private @Nullable TransactionalId id;
    private TopicLimits.Asking asking = new TopicLimits.Asking(null, false);
    private long notBefore = System.nanoTime();
    private long refusedUntil = System.nanoTime();
    private boolean complained;

    /** Over which connection no producer can be made. */
    private @Nullable KafkaConnection hopeless;

    /** Claims the name of a producer. */
    @FunctionalInterface
    interface Claim {
        TransactionalId claim() throws IOException;
    }

    /**
     * What a sink wants.
     *
     * @param properties of a producer over a connection
     */
    record Setup(String sink, Function<KafkaConnection, Map<String, Object>> properties, Claim claim) {}

    TransactionLoop(Setup setup) {
        this.setup = setup;
        this.thread = new Thread(this, "bspump-kafka-" + setup.sink());
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Writes over this connection from now on. Any thread. */
    void use(KafkaConnection next) {
        target = next;
        wake();
    }

    void wake() {
        LockSupport.unpark(thread);
    }

    /** Writes; there is one at a time. On the lane. */
    Mono<Void> write(KafkaTransaction transaction) {
        return Mono.defer(() -> {
            current.set(transaction);
            wake();
            return transaction.answer();
        });
    }

    /** Gives up what has not been committed and ends; completes when that is done. Never fails. */
    Mono<Void> close() {
        return Mono.defer(() -> {
            closing = true;
            thread.interrupt();
            return ended.asMono();
        });
    }

    @Override
    public void run() {
        try {
            while (!closing) {
                look();
            }
        } finally {
            // The interrupt that has ended this would keep the driver from ending well.
            Thread.interrupted();
            closeProducer();
            ended.tryEmitEmpty();
        }
    }

    private void look() {
        KafkaTransaction transaction = current.get();
        KafkaConnection wanted = target;
        if (wanted == null || !wanted.status().isConnected() || (transaction == null && isPrepared(wanted))) {
            LockSupport.parkNanos(this, AGAIN_NANOS);
        } else if (System.nanoTime() - notBefore < 0 || (transaction != null && isRefused(transaction))) {
            LockSupport.parkNanos(this, LOOK_NANOS);
        } else if (transaction == null) {
            prepare(wanted);
        } else {
            tryOnce(transaction, wanted);
        }
    }

    private boolean isPrepared(KafkaConnection wanted) {
        return wanted == hopeless || (producer != null && wanted == connection);
    }

    /**
     * Makes the producer before there is anything to write: this ends what a killed pump has left open, and as long as that is
     * open, the brokers may not tell the source where to begin.
     */
    private void prepare(KafkaConnection wanted) {
        try {
            producer(wanted);
            complained = false;
        } catch (InterruptException e) {
            LOG.debug("Interrupted to end, sink={}", setup.sink());
        } catch (IOException | RuntimeException e) {
            if (!complained) {
                complained = true;
                LOG.warn("The producer cannot be made yet, sink={} reason={}", setup.sink(), e.toString());
            }
            if (e instanceof IOException || isFinal(wanted, (RuntimeException) e)) {
                hopeless = wanted; // the first transaction will say why
            }
            closeProducer();
            notBefore = System.nanoTime() + AGAIN_NANOS;
        }
    }

    private void tryOnce(KafkaTransaction transaction, KafkaConnection wanted) {
        try {
            turn(transaction, wanted);
        } catch (InterruptException e) {
            LOG.debug("Interrupted to end, sink={}", setup.sink());
        } catch (RuntimeException e) {
            LOG.warn("The transaction is tried again, sink={} reason={}", setup.sink(), e.toString());
            notBefore = System.nanoTime() + AGAIN_NANOS;
        }
    }

    private boolean isRefused(KafkaTransaction transaction) {
        return System.nanoTime() - refusedUntil < 0 && transaction.wouldBeRefused();
    }

    private void turn(KafkaTransaction transaction, KafkaConnection wanted) {
        try {
            if (attempt(transaction, wanted)) {
                complained = false;
                end(transaction, null);
            }
        } catch (RewindException e) {
            closeProducer();
            end(transaction, e);
        } catch (IOException e) {
            end(transaction, e);
        } catch (InterruptException e) {
            throw e;
        } catch (RuntimeException e) {
            failed(transaction, wanted, e);
        }
    }

    private void end(KafkaTransaction transaction, @Nullable Throwable error) {
        current.set(null);
        transaction.end(error);
    }

    /** Returns whether the batch is committed, or has been told which of its events cannot be. */
    private boolean attempt(KafkaTransaction transaction, KafkaConnection wanted) throws IOException {
        Producer<byte[], byte[]> present = producer(wanted);
        transaction.begin();
        present.beginTransaction();
        try {
            if (!transaction.send(present, limits, asking)) {
                abort(present);
                return true;
            }
            transaction.sendOffsets(present);
        } catch (ProducerFencedException | FencedInstanceIdException e) {
            throw new RewindException("another producer goes by the name of this one: " + id, e);
        } catch (CommitFailedException e) {
            LOG.debug("The brokers do not take the offsets, sink={}", setup.sink(), e);
            refusedUntil = System.nanoTime() + REFUSED_NANOS;
            abort(present);
            return false;
        } catch (KafkaException | IllegalStateException | IllegalArgumentException e) {
            return abortedFor(transaction, present, wanted, e);
        }
        return commit(transaction, present, wanted);
    }

    private boolean commit(KafkaTransaction transaction, Producer<byte[], byte[]> present, KafkaConnection wanted) {
        while (true) {
            try {
                present.commitTransaction();
                return true;
            } catch (TimeoutException e) {
                if (closing || target != wanted) {
                    throw unknown(e);
                }
                LOG.debug("The brokers have not answered to the commit, sink={}", setup.sink(), e);
            } catch (InterruptException e) {
                throw e;
            } catch (KafkaException | IllegalStateException e) {
                if (!transaction.hasFailed()) {
                    throw unknown(e);
                }
                return abortedFor(transaction, present, wanted, e);
            }
        }
    }

    private static RewindException unknown(Exception cause) {
        return new RewindException("nobody knows whether the transaction was committed: " + cause.getMessage(), cause);
    }

    /** Gives up a transaction of which nothing has been committed; returns whether the batch knows now which events are at fault. */
    private boolean abortedFor(
            KafkaTransaction transaction,
            Producer<byte[], byte[]> present,
            KafkaConnection wanted,
            RuntimeException error) {
        if (error instanceof InterruptException || error instanceof RewindException) {
            throw error;
        }
        abort(present);
        if (transaction.namesFailed(() -> isUp(wanted))) {
            return true;
        }
        throw error;
    }

    private void abort(Producer<byte[], byte[]> present) {
        try {
            present.abortTransaction();
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException | IllegalStateException e) {
            LOG.debug("The transaction could not be aborted, so the producer is made anew, sink={}", setup.sink(), e);
            closeProducer();
        }
    }

    /** Tries again, unless that will never help. */
    private void failed(KafkaTransaction transaction, KafkaConnection wanted, RuntimeException error) {
        if (closing) {
            return;
        }
        if (isFinal(wanted, error)) {
            closeProducer();
            end(transaction, error);
            return;
        }
        if (isUp(wanted) && !complained) {
            complained = true;
            LOG.warn("The transaction is tried again, sink={} reason={}", setup.sink(), error.toString());
        }
        closeProducer();
        notBefore = System.nanoTime() + AGAIN_NANOS;
    }

    private static boolean isFinal(KafkaConnection wanted, RuntimeException error) {
        return error instanceof AuthorizationException
                || isBeyondLimit(error)
                || error.getCause() instanceof AuthorizationException
                || error instanceof UnsupportedVersionException
                || wanted.classify(error) == ErrorClass.CONFIGURATION;
    }

    /** The driver says it without a class of its own. */
    private static boolean isBeyondLimit(RuntimeException error) {
        return String.valueOf(error.getMessage()).contains("transaction.max.timeout.ms");
    }

    private static boolean isUp(KafkaConnection wanted) {
        ConnectionStatus status = wanted.check().block(CHECK);
        return status != null && status.isConnected();
    }

    /** The producer over the connection, whose earlier transactions have all ended. */
    private Producer<byte[], byte[]> producer(KafkaConnection wanted) throws IOException {
        if (producer != null && wanted != connection) {
            closeProducer();
        }
        Producer<byte[], byte[]> present = producer;
        return present == null ? open(wanted) : present;
    }

    private Producer<byte[], byte[]> open(KafkaConnection wanted) throws IOException {
        TransactionalId name = setup.claim().claim();
        id = name;
        Map<String, Object> settings = new HashMap<>(setup.properties().apply(wanted));
        settings.put("transactional.id", name.toString());
        asking = new TopicLimits.Asking(
                wanted.admin(), !"none".equals(settings.getOrDefault("compression.type", "none")));
        Producer<byte[], byte[]> made =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        producer = made;
        connection = wanted;
        made.initTransactions();
        return made;
    }

    private void closeProducer() {
        Producer<byte[], byte[]> last = producer;
        TransactionalId name = id;
        producer = null;
        connection = null;
        id = null;
        try {
            if (last != null) {
                last.close(Duration.ZERO);
            }
        } finally {
            letGo(name);
        }
    }

    private void letGo(@Nullable TransactionalId name) {
        if (name != null) {
            try {
                name.close();
            } catch (IOException e) {
                LOG.debug("The name of a producer is not let go before the process ends, sink={}", setup.sink(), e);
            }
        }
    }
}
