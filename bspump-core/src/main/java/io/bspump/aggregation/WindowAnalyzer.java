package io.bspump.aggregation;

import io.bspump.Aggregator;
import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Group;
import io.bspump.Pipeline;
import io.bspump.config.Config;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What windows and sessions have in common: event time. The watermark is the greatest time of an event so far, less {@code
 * allowed_lateness}; what ends before it is closed, and what comes for it afterwards is late. When no event comes for
 * {@code idle_timeout}, the clock goes on in place of events and closes what would have ended; the watermark stays, so
 * nothing is late because a source was idle.
 */
abstract class WindowAnalyzer<I, T, O> extends Aggregator<I, O> {

    public static final Options OPTIONS = Options.of(
            Option.list("key")
                    .defaultTo("")
                    .doc("Fields whose values the events of a window have in common; none for one window at a time."),
            Option.string("timestamp").defaultTo("@timestamp").doc("The field with the time of an event."),
            Option.choice("timestamp_unit", "s", "ms", "us", "ns")
                    .defaultTo("s")
                    .doc("What a timestamp counts that is a number; times and ISO 8601 texts are understood as well."),
            FieldAggregates.OPTION,
            Option.duration("allowed_lateness")
                    .defaultTo("0s")
                    .doc("How far an event may be behind the latest one and still find its window open."),
            Option.choice("on_late", "emit", "drop", "error")
                    .defaultTo("emit")
                    .doc("What becomes of later events: a result of each alone, nothing, or an error."),
            Option.duration("idle_timeout")
                    .defaultTo("10s")
                    .doc(
                            "When no event has come for so long, the clock closes windows in place of events; `0` for never."));

    /** Times beyond these are no times. */
    private static final long MOST = Duration.ofDays(365L * 30_000).toMillis();

    private final WindowFunctions<I, T, O> functions;
    private final long allowedLateness;
    private final long idleTimeout;
    private final String onLate;

    private long latest = -MOST;
    private long watermark = -MOST;

    // How the clock sees events come: how many have come, how many had when it looked last, and when that was.
    private long arrived;
    private long seen;
    private long quietSince;
    private boolean watching;

    WindowAnalyzer(
            Application app,
            Pipeline pipeline,
            @Nullable String id,
            Map<String, ?> config,
            @Nullable WindowFunctions<I, T, O> functions) {
        super(app, pipeline, id, config);
        this.functions = functions == null ? ofFields(config()) : functions;
        this.allowedLateness = config().getDuration("allowed_lateness").toMillis();
        this.idleTimeout = config().getDuration("idle_timeout").toMillis();
        this.onLate = config().get("on_late");
    }

    /** Makes functions of the section alone, for events that are maps. */
    @SuppressWarnings("unchecked") // the user who gives no functions gets maps
    private static <I, T, O> WindowFunctions<I, T, O> ofFields(Config config) {
        List<String> keys = config.getList("key");
        FieldKey key = new FieldKey(keys);
        List<String> taken = new ArrayList<>(keys);
        taken.addAll(List.of("start", "end", "partial", "late"));
        FieldAggregates aggregates = new FieldAggregates(config, taken);
        WindowFunctions<Object, Map<String, @Nullable Object>, Map<String, @Nullable Object>> made =
                new WindowFunctions<>(
                        new FieldTime(config.get("timestamp"), config.get("timestamp_unit")),
                        key,
                        aggregates::strategy,
                        (window, values) -> result(key, window, values));
        return (WindowFunctions<I, T, O>) (WindowFunctions<?, ?, ?>) made;
    }

    private static Map<String, @Nullable Object> result(
            FieldKey key, Window window, Map<String, @Nullable Object> values) {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        key.put(window.key(), result);
        result.put("start", window.start());
        result.put("end", window.end());
        result.putAll(values);
        if (window.partial()) {
            result.put("partial", true);
        }
        if (window.late()) {
            result.put("late", true);
        }
        return result;
    }

    /** The events of a window, or some of them. */
    class Pane extends Group<O> {

        final @Nullable Object key;
        private final AggregationStrategy<? super I, T> strategy =
                functions.strategy().get();
        private final boolean late;
        long start;
        long end;

        Pane(@Nullable Object key, long start, long end, boolean late) {
            this.key = FieldKey.kept(key);
            this.start = start;
            this.end = end;
            this.late = late;
        }

        final void append(Context context, I event) throws Exception {
            strategy.append(context, event);
        }

        @SuppressWarnings("unchecked") // both were made by the same function
        final void mergeValues(Pane other) {
            ((AggregationStrategy<I, T>) strategy).merge((AggregationStrategy<I, T>) other.strategy);
        }

        /** Returns the time that the result calls the end. */
        long shownEnd() {
            return end;
        }

        @Override
        protected @Nullable O result(Context context) throws Exception {
            Window window = new Window(
                    key, Instant.ofEpochMilli(start), Instant.ofEpochMilli(shownEnd()), size(), isPartial(), late);
            T gathered = strategy.flush();
            return gathered == null ? null : functions.result().apply(window, gathered);
        }

        @Override
        protected void closed() {}

        @Override
        public String toString() {
            return "a window of " + size() + " events from " + Instant.ofEpochMilli(start) + ", key " + key;
        }
    }

    @Override
    protected final void process(Context context, I event) throws Exception {
        long time = functions.timestamp().applyAsLong(event);
        if (time < -MOST || time > MOST) {
            throw new IllegalArgumentException("the time of the event must be in milliseconds since 1970, was " + time);
        }
        place(context, event, functions.key().apply(event), time);
        arrived++;
        if (time > latest) {
            latest = time;
            watermark = time - allowedLateness;
            if (earliestEnd() <= watermark) {
                closeUntil(watermark);
            }
        }
        if (!watching && idleTimeout > 0) {
            watch(now());
        }
    }

    /** Joins the event to where it belongs, or calls {@link #late}. */
    abstract void place(Context context, I event, @Nullable Object key, long time) throws Exception;

    /** Returns the least end of all that is open, or {@link Long#MAX_VALUE}. */
    abstract long earliestEnd();

    /** Closes what ends at the time or earlier. */
    abstract void closeUntil(long time);

    final boolean isLate(long end) {
        return end <= watermark;
    }

    /** Does with a late event what is to be done; start and end are what its result shows. */
    final void late(Context context, I event, @Nullable Object key, long time, long start, long end) throws Exception {
        countLate();
        if (onLate.equals("error")) {
            throw new IllegalStateException("the event of " + Instant.ofEpochMilli(time) + " is late, the watermark is "
                    + Instant.ofEpochMilli(watermark));
        }
        if (onLate.equals("emit")) {
            Pane alone = new Pane(key, start, end, true);
            alone.append(context, event);
            join(alone);
            close(alone);
        }
    }

    private void watch(long now) {
        watching = true;
        seen = arrived;
        quietSince = now;
        wakeAt(now + idleTimeout);
    }

    @Override
    protected final void tick(long now) {
        if (earliestEnd() == Long.MAX_VALUE) {
            watching = false;
        } else if (arrived != seen) {
            watch(now);
        } else if (now - quietSince < idleTimeout) {
            wakeAt(quietSince + idleTimeout);
        } else {
            long clock = watermark + (now - quietSince);
            closeUntil(clock);
            long end = earliestEnd();
            watching = end != Long.MAX_VALUE;
            if (watching) {
                wakeAt(now + Math.max(1, end - clock));
            }
        }
    }
}
