package io.bspump.kafka;

import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * One event on its way to the broker; as a publisher, it completes when the broker has confirmed it. One object for all of
 * it, since there are many. To be subscribed to once.
 */
final class Publication extends Mono<Void> implements Subscription, Callback {

    private final ProducerLoop loop;
    private final ProducerRecord<byte[], byte[]> record;
    private @Nullable CoreSubscriber<? super Void> subscriber;
    private volatile boolean cancelled;

    /** Its place among all. Confined to the thread of the loop. */
    private long number;

    /** Who has it, or had it last; confined to the thread of the loop. */
    private @Nullable Producer<byte[], byte[]> producer;

    Publication(ProducerLoop loop, ProducerRecord<byte[], byte[]> record) {
        this.loop = loop;
        this.record = record;
    }

    ProducerRecord<byte[], byte[]> record() {
        return record;
    }

    long number() {
        return number;
    }

    /** It is the next to be sent. */
    void isTaken(long place) {
        number = place;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback hears of it
    void handTo(Producer<byte[], byte[]> next) {
        producer = next;
        next.send(record, this);
    }

    boolean isWith(@Nullable Producer<byte[], byte[]> other) {
        return producer == other;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Void> actual) {
        subscriber = actual;
        actual.onSubscribe(this);
        loop.send(this);
    }

    @Override
    public void request(long n) {
        Operators.validate(n);
    }

    /** What has been handed to the driver already may still arrive. */
    @Override
    public void cancel() {
        cancelled = true;
    }

    boolean isCancelled() {
        return cancelled;
    }

    @Override
    public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception error) {
        if (error == null) {
            end(null);
        } else {
            loop.failed(this, error);
        }
    }

    void end(@Nullable Throwable error) {
        CoreSubscriber<? super Void> actual = subscriber;
        if (actual == null || cancelled) {
            return;
        }
        if (error == null) {
            actual.onComplete();
        } else {
            actual.onError(error);
        }
    }
}
