package io.bspump.aggregation;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Gathers events by key into sessions: events of a key belong together as long as less than {@code gap} lies between one
 * and the next, by their own time. A session is closed when an event has come, of any key, that is later than its last
 * one by the gap and {@code allowed_lateness}; what was made of it goes on as one event, and its events settle with that.
 * An event that comes between two sessions and joins them makes them one.
 *
 * <p>Configured like {@link TimeWindowAnalyzer}. In a result {@code start} is the time of the first event and {@code end}
 * that of the last. Each event is in flight until its session has been delivered; when {@code max_in_flight} is less than
 * that, the oldest sessions are closed early and what comes afterwards begins new ones.
 *
 * @param <I> the type of the events that go in; {@code Map} without functions
 * @param <O> the type of the events that come out; {@code Map<String, Object>} without functions
 */
public final class SessionAnalyzer<I, O> extends WindowAnalyzer<I, Object, O> {

    public static final Options OPTIONS = Options.of(Option.duration("gap")
            .atLeast(Duration.ofMillis(1))
            .defaultTo("30m")
            .doc("How long without an event ends a session."));

    private final long gap;

    /** Open sessions by key. Those of one key, seldom more than one, are linked. */
    private final Map<@Nullable Object, Session> sessions = new HashMap<>();

    /** All open sessions by when they are due, or earlier: a session is put in its right place when it seems due. */
    private final TreeSet<Session> schedule = new TreeSet<>(
            Comparator.<Session>comparingLong(session -> session.due).thenComparing(s -> s.number));

    private long earliestDue = Long.MAX_VALUE;
    private long opened;

    private final class Session extends Pane {

        private final long number = opened++;
        private long due;
        private @Nullable Session other;

        Session(@Nullable Object key, long time) {
            super(key, time, time + gap, false);
            due = end;
        }

        boolean takes(long time) {
            return time + gap > start && time < end;
        }

        void extend(long from, long to) {
            start = Math.min(start, from);
            end = Math.max(end, to);
        }

        @Override
        long shownEnd() {
            return end - gap;
        }

        @Override
        protected void closed() {
            forget(this);
        }
    }

    /** Creates an analyzer of maps whose id is {@code SessionAnalyzer}. */
    public SessionAnalyzer(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * Creates an analyzer of maps.
     *
     * @param id the id, or null for {@code SessionAnalyzer}
     * @param config values that go above the class's defaults and below the file
     */
    public SessionAnalyzer(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        this(app, pipeline, id, config, null);
    }

    /** Creates an analyzer of any events whose id is {@code SessionAnalyzer}. */
    public SessionAnalyzer(Application app, Pipeline pipeline, WindowFunctions<I, ?, O> functions) {
        this(app, pipeline, null, Map.of(), functions);
    }

    /**
     * Creates an analyzer of any events.
     *
     * @param id the id, or null for {@code SessionAnalyzer}
     * @param config values that go above the class's defaults and below the file
     * @param functions what it needs to know of the events, or null when they are maps and the section tells
     */
    @SuppressWarnings("unchecked") // what is gathered goes from one function to the other
    public SessionAnalyzer(
            Application app,
            Pipeline pipeline,
            @Nullable String id,
            Map<String, ?> config,
            @Nullable WindowFunctions<I, ?, O> functions) {
        super(app, pipeline, id, config, (WindowFunctions<I, Object, O>) functions);
        gap = config().getDuration("gap").toMillis();
    }

    @Override
    void place(Context context, I event, @Nullable Object key, long time) throws Exception {
        if (isLate(time + gap)) {
            late(context, event, key, time, time, time);
            return;
        }
        Session session = find(sessions.get(key), time);
        if (session == null) {
            session = new Session(key, time);
            session.append(context, event);
            remember(session);
        } else {
            Session second = find(session.other, time);
            if (second != null) {
                session = mergeInOrder(session, second);
            }
            session.append(context, event);
            session.extend(time, time + gap);
        }
        join(session);
    }

    private @Nullable Session find(@Nullable Session from, long time) {
        Session session = from;
        while (session != null && !session.takes(time)) {
            session = session.other;
        }
        return session;
    }

    private Session mergeInOrder(Session one, Session two) {
        Session into = one.start < two.start ? one : two;
        Session from = into == one ? two : one;
        into.mergeValues(from);
        into.extend(from.start, from.end);
        forget(from);
        merge(from, into);
        return into;
    }

    private void remember(Session session) {
        session.other = sessions.put(session.key, session);
        schedule.add(session);
        earliestDue = Math.min(earliestDue, session.due);
    }

    private void forget(Session session) {
        Session head = sessions.get(session.key);
        if (head == session) {
            if (session.other == null) {
                sessions.remove(session.key);
            } else {
                sessions.put(session.key, session.other);
            }
        } else {
            Session before = head;
            while (before != null && before.other != session) {
                before = before.other;
            }
            if (before != null) {
                before.other = session.other;
            }
        }
        session.other = null;
        schedule.remove(session);
        earliestDue = schedule.isEmpty() ? Long.MAX_VALUE : schedule.first().due;
    }

    @Override
    long earliestEnd() {
        return earliestDue;
    }

    @Override
    void closeUntil(long time) {
        while (earliestDue <= time) {
            Session session = schedule.first();
            if (session.end <= time) {
                close(session);
            } else {
                schedule.remove(session);
                session.due = session.end;
                schedule.add(session);
                earliestDue = schedule.first().due;
            }
        }
    }
}
