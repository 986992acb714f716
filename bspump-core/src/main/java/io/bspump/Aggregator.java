package io.bspump;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A stage that makes one event of many. It puts each event into a {@link Group}, and closes groups when they are complete.
 * {@code AggregatingProcessor}, {@code TimeWindowAnalyzer} and {@code SessionAnalyzer} do that by count, key and time;
 * extend this class for other ways to group.
 *
 * <p>The members of a group settle when its event has: delivered when a sink has confirmed it, skipped, dead-lettered or
 * failed with it. Until then they are in flight. When {@code max_in_flight} is reached and nothing but groups holds
 * events, the oldest groups are closed early, until half of what is held has been given up; they are {@linkplain
 * Group#isPartial() partial}. So are those that are open when the pipeline stops. When all sources have ended, the open
 * groups are complete.
 *
 * <p>After a crash the members of all groups that were not delivered are read again, and may be grouped differently.
 *
 * <p>Everything here is called on the lane and must not block.
 *
 * @param <I> the type of the events that go in
 * @param <O> the type of the events that come out
 */
public abstract class Aggregator<I, O> extends Stage<I, O> {

    private @Nullable AggregateStep step;

    // Written by the lane only, read by the meters; see StageMeter.
    private long late;

    /** Creates an aggregator whose id is its simple class name. */
    protected Aggregator(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for the simple class name
     * @param config values that go above the class's defaults and below the file
     */
    protected Aggregator(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    /**
     * Takes an event and makes it {@linkplain #join join} a group. An event that joins none is dropped.
     *
     * @throws Exception when it cannot take the event; that event alone then goes the error policy's way, and may come
     *     again as the same object. Nothing must have been changed by then, so join last
     */
    protected abstract void process(Context context, I event) throws Exception;

    /** Closes what is due by the clock. Called when the time of {@link #wakeAt} has come, and perhaps earlier. */
    protected void tick(long now) {}

    /**
     * Whether each event joins the group of the event before it, or one that was made when that one had been closed: groups do
     * not overlap. Only such an aggregator can stand in a pipeline with {@code delivery = exactly_once}, where what is made
     * of a group is written together with a position behind its last member. Defaults to no.
     */
    protected boolean isConsecutive() {
        return false;
    }

    /** Makes the event that is being processed a member of a group. */
    protected final void join(Group<O> group) {
        step().join(erased(group));
    }

    /** Makes the event that is being processed a member of several groups; it settles when all of them have. */
    protected final void join(List<? extends Group<O>> groups) {
        step().join(groups.stream().map(Aggregator::erased).toList());
    }

    /** Closes a group: its event goes on as soon as the pipeline can take it. Does nothing if it is closed. */
    protected final void close(Group<O> group) {
        step().close(erased(group), Group.End.COMPLETE);
    }

    /** Moves all members of an open group to another one; the one left empty is gone, without {@link Group#closed}. */
    protected final void merge(Group<O> from, Group<O> into) {
        step().merge(erased(from), erased(into));
    }

    /** Returns the open group that has been open longest, or null when none is. */
    @SuppressWarnings("unchecked") // it was handed in by this stage
    protected final @Nullable Group<O> oldest() {
        return (Group<O>) step().oldest();
    }

    /** Returns the time of the stage's clock in milliseconds since 1970. */
    protected final long now() {
        return step().now();
    }

    /** Asks for a {@link #tick} at a time of the clock, in milliseconds since 1970. The earliest time asked for counts. */
    protected final void wakeAt(long time) {
        step().wakeAt(time);
    }

    /** Counts an event that came when its group had been closed, for the meter {@code …aggregate.late}. */
    protected final void countLate() {
        late++;
    }

    final long late() {
        return late;
    }

    /** Returns how many groups were closed early for want of room in flight. */
    final long early() {
        return step == null ? 0 : step.early();
    }

    /** Returns how many groups are open. */
    final long open() {
        return step == null ? 0 : step.open();
    }

    /** Ties the stage to what runs it. */
    final void runBy(AggregateStep runner) {
        step = runner;
    }

    private AggregateStep step() {
        return Objects.requireNonNull(step, "the pipeline does not run");
    }

    @SuppressWarnings("unchecked") // what comes out is only handed on
    private static Group<Object> erased(Group<?> group) {
        return (Group<Object>) group;
    }
}
