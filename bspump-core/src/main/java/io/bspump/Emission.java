package io.bspump;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One event as a source emits it: its content, its {@link Context}, and where it stands in the source. A source that
 * needs more to find the position again (an offset, a token) extends this class; it gets the same object back in
 * {@link Source#settled}.
 *
 * @param <O> the type of the event
 */
public class Emission<O> extends Owner {

    private final @Nullable Partition partition;
    private final long size;
    private final @Nullable Map<String, Object> values;
    private @Nullable O event;
    private @Nullable Context context;

    // Confined to the lane.
    @Nullable
    Intake<?> intake;

    @Nullable
    Emission<?> next;

    @Nullable
    Settlement settlement;

    /** Whether its source has been told of its end: the position has moved over it. */
    boolean confirmed;

    /** Creates an event that settles on its own, in no order with others. */
    public Emission(O event) {
        this(null, event, 0);
    }

    /** Creates an event that settles in the order of its partition. */
    public Emission(Partition partition, O event) {
        this(partition, event, 0);
    }

    /**
     * Creates an event of a known size.
     *
     * @param partition what it settles in order with, or null when it settles on its own
     * @param event the content; null in a subclass that makes it when its turn has come, see {@link #make}
     * @param size bytes that it holds in memory, about; they count against {@code max_in_flight_bytes}
     */
    public Emission(@Nullable Partition partition, @Nullable O event, long size) {
        this.partition = partition;
        this.event = event;
        this.size = size;
        this.values = null;
    }

    /**
     * Creates an event whose context starts with values that many events share, such as the name of a file. That costs
     * nothing until one of them changes its context.
     *
     * @param values an immutable map, as {@link Map#copyOf} gives it; another kind is copied for each event
     */
    public Emission(@Nullable Partition partition, O event, long size, Map<String, Object> values) {
        this.partition = partition;
        this.event = event;
        this.size = size;
        this.values = Map.copyOf(values);
    }

    /** Returns the event's context, for the source to fill. */
    public final Context context() {
        Context made = context;
        if (made == null) {
            Map<String, Object> initial = values();
            made = initial == null ? new Context(this) : new Context(this, initial);
            context = made;
        }
        return made;
    }

    /**
     * Returns what the event's context starts with, if anything. Called once. A subclass may make it of what it knows, such as
     * an offset; the map must not change afterwards.
     */
    protected @Nullable Map<String, Object> values() {
        return values;
    }

    /** Returns the event's content. Null before it is made, see {@link #make}, and once the event is on its way. */
    public final @Nullable O event() {
        return event;
    }

    /**
     * Makes the content of an event that was created without, so that the thread of a driver has less to do. Called once, on the
     * lane, when the event's turn has come; must neither block nor fail.
     */
    protected O make() {
        throw new IllegalStateException("an emission was emitted twice, or without an event");
    }

    /**
     * Tells whether the source emits another event right after this one, without waiting for anything but demand. The
     * pipeline is then woken for the last of them only. Called once, when the event is emitted. False unless a subclass
     * says otherwise.
     */
    protected boolean isFollowed() {
        return false;
    }

    final @Nullable Partition partition() {
        return partition;
    }

    final long size() {
        return size;
    }

    /** Hands the content over: the emission may wait long for its settlement and must not keep it alive. */
    final O take() {
        O taken = event;
        event = null;
        return taken == null ? make() : taken;
    }

    /** Whether the event goes on its way, now that its turn has come; otherwise it has been taken back. */
    boolean claim() {
        return true;
    }

    @Override
    final void addOrigins(List<Emission<?>> to) {
        to.add(this);
    }

    @Override
    final void settle(Settlement how) {
        if (intake != null) {
            intake.settled(this, how);
        }
    }
}
