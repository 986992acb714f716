package io.bspump;

import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.util.concurrent.Queues;

/**
 * Takes in the events of one source: asks for as many as there is room for, queues what comes, hands it to the first
 * step, and learns how each ended. The source signals on any thread; everything else runs on the lane.
 */
final class Intake<O> implements Failure.Holder {

    /** How many events are asked for ahead of the lane at the most; fewer when they are large. */
    private static final int WINDOW = 4096;

    /** By how many events the queue grows, which holds no more than have been asked for. */
    private static final int PIECE = 256;

    /** How many are asked for as long as nothing is known of their size. */
    private static final int FIRST_WINDOW = 16;

    private final Source<O> source;
    private final StageMeter meter;
    private final Lane lane;
    private final Step first;
    private final Listener listener;
    private final long maxInFlight;
    private final long maxBytes;

    private Subscriber subscriber = new Subscriber(0);
    private @Nullable Failure failure;
    private boolean failed;

    /** How often the source had been subscribed again in vain before this was made. */
    private int attempts;

    /** Whether the source is being asked just now: what it emits meanwhile on the lane need not be queued. */
    private boolean requesting;

    private long requested;
    private long taken;
    private long settled;
    private long confirmed;
    private long bytes;
    private long largest;

    /** Who is told about the source as a whole. */
    interface Listener {
        /** The source has failed, and everything that it had emitted has settled. */
        void sourceFailed(Failure failure);

        /** The source is to be subscribed again, by {@link #open}. */
        void sourceRetried(Intake<?> intake);

        /** Whether new events may be taken in. */
        boolean isConsuming();

        /** The source threw where it must not. */
        void crashed(Throwable error);
    }

    Intake(
            Source<O> source,
            StageMeter meter,
            Lane lane,
            Step first,
            Listener listener,
            long maxInFlight,
            long maxBytes) {
        this.source = source;
        this.meter = meter;
        this.lane = lane;
        this.first = first;
        this.listener = listener;
        this.maxInFlight = maxInFlight;
        this.maxBytes = maxBytes;
    }

    void open() {
        requested = taken;
        Subscriber fresh = new Subscriber(taken);
        subscriber = fresh;
        try {
            source.events().subscribe(fresh);
        } catch (Throwable t) {
            fresh.onError(t);
        }
    }

    /** Takes over from one that has read of the same source: it counts as the same attempts, if all were in vain. */
    void follow(Intake<?> former) {
        attempts = former.failure == null ? former.attempts : former.failure.attempt;
    }

    boolean isOfSame(Intake<?> other) {
        return source == other.source;
    }

    /** Reads no more. What has come already still goes its way. */
    void cancel() {
        subscriber.cancel();
    }

    /** Hands on up to so many events. */
    void drain(int budget) {
        int moved = 0;
        Queue<Emission<? extends O>> queue = subscriber.queue;
        while (moved < budget && isOpen()) {
            Emission<? extends O> emission = queue.poll();
            if (emission == null) {
                break;
            }
            moved++;
            take(emission);
        }
    }

    private boolean isOpen() {
        return (bytes < maxBytes || settled == taken) && first.ready();
    }

    /** Whether events have come that could be handed on: of those that are followed nobody tells. */
    static boolean anyUntold(List<Intake<?>> intakes) {
        for (Intake<?> intake : intakes) {
            if (!intake.subscriber.queue.isEmpty() && intake.isOpen()) {
                return true;
            }
        }
        return false;
    }

    private void take(Emission<? extends O> emission) {
        taken++;
        if (!emission.claim()) {
            settled++;
            confirmed++;
            return;
        }
        meter.in++;
        failure = null;
        attempts = 0;
        long size = emission.size();
        if (size > 0) {
            bytes += size;
            largest = Math.max(size, largest - (largest >> 6));
        }
        emission.intake = this;
        Partition partition = emission.partition();
        if (partition != null) {
            partition.append(emission);
        }
        O event = emission.take();
        first.accept(emission.context(), event);
    }

    /** Asks for more when there is room; seldom for few. */
    void request() {
        Subscription subscription = subscriber.subscription;
        if (subscription == null) {
            return;
        }
        long window = window();
        long room = Math.min(maxInFlight - (requested - confirmed), window - (requested - taken));
        if (room > 0 && (room >= window / 2 || requested == taken) && bytes < maxBytes) {
            requested += room;
            subscriber.demanded = requested;
            requesting = true;
            subscription.request(room);
            requesting = false;
        }
    }

    private long window() {
        if (largest > 0) {
            return Math.max(1, Math.min(WINDOW, maxBytes / 4 / largest));
        }
        return taken == 0 ? FIRST_WINDOW : WINDOW;
    }

    void settled(Emission<?> emission, Settlement how) {
        settled++;
        Partition partition = emission.partition();
        if (partition == null) {
            confirmed(emission, how);
        } else {
            emission.settlement = how;
            partition.advance(this);
        }
    }

    void confirmed(Emission<?> emission, Settlement how) {
        confirmed++;
        emission.confirmed = true;
        bytes -= emission.size();
        try {
            source.settled(emission, how);
        } catch (Throwable t) {
            listener.crashed(t);
        }
    }

    /** Takes what a source emits on the lane while it is asked, when nothing is before it. */
    private boolean tookAtOnce(Emission<? extends O> emission, Queue<?> queue) {
        if (!requesting || !queue.isEmpty() || !first.ready() || bytes >= maxBytes || !listener.isConsuming()) {
            return false;
        }
        requesting = false; // what comes of this event must not come in between
        take(emission);
        requesting = true;
        return true;
    }

    /** How many events have been handed on so far. */
    long taken() {
        return taken;
    }

    /** Looks whether the source has failed; returns whether that is news. */
    boolean checkFailed() {
        Throwable error = subscriber.error;
        if (failed || error == null || settled < taken || !isDry()) {
            return false;
        }
        failed = true;
        if (failure == null) {
            failure = new Failure(this, meter, new Context(), source, error);
            failure.attempt = attempts;
        }
        failure.error = error;
        meter.error++;
        listener.sourceFailed(failure);
        return true;
    }

    /** Whether the source has ended and everything it emitted has been handed on. */
    boolean isExhausted() {
        return isDry() && subscriber.error == null;
    }

    private boolean isDry() {
        return subscriber.ended && subscriber.queue.isEmpty();
    }

    static boolean anyCrowded(List<Intake<?>> intakes) {
        for (Intake<?> intake : intakes) {
            if (intake.isCrowded()) {
                return true;
            }
        }
        return false;
    }

    /** Whether it can go on only when events that it has handed on settle. */
    private boolean isCrowded() {
        if (settled == taken) {
            return false;
        }
        if (isDry()) {
            return subscriber.error != null; // it is subscribed again when all have settled
        }
        return bytes >= maxBytes || (requested == taken && requested - confirmed >= maxInFlight);
    }

    /** Whether all sources have ended and everything they emitted has been handed on. */
    static boolean allExhausted(List<Intake<?>> intakes) {
        for (Intake<?> intake : intakes) {
            if (!intake.isExhausted()) {
                return false;
            }
        }
        return true;
    }

    /** How many events of all have been handed on so far. */
    static long taken(List<Intake<?>> intakes) {
        long sum = 0;
        for (Intake<?> intake : intakes) {
            sum += intake.taken;
        }
        return sum;
    }

    /** How many events of all the sources have been told the end of. */
    static long confirmed(List<Intake<?>> intakes) {
        long sum = 0;
        for (Intake<?> intake : intakes) {
            sum += intake.confirmed;
        }
        return sum;
    }

    /** How many events of all have come and not yet settled. */
    static long unsettled(List<Intake<?>> intakes) {
        long sum = 0;
        for (Intake<?> intake : intakes) {
            sum += intake.unsettled();
        }
        return sum;
    }

    /** How many events have come and not yet settled. */
    long unsettled() {
        return taken - settled + subscriber.queue.size();
    }

    /** Whether a failure of the source will be retried. */
    boolean isRetrying() {
        return failed && failure != null && failure.retrying;
    }

    @Override
    public void retry(Failure retried) {
        failed = false;
        listener.sourceRetried(this);
    }

    @Override
    public void release(Failure released, Settlement how) {
        // The source itself failed; there is no event to settle.
    }

    @Override
    public String toString() {
        return source.toString();
    }

    private final class Subscriber implements CoreSubscriber<Emission<? extends O>> {

        private final Queue<Emission<? extends O>> queue =
                Queues.<Emission<? extends O>>unbounded(PIECE).get();
        private volatile @Nullable Subscription subscription;
        private volatile boolean ended;
        private volatile @Nullable Throwable error;

        /** Up to how many events have been asked for; written by the lane. */
        private volatile long demanded;

        /** How many have come, with those before this subscription; only for who emits. */
        private long received;

        Subscriber(long before) {
            received = before;
        }

        @Override
        public void onSubscribe(Subscription s) {
            subscription = s;
            lane.signal();
        }

        @Override
        public void onNext(Emission<? extends O> emission) {
            long asked = demanded;
            if (++received > asked) {
                cancel();
                onError(Exceptions.failWithOverflow(
                        "[" + source.config().name() + "] emitted more than it was asked for"));
                return;
            }
            if (lane.isCurrent() && tookAtOnce(emission, queue)) {
                return;
            }
            queue.add(emission);
            // One that is followed need not wake the lane, unless no other can come before the lane asks for it.
            if (!emission.isFollowed() || received == asked) {
                lane.signal();
            }
        }

        @Override
        public void onError(Throwable t) {
            error = t;
            ended = true;
            lane.signal();
        }

        @Override
        public void onComplete() {
            ended = true;
            lane.signal();
        }

        private void cancel() {
            Subscription s = subscription;
            if (s != null) {
                s.cancel();
            }
        }
    }
}
