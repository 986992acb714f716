package io.bspump;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Events that are gathered into one: an open group of an {@link Aggregator}. It keeps who its members are, in order, and
 * not what they hold; a subclass keeps what is to be made of them. When it is closed, one event goes on, and when that
 * one settles, all members settle like it. Confined to the lane.
 *
 * @param <O> the type of the event that comes out
 */
public abstract class Group<O> extends Owner {

    /** How a group came to be closed. */
    enum End {
        /** Its stage closed it, or no more events will ever come. */
        COMPLETE,
        /** The pipeline stops: what would have come will come after the next start. */
        STOPPED,
        /** The pipeline had no room for more events in flight. */
        CROWDED
    }

    // The members, linked through their contexts.
    private @Nullable Context first;
    private @Nullable Context last;
    private int size;

    private long since;
    private @Nullable End end;

    // Used by the list it stands in.
    @Nullable
    Group<O> before;

    @Nullable
    Group<O> after;

    /** For subclasses. */
    protected Group() {}

    /**
     * Makes the event that goes on, when the group has been closed and the pipeline can take it. Called on the lane.
     *
     * @param context the context of that event, which is empty: those of the members are not copied
     * @return the event, or null to make none: all members are dropped
     * @throws Exception when it cannot; the group as a whole then goes the error policy's way
     */
    protected abstract @Nullable O result(Context context) throws Exception;

    /** Tells that the group takes no more members: its stage must forget it. Called on the lane, once. */
    protected abstract void closed();

    /** Returns how many members it has. */
    public final int size() {
        return size;
    }

    /** Whether it was closed before it was complete: more events of its kind may follow in another group. */
    public final boolean isPartial() {
        return end != null && end != End.COMPLETE;
    }

    /** Returns when its first member came, in milliseconds of the stage's clock. */
    public final long since() {
        return since;
    }

    final boolean isClosed() {
        return end != null;
    }

    final void open(long now) {
        since = now;
    }

    final void end(End how) {
        end = how;
    }

    final void add(Context member) {
        if (last == null) {
            first = member;
        } else {
            last.next = member;
        }
        last = member;
        size++;
    }

    /** Takes over all members of another group, which has none then. */
    final void absorb(Group<O> other) {
        if (last == null) {
            first = other.first;
        } else {
            last.next = other.first;
        }
        last = other.last == null ? last : other.last;
        size += other.size;
        since = Math.min(since, other.since);
        other.first = null;
        other.last = null;
        other.size = 0;
    }

    @Override
    final void addOrigins(List<Emission<?>> to) {
        for (Context member = first; member != null; member = member.next) {
            member.addOrigins(to);
        }
    }

    @Override
    final void settle(Settlement how) {
        Context member = first;
        first = null;
        last = null;
        while (member != null) {
            Context following = member.next;
            member.next = null; // a context that lives on must not keep all later ones alive
            member.settle(how);
            member = following;
        }
    }

    @Override
    public String toString() {
        return "a group of " + size + " events";
    }
}
