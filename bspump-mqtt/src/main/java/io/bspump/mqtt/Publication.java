package io.bspump.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.datatypes.MqttTopic;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** A message to be published, which completes when the broker has it. May be subscribed once. */
final class Publication extends Mono<Void> implements Subscription {

    private final Outbox outbox;
    private final MqttTopic topic;
    private final byte[] payload;
    private final MqttQos qos;
    private final boolean retain;
    private final @Nullable Properties properties;

    private volatile @Nullable CoreSubscriber<? super Void> subscriber;

    /** The form in which the present link has it; of the outbox. */
    @Nullable
    Object message;

    Publication(
            Outbox outbox,
            MqttTopic topic,
            byte[] payload,
            MqttQos qos,
            boolean retain,
            @Nullable Properties properties) {
        this.outbox = outbox;
        this.topic = topic;
        this.payload = payload;
        this.qos = qos;
        this.retain = retain;
        this.properties = properties;
    }

    MqttTopic topic() {
        return topic;
    }

    byte[] payload() {
        return payload;
    }

    MqttQos qos() {
        return qos;
    }

    boolean retain() {
        return retain;
    }

    @Nullable
    Properties properties() {
        return properties;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Void> actual) {
        subscriber = actual;
        actual.onSubscribe(this);
        outbox.send(this);
    }

    @Override
    public void request(long n) {
        // There is nothing but the end.
    }

    @Override
    public void cancel() {
        subscriber = null;
    }

    boolean isCancelled() {
        return subscriber == null;
    }

    /** Tells what became of it; once. */
    void end(@Nullable Throwable error) {
        CoreSubscriber<? super Void> told = subscriber;
        if (told == null) {
            return;
        }
        if (error == null) {
            told.onComplete();
        } else {
            told.onError(error);
        }
    }

    @Override
    public String toString() {
        return "a message of " + payload.length + " bytes to '" + topic + "'";
    }
}
