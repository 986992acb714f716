package io.bspump.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import io.reactivex.Flowable;
import io.reactivex.disposables.Disposable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What the versions of the protocol have in common: one client of the driver, for one link. Everything that it tells it tells
 * on the thread of the link's event loop.
 */
interface Wire {

    /** Hears what became of messages. */
    interface Results {
        /**
         * Hears of one.
         *
         * @param message what was made by {@link Wire#message}, or something equal
         * @param error null when the broker has it
         */
        void result(Object message, @Nullable Throwable error);
    }

    /**
     * Connects.
     *
     * @param accepted hears of the broker's yes before anything else is received, and whether it has kept the session
     */
    Mono<Void> connect(Consumer<Boolean> accepted);

    /** Says goodbye, so that the will is not sent. */
    Mono<Void> disconnect();

    /** Hands over all messages that come; to be called before {@link #connect}. */
    Disposable receive(Link link, Consumer<Delivery> receiver);

    /** Subscribes; gives the QoS that the broker grants, or its refusal as an error. */
    Mono<MqttQos> subscribe(Filter filter, MqttQos qos);

    /** Completes when the broker has answered, be it with an error. */
    Mono<Void> unsubscribe(Filter filter);

    /** Puts a message into the form that {@link #publish} takes. */
    Object message(Publication publication);

    /** Publishes messages as they come. */
    Disposable publish(Flowable<Object> messages, Results results);
}
