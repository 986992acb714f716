package io.bspump.mqtt;

import com.hivemq.client.mqtt.exceptions.MqttEncodeException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubRecException;
import io.reactivex.Flowable;
import io.reactivex.disposables.Disposable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * What a sink has to publish, over all links. A link takes as much as it has room for; what it has not confirmed at its end
 * goes to the next one, in the same order. So a message may be published twice, and none gets lost.
 *
 * <p>Safe for use by many threads: messages come on the lane, demand and confirmations on the threads of links.
 */
final class Outbox {

    private final AtomicInteger due = new AtomicInteger();

    // Guarded by this.
    private final Deque<Publication> waiting = new ArrayDeque<>();
    private @Nullable Flow flow;
    private @Nullable Link link;

    void send(Publication publication) {
        synchronized (this) {
            waiting.add(publication);
        }
        drain();
    }

    /** Goes on over this link; with null, when there is one again. */
    void use(@Nullable Link next) {
        Flow last;
        Flow fresh = next == null ? null : new Flow(next);
        synchronized (this) {
            if (link == next) {
                return;
            }
            link = next;
            last = flow;
            flow = fresh;
            if (last != null) {
                last.takeBack();
            }
        }
        if (last != null) {
            last.stop();
        }
        if (fresh != null) {
            fresh.start();
        }
    }

    /** How many have not been confirmed. */
    synchronized int size() {
        return waiting.size() + (flow == null ? 0 : flow.sent.size());
    }

    /** Hands on what there is demand for; one thread at a time. */
    private void drain() {
        if (due.getAndIncrement() != 0) {
            return;
        }
        int done = 1;
        do {
            boolean more;
            do {
                more = handOnOne();
            } while (more);
            done = due.addAndGet(-done);
        } while (done != 0);
    }

    private boolean handOnOne() {
        Publication next;
        Flow to;
        Object message = null;
        RuntimeException unfit = null;
        synchronized (this) {
            to = flow;
            next = to == null || to.requested == 0 ? null : waiting.poll();
            if (to == null || next == null) {
                return false;
            }
            if (next.isCancelled()) {
                return true;
            }
            try {
                message = to.link.message(next);
                next.message = message;
                to.sent.add(next);
                to.requested--;
            } catch (RuntimeException e) {
                unfit = e;
            }
        }
        if (message == null) {
            next.end(unfit);
        } else {
            to.emit(message);
        }
        return true;
    }

    /** What goes over one link. */
    private final class Flow implements Subscription, Wire.Results {

        private final Link link;
        private volatile @Nullable Subscriber<? super Object> subscriber;
        private volatile @Nullable Disposable publishing;
        private volatile boolean stopped;

        // Guarded by the outbox.
        private final Deque<Publication> sent = new ArrayDeque<>();
        private long requested;

        Flow(Link link) {
            this.link = link;
        }

        void start() {
            Disposable begun = link.publish(
                    Flowable.fromPublisher(s -> {
                        subscriber = s;
                        s.onSubscribe(this);
                    }),
                    this);
            publishing = begun;
            if (stopped) {
                begun.dispose();
            }
        }

        void emit(Object message) {
            Subscriber<? super Object> to = subscriber;
            if (to != null) {
                to.onNext(message);
            }
        }

        @Override
        public void request(long n) {
            synchronized (Outbox.this) {
                requested += n;
            }
            drain();
        }

        @Override
        public void cancel() {
            synchronized (Outbox.this) {
                requested = 0;
            }
        }

        @Override
        public void result(Object message, @Nullable Throwable error) {
            if (error != null && !isOfTheMessage(error)) {
                return; // the link is at its end, and what was not confirmed goes to the next one
            }
            Publication ended;
            synchronized (Outbox.this) {
                ended = take(message);
            }
            if (ended != null) {
                ended.end(error == null ? null : refusal(ended, error));
            }
        }

        /** The broker confirms in order, so it is the first one as a rule. */
        private @Nullable Publication take(Object message) {
            for (Iterator<Publication> each = sent.iterator(); each.hasNext(); ) {
                Publication next = each.next();
                if (message.equals(next.message)) {
                    each.remove();
                    return next;
                }
            }
            return null;
        }

        private void takeBack() {
            while (!sent.isEmpty()) {
                waiting.addFirst(sent.removeLast());
            }
        }

        void stop() {
            stopped = true;
            Disposable begun = publishing;
            if (begun != null) {
                begun.dispose();
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
