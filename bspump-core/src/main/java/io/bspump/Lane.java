package io.bspump;

import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.util.concurrent.Queues;

/**
 * Runs a pipeline on one thread at a time. Work comes as messages from any thread; a turn takes them and then lets the
 * pipeline flow. Turns follow one another on a worker that the lane shares with other lanes, so each is bounded.
 */
final class Lane {

    /*
     * Signals are far more frequent than turns, so they must be cheap. The state says whether a turn is due (IDLE: no;
     * DUE: scheduled or running) and whether something came since the running one began (DIRTY). A signal that finds it
     * DIRTY has nothing to do: the flag is cleared before a turn looks at its queues, so that turn or the next sees what
     * was offered before the signal. The full fence keeps the offer before the look at the state. A signal from the lane
     * itself needs none of that.
     */
    private static final int IDLE = 0;
    private static final int DUE = 1;
    private static final int DIRTY = 2;

    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

    private final Scheduler scheduler;
    private final Scheduler.Worker worker;
    private final Runnable turn;
    private final @Nullable Lane whole;
    private final Queue<Runnable> messages =
            Queues.<Runnable>unboundedMultiproducer().get();
    private final AtomicInteger state = new AtomicInteger(IDLE);
    private volatile @Nullable Thread thread;
    private volatile boolean closed;
    private boolean signalledByItself; // confined to the lane

    /** What runs on a lane. */
    interface Flow {
        /** Does what a turn does after the messages; returns whether it left work undone for the sake of other lanes. */
        boolean flow();

        /** Hears of an error that nothing else caught: a defect. */
        void crashed(Throwable error);
    }

    Lane(Scheduler scheduler, Flow flow) {
        this.scheduler = scheduler;
        this.worker = scheduler.createWorker();
        turn = () -> turn(flow);
        whole = null;
    }

    private Lane(Lane whole) {
        this.scheduler = whole.scheduler;
        this.worker = whole.worker;
        this.turn = whole.turn;
        this.whole = whole;
    }

    /** Returns a part of this lane: the same thread and turns, but closing it discards only the messages sent by it. */
    Lane section() {
        return new Lane(this);
    }

    /** Runs the message on the lane, after those sent before it. */
    void execute(Runnable message) {
        if (whole != null) {
            whole.execute(() -> runUnlessClosed(message));
            return;
        }
        messages.offer(message);
        signal();
    }

    private void runUnlessClosed(Runnable message) {
        if (!closed) {
            message.run();
        }
    }

    /** Runs the message on the lane after a delay. */
    Disposable schedule(Runnable message, Duration delay) {
        return worker.schedule(() -> execute(message), delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Returns the time in milliseconds since 1970. */
    long now() {
        return scheduler.now(TimeUnit.MILLISECONDS);
    }

    /** Whether the caller runs on the lane. */
    boolean isCurrent() {
        if (whole != null) {
            return whole.isCurrent();
        }
        return thread == Thread.currentThread();
    }

    /** Makes a turn happen after everything that the caller has done. */
    void signal() {
        if (whole != null) {
            whole.signal();
            return;
        }
        if (isCurrent()) {
            signalledByItself = true;
            return;
        }
        VarHandle.fullFence();
        while (true) {
            int seen = state.get();
            if (seen == DIRTY) {
                return;
            }
            if (state.compareAndSet(seen, seen + 1)) {
                if (seen == IDLE) {
                    scheduleTurn();
                }
                return;
            }
        }
    }

    private void turn(Flow flow) {
        state.set(DUE);
        thread = Thread.currentThread();
        signalledByItself = false;
        boolean more = true;
        try {
            Runnable message;
            while ((message = messages.poll()) != null) {
                runUnlessClosed(message);
            }
            more = !closed && flow.flow();
        } catch (Throwable t) {
            more = false;
            flow.crashed(t);
        } finally {
            thread = null;
        }
        if (!more && !signalledByItself && state.get() == DUE) {
            letOthersSignal();
        }
        if (more || signalledByItself || !state.compareAndSet(DUE, IDLE)) {
            scheduleTurn();
        }
    }

    /**
     * Lets those go on for a moment that have work for this lane and wait for its processor: a driver often has many signals in a
     * row, and a lane that slept would be woken by the first of them, each time after a few. Returns at once when nobody waits.
     */
    @SuppressWarnings("ThreadPriorityCheck") // nothing depends on it
    private static void letOthersSignal() {
        Thread.yield();
    }

    /** Discards all messages from now on. */
    void close() {
        closed = true;
    }

    private void scheduleTurn() {
        try {
            worker.schedule(turn);
        } catch (RejectedExecutionException e) {
            LOG.debug("a lane got a signal after the application had ended");
        }
    }
}
