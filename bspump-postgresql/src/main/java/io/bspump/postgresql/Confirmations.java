package io.bspump.postgresql;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Up to where a slot may forget: behind the last transaction whose events have all settled. Confined to the loop, except {@link
 * #settled}, which is called on the lane.
 */
final class Confirmations {

    /** The end of a transaction, and how many events there have been up to it. */
    private record Mark(long events, long end) {}

    private final Deque<Mark> marks = new ArrayDeque<>();
    private long events;
    private long confirmed;
    private final AtomicLong settled = new AtomicLong();

    /** There is one more event. */
    void event() {
        events++;
    }

    /** The events so far are those of all transactions up to a place. */
    void end(long lsn) {
        Mark last = marks.peekLast();
        if (last != null && last.events == events) {
            marks.removeLast();
        }
        marks.addLast(new Mark(events, lsn));
    }

    /** So many events have been committed elsewhere. On the lane. */
    void committed(long count) {
        settled.set(count);
    }

    /** One more event has settled, and all before it. */
    void settled() {
        settled.incrementAndGet();
    }

    /** Whether every event has settled. */
    boolean isSettled() {
        return settled.get() == events;
    }

    /** Returns up to where everything has settled. */
    long confirmed() {
        long done = settled.get();
        for (Mark next = marks.peekFirst(); next != null && next.events <= done; next = marks.peekFirst()) {
            marks.removeFirst();
            confirmed = greater(confirmed, next.end);
        }
        return confirmed;
    }

    /** There is nothing for anybody up to a place; to be told when every event has settled. */
    void idle(long lsn) {
        confirmed = greater(confirmed, lsn);
    }

    private static long greater(long one, long other) {
        return Long.compareUnsigned(one, other) >= 0 ? one : other;
    }
}
