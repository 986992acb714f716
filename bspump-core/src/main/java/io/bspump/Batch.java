package io.bspump;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * The events of one write of a {@link BatchSink}, in order, as a read-only list. Its contents may be read on any thread
 * until the write has ended.
 *
 * @param <I> the type of the events
 */
public final class Batch<I> extends AbstractList<I> implements RandomAccess {

    private final List<I> events = new ArrayList<>();
    private final List<Context> contexts = new ArrayList<>();
    private List<Position> positions = List.of();
    private long bytes;

    // Guarded by this: a sink may report from several threads.
    private @Nullable Throwable @Nullable [] failures;

    Batch() {}

    void add(Context context, I event, long size) {
        contexts.add(context);
        events.add(event);
        bytes += size;
    }

    @Override
    public I get(int index) {
        return events.get(index);
    }

    @Override
    public int size() {
        return events.size();
    }

    /** Returns the context of an event. */
    public Context context(int index) {
        return contexts.get(index);
    }

    /** Returns the sum of the sizes of its events, as {@link BatchSink#size} gives them. */
    public long bytes() {
        return bytes;
    }

    /**
     * Returns the positions that are to be written together with the events, see {@link TransactionalSink}; none in a pipeline
     * that delivers at least once.
     */
    public List<Position> positions() {
        return positions;
    }

    void positions(List<Position> all) {
        positions = List.copyOf(all);
    }

    /**
     * Reports that one event could not be delivered although the write as a whole succeeds. Must be called before the
     * write's Mono completes; the first report of an event counts.
     */
    public synchronized void fail(int index, Throwable error) {
        Objects.checkIndex(index, events.size());
        Objects.requireNonNull(error, "error");
        if (failures == null) {
            failures = new Throwable[events.size()];
        }
        if (failures[index] == null) {
            failures[index] = error;
        }
    }

    synchronized boolean hasFailures() {
        return failures != null;
    }

    synchronized @Nullable Throwable failure(int index) {
        return failures == null ? null : failures[index];
    }

    /** Forgets what was reported, for the next attempt. */
    synchronized void reset() {
        failures = null;
    }
}
