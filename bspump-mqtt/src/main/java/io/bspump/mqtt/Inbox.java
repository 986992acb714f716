package io.bspump.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import io.bspump.Emission;
import io.bspump.Partition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.util.concurrent.Queues;

/**
 * The messages of one source, from their arrival to their settlement. Those of QoS 1 and 2 wait without a bound of their own,
 * since the broker sends no more than the receive maximum before it gets acknowledgements; those of QoS 0 wait in a bounded
 * buffer and are dropped when that is full.
 *
 * <p>Messages come on the threads of links, demand comes on the lane.
 */
final class Inbox implements Subscription, Receiver {

    /** What a message costs beside its payload, about. */
    private static final long OVERHEAD = 200;

    private static final int MOST_CONTEXTS = 10_000;

    private final List<Filter> filters;
    private final MqttQos qos;
    private final long bufferBytes;
    private final Runnable dropped;
    private final Subscriber<? super Emission<byte[]>> subscriber;
    private final Partition partition = new Partition();
    private final AtomicLong buffered = new AtomicLong();
    private final AtomicLong requested = new AtomicLong();
    private final AtomicInteger due = new AtomicInteger();

    /** Contexts that many messages share, by topic and then by QoS and retain flag. */
    private final Map<String, Map<String, Object>[]> contexts = new ConcurrentHashMap<>();

    /** Those that wait for demand; taken by whoever emits. */
    private final Queue<Delivery> arrived =
            Queues.<Delivery>unboundedMultiproducer().get();

    /** Those of QoS 1 and 2 that have not settled; filled by whoever emits, taken on the lane. */
    private final Queue<Delivery> emitted = Queues.<Delivery>unbounded(1024).get();

    private volatile @Nullable Throwable error;
    /** Held while an event is emitted, so that none is emitted after a cancel. */
    private final Object emission = new Object();

    private volatile boolean cancelled;
    private volatile boolean closed;
    private boolean ended; // by whoever emits

    Inbox(
            List<Filter> filters,
            MqttQos qos,
            long bufferBytes,
            Runnable dropped,
            Subscriber<? super Emission<byte[]>> subscriber) {
        this.filters = filters;
        this.qos = qos;
        this.bufferBytes = bufferBytes;
        this.dropped = dropped;
        this.subscriber = subscriber;
    }

    @Override
    public List<Filter> filters() {
        return filters;
    }

    @Override
    public MqttQos qos() {
        return qos;
    }

    @Override
    public boolean receive(Delivery delivery) {
        if (!delivery.isAcknowledged() && buffered.addAndGet(size(delivery)) > bufferBytes) {
            buffered.addAndGet(-size(delivery));
            dropped.run();
            return true;
        }
        arrived.offer(delivery);
        if (closed) {
            synchronized (emission) {
                return arrived.poll() == null; // it was taken back with the others
            }
        }
        emit();
        return true;
    }

    private static long size(Delivery delivery) {
        return delivery.payload().length + OVERHEAD;
    }

    @Override
    public void refused(Throwable refusal) {
        error = refusal;
        emit();
    }

    @Override
    public void request(long n) {
        requested.addAndGet(n);
        emit();
    }

    @Override
    public void cancel() {
        synchronized (emission) {
            cancelled = true;
        }
    }

    /** Emits what there is demand for; one thread at a time. */
    private void emit() {
        if (due.getAndIncrement() != 0) {
            return;
        }
        int done = 1;
        do {
            emitRequested();
            done = due.addAndGet(-done);
        } while (done != 0);
    }

    private void emitRequested() {
        long room = requested.get();
        long count = 0;
        while (count < room && emitNext()) {
            count++;
        }
        if (count > 0) {
            requested.addAndGet(-count);
        }
        Throwable failure = error;
        if (failure != null && !ended && !cancelled) {
            ended = true;
            subscriber.onError(failure);
        }
    }

    private boolean emitNext() {
        synchronized (emission) {
            Delivery next = cancelled || ended ? null : next();
            if (next != null) {
                emit(next);
            }
            return next != null;
        }
    }

    /** What is emitted next. What the broker sends again is left out. */
    private @Nullable Delivery next() {
        Delivery next;
        do {
            next = arrived.poll();
        } while (next != null && next.comesAgain());
        if (next != null && next.isAcknowledged()) {
            emitted.offer(next);
        }
        return next;
    }

    private void emit(Delivery delivery) {
        boolean acknowledged = delivery.isAcknowledged();
        if (!acknowledged) {
            buffered.addAndGet(-size(delivery));
        }
        subscriber.onNext(new Received(acknowledged ? partition : null, delivery, size(delivery), context(delivery)));
    }

    private Map<String, Object> context(Delivery delivery) {
        String topic = delivery.topic();
        Map<String, Object>[] ofTopic = contexts.get(topic);
        if (ofTopic == null) {
            if (contexts.size() >= MOST_CONTEXTS) {
                contexts.clear();
            }
            ofTopic = contextsOf(topic);
            contexts.put(topic, ofTopic);
        }
        Map<String, Object> shared = ofTopic[2 * delivery.qos().getCode() + (delivery.retain() ? 1 : 0)];
        if (delivery.properties() == null) {
            return shared;
        }
        Map<String, Object> own = new HashMap<>(shared);
        own.putAll(Properties.toContext(delivery.properties()));
        return own;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of generic types
    private static Map<String, Object>[] contextsOf(String topic) {
        Map[] all = new Map[6];
        for (int i = 0; i < all.length; i++) {
            all[i] = Map.of(MQTTSource.TOPIC, topic, MQTTSource.QOS, i / 2, MQTTSource.RETAIN, i % 2 == 1);
        }
        return all;
    }

    /** A message has settled; if it is of QoS 1 or 2, all before it have. On the lane. */
    void settled(Delivery delivery) {
        if (delivery.isAcknowledged()) {
            emitted.poll();
            delivery.done();
        }
    }

    /** Takes nothing any more; returns what is to be acknowledged and has not settled, in order. On the lane. */
    List<Delivery> close() {
        synchronized (emission) {
            cancelled = true;
            closed = true;
            List<Delivery> left = new ArrayList<>();
            Delivery next;
            while ((next = emitted.poll()) != null) {
                left.add(next);
            }
            while ((next = arrived.poll()) != null) {
                if (next.isAcknowledged()) {
                    left.add(next);
                }
            }
            return left;
        }
    }
}
