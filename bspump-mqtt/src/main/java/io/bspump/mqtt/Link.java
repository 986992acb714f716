package io.bspump.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import io.reactivex.Flowable;
import io.reactivex.disposables.Disposable;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.util.concurrent.Queues;

/**
 * One link to a broker, from its dial to its end. Each has a client of the driver's of its own, so that nothing of an older
 * link, such as an acknowledgement that comes late, can get into a newer one. Safe for use by many threads.
 */
final class Link {

    /** How long the broker may take for an answer before a goodbye, and again to close the line after it. */
    private static final Duration GOODBYE = Duration.ofSeconds(1);

    private final Wire wire;
    private final LinkLoop loop;
    private final Queue<Runnable> acknowledgements =
            Queues.<Runnable>unboundedMultiproducer().get();
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile boolean ended;
    private volatile boolean succeeded;
    private volatile Runnable whenEnded = () -> {};

    Link(Wire wire, LinkLoop loop) {
        this.wire = wire;
        this.loop = loop;
    }

    /**
     * Dials. Cancelling calls the dial off.
     *
     * @param receiver gets every message, on the event loop
     * @param accepted hears of the broker's yes, before any message comes, and whether it has kept the session
     */
    Mono<Void> open(Consumer<Delivery> receiver, Consumer<Boolean> accepted) {
        return Mono.defer(() -> {
            Disposable receiving = wire.receive(this, receiver);
            whenEnded = receiving::dispose;
            return wire.connect(accepted).doOnError(e -> abandon()).doOnCancel(this::abandon);
        });
    }

    /**
     * Says goodbye when the broker has worked off what it was sent before, acknowledgements above all: one that still works
     * when the next client of the same name comes may forget them, and sends the messages again. Completes when the line is
     * closed. Never fails.
     *
     * @param nobodys a filter that nobody has subscribed to, to ask the broker for an answer
     */
    Mono<Void> close(Filter nobodys) {
        return politely(() -> wire.unsubscribe(nobodys))
                .then(politely(wire::disconnect))
                .doFinally(end -> abandon());
    }

    private Mono<Void> politely(Supplier<Mono<Void>> step) {
        return Mono.defer(() -> ended ? Mono.empty() : step.get())
                .timeout(GOODBYE)
                .onErrorComplete();
    }

    /** Ends everything at once. What is acknowledged from now on is not told to the broker. */
    void abandon() {
        ended = true;
        whenEnded.run();
        loop.close();
    }

    /** Notes that a newer link goes on with its session, so that the broker sends again what was not acknowledged. */
    void succeed() {
        succeeded = true;
    }

    boolean isSucceeded() {
        return succeeded;
    }

    boolean isEnded() {
        return ended;
    }

    Mono<MqttQos> subscribe(Filter filter, MqttQos qos) {
        return wire.subscribe(filter, qos);
    }

    Mono<Void> unsubscribe(Filter filter) {
        return wire.unsubscribe(filter);
    }

    Object message(Publication publication) {
        return wire.message(publication);
    }

    Disposable publish(Flowable<Object> messages, Wire.Results results) {
        return wire.publish(messages, results);
    }

    /** Acknowledges a message. Many are handed to the event loop at once. */
    void acknowledge(Runnable acknowledgement) {
        if (ended) {
            return;
        }
        acknowledgements.offer(acknowledgement);
        if (waiting.getAndIncrement() == 0) {
            loop.execute(this::acknowledgeAll);
        }
    }

    private void acknowledgeAll() {
        int done = 0;
        int due = waiting.get();
        do {
            for (; done < due; done++) {
                Runnable next = acknowledgements.poll();
                if (next != null && !ended) {
                    next.run();
                }
            }
            due = waiting.addAndGet(-done);
            done = 0;
        } while (due != 0);
    }
}
