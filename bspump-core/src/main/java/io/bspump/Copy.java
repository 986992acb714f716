package io.bspump;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * An event on its way in another pipeline, for one that is held here until the copy has ended there. When it has to be
 * sent again, a new one takes its place, as that pipeline may still have the old one in its hands.
 *
 * <p>Except for its claim and its end it is confined to the lane of the pipeline that sent it.
 */
final class Copy extends Fed implements Failure.Holder {

    private static final AtomicIntegerFieldUpdater<Copy> CLAIM =
            AtomicIntegerFieldUpdater.newUpdater(Copy.class, "claim");
    private static final int FREE = 0;
    private static final int CLAIMED = 1;

    final Route route;
    final Held held;
    final Context original;
    final Object content;

    /** Whether the other pipeline has it; otherwise it waits here, or with the failure policy. */
    boolean away;

    @Nullable
    Failure failure;

    /** Retries so far. */
    int attempt;

    /** Its neighbours among those of its route that have not ended, in the order in which they were sent. */
    @Nullable
    Copy older;

    @Nullable
    Copy younger;

    private volatile int claim = FREE;

    // Written on the other lane, read here after it was handed back.
    private Settlement end = Settlement.FAILED;
    private @Nullable Throwable error;

    Copy(Route route, Held held, Context original, Object content) {
        super(original, content);
        this.route = route;
        this.held = held;
        this.original = original;
        this.content = content;
    }

    /** Makes the one that takes its place. */
    Copy again() {
        Copy fresh = new Copy(route, held, original, content);
        fresh.attempt = failure == null ? attempt : failure.attempt;
        return fresh;
    }

    /** Whether it still may go on its way; not when it has been taken back. Once it has gone on, it stays there. */
    @Override
    boolean claim() {
        return claim == FREE && CLAIM.compareAndSet(this, FREE, CLAIMED);
    }

    /** Takes it back, if the other pipeline has not begun with it. */
    boolean takeBack() {
        return claim();
    }

    @Override
    void ended(Settlement how) {
        end = how;
        route.handBack(this);
    }

    /** The other pipeline could not take it, or lost it. Any thread. */
    void refused(Throwable reason) {
        error = reason;
        route.handBack(this);
    }

    Settlement end() {
        return end;
    }

    @Nullable
    Throwable error() {
        return error;
    }

    @Override
    public void retry(Failure failed) {
        route.sendAgain(this);
    }

    @Override
    public void release(Failure failed, Settlement how) {
        route.settle(this, how);
    }
}
