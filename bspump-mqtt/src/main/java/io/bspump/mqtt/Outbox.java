package io.bspump.mqtt;

import com.hivemq.client.mqtt.exceptions.MqttEncodeException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubRecException;
import io.reactivex.Flowable;
import io.reactivex.disposables.Disposable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.util.concurrent.Queues;

/**
 * What a sink has to publish, over all links. A link takes as much as it has room for; what it has not confirmed at its end
 * goes to the next one, in the same order. So a message may be published twice, and none gets lost.
 *
 * <p>Safe for use by many threads: messages come on the lane, demand and confirmations on the threads of links. Whoever brings
 * something hands on what can be handed on, one thread at a time, so that nobody waits for a lock.
 */
final class Outbox {

    private final Queue<Publication> arrived =
            Queues.<Publication>unboundedMultiproducer().get();
    private final Queue<Optional<Link>> links =
            Queues.<Optional<Link>>unboundedMultiproducer().get();
    private final AtomicInteger due = new AtomicInteger();

    // Confined to the thread that hands on.
    private final Deque<Publication> returned = new ArrayDeque<>();
    private @Nullable Flow flow;

    void send(Publication publication) {
        arrived.offer(publication);
        handOn();
    }

    /** Goes on over this link; with null, when there is one again. */
    void use(@Nullable Link next) {
        links.offer(Optional.ofNullable(next));
        handOn();
    }

    private void handOn() {
        if (due.getAndIncrement() != 0) {
            return;
        }
        int done = 1;
        do {
            Optional<Link> next;
            while ((next = links.poll()) != null) {
                change(next.orElse(null));
            }
            Flow to = flow;
            while (to != null && to.hasRoom() && handOn(to)) {
                // one after the other
            }
            done = due.addAndGet(-done);
        } while (done != 0);
    }

    private void change(@Nullable Link next) {
        Flow last = flow;
        if (last != null && last.link == next) {
            return;
        }
        if (last != null) {
            last.end(returned);
        }
        Flow fresh = next == null ? null : new Flow(next);
        flow = fresh;
        if (fresh != null) {
            fresh.start();
        }
    }

    private boolean handOn(Flow to) {
        Publication next = returned.poll();
        if (next == null) {
            next = arrived.poll();
        }
        if (next == null) {
            return false;
        }
        if (!next.isCancelled()) {
            try {
                next.message = to.link.message(next);
            } catch (RuntimeException e) {
                next.end(e);
                return true;
            }
            to.emit(next);
        }
        return true;
    }

    /** What goes over one link. */
    private final class Flow implements Subscription, Wire.Results {

        private final Link link;
        private final AtomicLong requested = new AtomicLong();
        private long room; // confined to the thread that hands on
        private volatile @Nullable Subscriber<? super Object> subscriber;
        private @Nullable Disposable publishing; // as above

        /** In the order in which they went out; filled by the thread that hands on. */
        private final Queue<Publication> out =
                Queues.<Publication>unbounded(1024).get();

        // Guarded by this. Only the link's thread comes here, until the end.
        private final Deque<Publication> skipped = new ArrayDeque<>();
        private boolean ended;

        Flow(Link link) {
            this.link = link;
        }

        void start() {
            publishing = link.publish(
                    Flowable.fromPublisher(s -> {
                        subscriber = s;
                        s.onSubscribe(this);
                    }),
                    this);
        }

        boolean hasRoom() {
            if (room == 0) {
                room = requested.getAndSet(0);
            }
            return room > 0;
        }

        void emit(Publication next) {
            room--;
            out.offer(next);
            Subscriber<? super Object> to = subscriber;
            Object message = next.message;
            if (to != null && message != null) {
                to.onNext(message);
            }
        }

        @Override
        public void request(long n) {
            requested.addAndGet(n);
            handOn();
        }

        @Override
        public void cancel() {
            // The link has ended; what has not been confirmed is taken back.
        }

        @Override
        public void result(Object message, @Nullable Throwable error) {
            if (error != null && !isOfTheMessage(error)) {
                return; // the link is at its end, and what was not confirmed goes to the next one
            }
            Publication ready = take(message);
            if (ready != null) {
                ready.end(error == null ? null : refusal(ready, error));
            }
        }

        /** The broker confirms in order, so it is the first one as a rule. */
        private synchronized @Nullable Publication take(Object message) {
            if (ended) {
                return null;
            }
            for (Iterator<Publication> each = skipped.iterator(); each.hasNext(); ) {
                Publication next = each.next();
                if (message.equals(next.message)) {
                    each.remove();
                    return next;
                }
            }
            Publication next;
            while ((next = out.poll()) != null && !message.equals(next.message)) {
                skipped.add(next);
            }
            return next;
        }

        /** Gives back what was not confirmed, before what has been given back already. */
        synchronized void end(Deque<Publication> back) {
            ended = true;
            Publication next;
            while ((next = out.poll()) != null) {
                skipped.add(next);
            }
            while (!skipped.isEmpty()) {
                back.addFirst(skipped.removeLast());
            }
            if (publishing != null) {
                publishing.dispose();
            }
        }
    }

    private static boolean isOfTheMessage(Throwable error) {
        return error instanceof Mqtt5PubAckException
                || error instanceof Mqtt5PubRecException
                || error instanceof MqttEncodeException;
    }

    private static RefusedException refusal(Publication publication, Throwable error) {
        String why = error.getMessage();
        if (error instanceof Mqtt5PubAckException refused) {
            why = "the broker refuses it: " + Reason.of(refused.getMqttMessage().getReasonCode());
        } else if (error instanceof Mqtt5PubRecException refused) {
            why = "the broker refuses it: " + Reason.of(refused.getMqttMessage().getReasonCode());
        }
        return new RefusedException(publication + " cannot be published: " + why, error);
    }
}
