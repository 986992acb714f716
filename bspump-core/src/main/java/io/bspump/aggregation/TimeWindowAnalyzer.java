package io.bspump.aggregation;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Gathers events by key and by windows of their own time: the minute in which they happened, say. A window is closed when
 * an event has come that is later than its end by {@code allowed_lateness}; what was made of it goes on as one event, and
 * its events settle with that. With {@code slide} windows overlap and an event is in several of them.
 *
 * <p>Without functions, events are maps, and the section says everything: {@code key}, {@code timestamp}, {@code
 * aggregates}. A result is a map of the fields of the key, {@code start} and {@code end}, the aggregates, and {@code partial
 * = true} or {@code late = true} where they are; see {@link Window} for what these mean. With functions, events may be
 * anything, and these keys of the section have no effect.
 *
 * <p>Each event is in flight until its window has been delivered, so {@code max_in_flight} should be more than the events
 * of a window and the allowed lateness together. If it is less, the oldest windows are closed early, and what comes
 * afterwards makes further results of the same window.
 *
 * @param <I> the type of the events that go in; {@code Map} without functions
 * @param <O> the type of the events that come out; {@code Map<String, Object>} without functions
 */
public final class TimeWindowAnalyzer<I, O> extends WindowAnalyzer<I, Object, O> {

    public static final Options OPTIONS = Options.of(
            Option.duration("resolution")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("60s")
                    .doc("How long a window is. Windows begin at multiples of it since 1970, in UTC."),
            Option.duration("slide")
                    .defaultTo("0s")
                    .doc("When more than 0, how often a window begins; at most `resolution`."));

    private final long resolution;
    private final long slide;

    /** Open windows by their start, and by key in the order in which they were opened. */
    private final TreeMap<Long, Bucket> buckets = new TreeMap<>();

    private Bucket recent = new Bucket(Long.MIN_VALUE);
    private long earliestEnd = Long.MAX_VALUE;

    /** The windows of all keys that begin at one time. */
    private final class Bucket {

        private final long start;
        private final Map<@Nullable Object, Slot> slots = new LinkedHashMap<>();

        Bucket(long start) {
            this.start = start;
        }
    }

    private final class Slot extends Pane {

        private final Bucket bucket;

        Slot(Bucket bucket, @Nullable Object key) {
            super(key, bucket.start, bucket.start + resolution, false);
            this.bucket = bucket;
        }

        @Override
        protected void closed() {
            if (buckets.get(start) != bucket) {
                return; // the whole bucket is being closed
            }
            bucket.slots.remove(key);
            if (bucket.slots.isEmpty()) {
                remove(bucket);
            }
        }
    }

    /** Creates an analyzer of maps whose id is {@code TimeWindowAnalyzer}. */
    public TimeWindowAnalyzer(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * Creates an analyzer of maps.
     *
     * @param id the id, or null for {@code TimeWindowAnalyzer}
     * @param config values that go above the class's defaults and below the file
     */
    public TimeWindowAnalyzer(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        this(app, pipeline, id, config, null);
    }

    /** Creates an analyzer of any events whose id is {@code TimeWindowAnalyzer}. */
    public TimeWindowAnalyzer(Application app, Pipeline pipeline, WindowFunctions<I, ?, O> functions) {
        this(app, pipeline, null, Map.of(), functions);
    }

    /**
     * Creates an analyzer of any events.
     *
     * @param id the id, or null for {@code TimeWindowAnalyzer}
     * @param config values that go above the class's defaults and below the file
     * @param functions what it needs to know of the events, or null when they are maps and the section tells
     */
    @SuppressWarnings("unchecked") // what is gathered goes from one function to the other
    public TimeWindowAnalyzer(
            Application app,
            Pipeline pipeline,
            @Nullable String id,
            Map<String, ?> config,
            @Nullable WindowFunctions<I, ?, O> functions) {
        super(app, pipeline, id, config, (WindowFunctions<I, Object, O>) functions);
        resolution = config().getDuration("resolution").toMillis();
        long every = config().getDuration("slide").toMillis();
        if (every > resolution) {
            throw new ConfigException(List.of(config().problem(
                            "slide",
                            "must be at most the resolution, " + resolution + "ms, was '" + config().get("slide")
                                    + "'")));
        }
        slide = every > 0 ? every : resolution;
    }

    @Override
    void place(Context context, I event, @Nullable Object key, long time) throws Exception {
        long start = time - Math.floorMod(time, slide);
        if (slide == resolution) {
            placeInOne(context, event, key, time, start);
        } else {
            placeInAll(context, event, key, time, start);
        }
    }

    private void placeInOne(Context context, I event, @Nullable Object key, long time, long start) throws Exception {
        if (isLate(start + resolution)) {
            late(context, event, key, time, start, start + resolution);
            return;
        }
        join(append(context, event, key, start));
    }

    private void placeInAll(Context context, I event, @Nullable Object key, long time, long last) throws Exception {
        if (isLate(last + resolution)) {
            late(context, event, key, time, last, last + resolution);
            return;
        }
        List<Slot> slots = new ArrayList<>();
        for (long start = last; start > time - resolution && !isLate(start + resolution); start -= slide) {
            slots.add(append(context, event, key, start));
        }
        join(slots);
    }

    private Slot append(Context context, I event, @Nullable Object key, long start) throws Exception {
        Bucket bucket = recent.start == start ? recent : bucket(start);
        Slot slot = bucket.slots.get(key);
        if (slot != null) {
            slot.append(context, event);
            return slot;
        }
        slot = new Slot(bucket, key);
        slot.append(context, event);
        bucket.slots.put(slot.key, slot);
        buckets.putIfAbsent(start, bucket);
        recent = bucket;
        earliestEnd = Math.min(earliestEnd, start + resolution);
        return slot;
    }

    private Bucket bucket(long start) {
        Bucket found = buckets.get(start);
        if (found == null) {
            return new Bucket(start);
        }
        recent = found;
        return found;
    }

    @Override
    long earliestEnd() {
        return earliestEnd;
    }

    @Override
    void closeUntil(long time) {
        while (earliestEnd <= time) {
            Bucket bucket = buckets.firstEntry().getValue();
            remove(bucket);
            bucket.slots.values().forEach(this::close);
        }
    }

    private void remove(Bucket bucket) {
        buckets.remove(bucket.start);
        if (recent == bucket) {
            recent = new Bucket(Long.MIN_VALUE);
        }
        earliestEnd = buckets.isEmpty() ? Long.MAX_VALUE : buckets.firstKey() + resolution;
    }
}
