package io.bspump;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.publisher.BufferOverflowStrategy;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;

/**
 * Messages between the parts of one pump, by topic: {@code Application.tick!}, {@code bspump.pipeline.error!}, your own.
 *
 * <p>Any thread may publish and subscribe at any time, also from within a subscriber. {@link #publish} calls the
 * subscribers of the topic one after the other on the publishing thread and returns when the last one has, so a
 * subscriber must be quick; messages are not kept, who subscribes later does not see them. Subscribers are held by
 * strong references until their {@link Disposable} is disposed.
 *
 * <p>A subscriber that throws is logged with its topic and counted in {@link #failures()}; the others still get the
 * message and the publisher never sees the error.
 */
public final class PubSub {

    /** How many messages {@link #messages} keeps for a subscriber that does not keep up: 256. */
    static final int BUFFER_SIZE = 256;

    private static final Logger LOG = LoggerFactory.getLogger(PubSub.class);

    private final String name;
    private final Map<String, List<Subscription>> topics = new ConcurrentHashMap<>();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();

    /**
     * What a subscriber gets.
     *
     * @param topic what it was published under
     * @param args positional arguments, possibly none
     * @param values named arguments, possibly none
     */
    public record Message(String topic, List<Object> args, Map<String, Object> values) {
        /** Copies its arguments. */
        public Message {
            Objects.requireNonNull(topic, "topic");
            args = List.copyOf(args);
            values = Map.copyOf(values);
        }
    }

    /**
     * Makes one without subscribers.
     *
     * @param name of its owner, for logs
     */
    public PubSub(String name) {
        this.name = Objects.requireNonNull(name, "name");
    }

    /**
     * Calls the subscriber with every message published under the topic from now on, on the publisher's thread.
     *
     * @return ends the subscription; a message being published at that moment may still arrive on another thread
     */
    public Disposable subscribe(String topic, Consumer<? super Message> subscriber) {
        Subscription subscription = new Subscription(Objects.requireNonNull(topic, "topic"), subscriber);
        topics.compute(topic, (key, present) -> with(present == null ? List.of() : present, subscription));
        return subscription;
    }

    /** Hands a message with positional arguments, none of them null, to the present subscribers of the topic. */
    public void publish(String topic, Object... args) {
        deliver(topic, List.of(args), Map.of());
    }

    /** Hands a message with named arguments, none of them null, to the present subscribers of the topic. */
    public void publish(String topic, Map<String, ?> values) {
        deliver(topic, List.of(), Map.copyOf(values));
    }

    /**
     * The messages of a topic from the moment of subscription, hot, on the publisher's thread. Keeps up to 256 messages
     * that were not asked for yet; when there are more, the oldest is dropped and counted in {@link #dropped()}. Never
     * completes; cancelling ends the subscription.
     */
    public Flux<Message> messages(String topic) {
        return Flux.<Message>create(
                        sink -> sink.onDispose(subscribe(topic, sink::next)), FluxSink.OverflowStrategy.IGNORE)
                .onBackpressureBuffer(BUFFER_SIZE, this::reportDrop, BufferOverflowStrategy.DROP_OLDEST);
    }

    /** The first message of a topic that is published after the subscription. */
    public Mono<Message> message(String topic) {
        return messages(topic).next();
    }

    /** How many times a subscriber has thrown. */
    public long failures() {
        return failures.get();
    }

    /** How many messages {@link #messages} has dropped because their subscriber did not keep up. */
    public long dropped() {
        return dropped.get();
    }

    private void deliver(String topic, List<Object> args, Map<String, Object> values) {
        List<Subscription> subscribers = topics.get(topic);
        if (subscribers == null) {
            return;
        }
        Message message = new Message(topic, args, values);
        subscribers.forEach(subscriber -> subscriber.accept(message));
    }

    private void reportFailure(String topic, Throwable error) {
        failures.incrementAndGet();
        LOG.error("A subscriber failed, the others got the message, pubsub={} topic={}", name, topic, error);
    }

    private void reportDrop(Message message) {
        if (dropped.getAndIncrement() == 0) {
            LOG.warn(
                    "A subscriber does not keep up and loses its oldest messages, pubsub={} topic={} kept={}",
                    name,
                    message.topic(),
                    BUFFER_SIZE);
        }
    }

    private static List<Subscription> with(List<Subscription> present, Subscription added) {
        List<Subscription> all = new ArrayList<>(present);
        all.add(added);
        return List.copyOf(all);
    }

    private final class Subscription implements Disposable {
        private final String topic;
        private final Consumer<? super Message> subscriber;
        private final AtomicBoolean disposed = new AtomicBoolean();

        Subscription(String topic, Consumer<? super Message> subscriber) {
            this.topic = topic;
            this.subscriber = Objects.requireNonNull(subscriber, "subscriber");
        }

        void accept(Message message) {
            if (disposed.get()) {
                return;
            }
            try {
                subscriber.accept(message);
            } catch (Throwable e) {
                Exceptions.throwIfJvmFatal(e);
                reportFailure(topic, e);
            }
        }

        @Override
        public void dispose() {
            if (disposed.compareAndSet(false, true)) {
                topics.computeIfPresent(topic, (key, present) -> without(present));
            }
        }

        @Override
        public boolean isDisposed() {
            return disposed.get();
        }

        // An empty list makes computeIfPresent remove the topic, so that topics made up at run time do not pile up.
        private @Nullable List<Subscription> without(List<Subscription> present) {
            List<Subscription> others =
                    present.stream().filter(other -> other != this).toList();
            return others.isEmpty() ? null : others;
        }
    }
}
