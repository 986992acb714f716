package io.bspump;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;

/**
 * Runs an {@link Aggregator}: keeps its open groups in the order in which they were opened, and hands on those that are
 * closed, one after the other, as the next step takes them. It takes no event while a closed group waits.
 */
final class AggregateStep extends Step implements Failure.Holder {

    private static final Logger LOG = LoggerFactory.getLogger(AggregateStep.class);
    private static final long NEVER = Long.MAX_VALUE;

    private final Lane lane;
    private final FailurePolicy failures;
    private final StageMeter meter;
    private final Aggregator<Object, Object> aggregator;
    private final Step next;

    private final GroupList open = new GroupList();
    private final GroupList closed = new GroupList();
    /** How many events the open groups have. */
    private long held;

    private long early;
    private int untilTimed = SyncStep.TIMED;

    /** The event that is being processed, until it has joined a group. */
    private @Nullable Context current;

    /** The event that could not be processed. */
    private @Nullable Failure parked;
    /** Whether it is to be tried again. */
    private boolean due;

    private @Nullable Unfinished unfinished;
    private @Nullable Disposable timer;
    private long wakeAt = NEVER;

    @SuppressWarnings("unchecked") // Pipeline.build has checked what can be known of the types
    AggregateStep(Aggregator<?, ?> aggregator, Lane lane, FailurePolicy failures, StageMeter meter, Step next) {
        this.lane = lane;
        this.failures = failures;
        this.meter = meter;
        this.aggregator = (Aggregator<Object, Object>) aggregator;
        this.next = next;
        aggregator.runBy(this);
    }

    // What comes in

    @Override
    boolean ready() {
        return parked == null && closed.isEmpty();
    }

    @Override
    void accept(Context context, Object event) {
        run(context, event, null);
        if (!closed.isEmpty()) {
            handOn();
        }
    }

    private void run(Context context, Object event, @Nullable Failure earlier) {
        meter.in++;
        current = context;
        try {
            process(context, event);
        } catch (Throwable t) {
            failed(context, event, earlier, t);
            return;
        }
        if (current != null) {
            current = null;
            meter.drop++;
            context.settle(Settlement.DROPPED);
        }
    }

    private void process(Context context, Object event) throws Exception {
        if (--untilTimed > 0) {
            aggregator.process(context, event);
            return;
        }
        untilTimed = SyncStep.TIMED;
        long start = System.nanoTime();
        aggregator.process(context, event);
        meter.time(start, System.nanoTime());
    }

    private void failed(Context context, Object event, @Nullable Failure earlier, Throwable error) {
        meter.error++;
        if (current == null) {
            throw new IllegalStateException(aggregator + " failed after its event had joined a group", error);
        }
        current = null;
        parked = Failure.of(earlier, this, meter, context, event, error);
        failures.failed(parked);
    }

    @Override
    public void retry(Failure failure) {
        due = true;
    }

    @Override
    public void release(Failure failure, Settlement how) {
        parked = null;
        failure.context.settle(how);
    }

    // Groups

    void join(Group<Object> group) {
        add(joining(), group);
    }

    void join(List<Group<Object>> groups) {
        Branch branch = new Branch(joining());
        for (Group<Object> group : groups) {
            add(branch.child(), group);
        }
        branch.complete();
    }

    private Context joining() {
        Context joining = current;
        if (joining == null) {
            throw new IllegalStateException(aggregator + " joins an event that it is not processing, or a second time");
        }
        current = null;
        return joining;
    }

    private void add(Context member, Group<Object> group) {
        if (group.isClosed()) {
            throw new IllegalStateException(aggregator + " joins an event to a group that is closed");
        }
        if (group.size() == 0) {
            group.open(now());
            open.add(group);
        }
        group.add(member);
        held++;
    }

    void close(Group<Object> group, Group.End how) {
        if (group.isClosed()) {
            return;
        }
        group.end(how);
        group.closed();
        if (group.size() > 0) {
            held -= group.size();
            open.remove(group);
            closed.add(group);
        }
    }

    void merge(Group<Object> from, Group<Object> into) {
        if (from.size() == 0 || from == into || from.isClosed() || into.isClosed()) {
            throw new IllegalStateException(aggregator + " merges groups that are not both open");
        }
        open.remove(from);
        from.end(Group.End.COMPLETE);
        if (into.size() == 0) {
            open.add(into);
        }
        into.absorb(from);
    }

    @Nullable
    Group<Object> oldest() {
        return open.first();
    }

    // What goes on

    @Override
    boolean flow() {
        boolean moved = handOn();
        Failure failure = parked;
        if (!due || failure == null || !closed.isEmpty()) {
            return moved;
        }
        due = false;
        parked = null;
        run(failure.context, failure.event, failure);
        handOn();
        return true;
    }

    private boolean handOn() {
        boolean moved = false;
        Group<Object> group;
        while ((group = closed.first()) != null && (unfinished == null || unfinished.due) && next.ready()) {
            finish(group);
            moved = true;
        }
        return moved;
    }

    private void finish(Group<Object> group) {
        Unfinished earlier = unfinished;
        unfinished = null;
        Context context = new Context(group);
        Object result;
        try {
            result = group.result(context);
        } catch (Throwable t) {
            meter.error++;
            unfinished = earlier == null ? new Unfinished(group) : earlier;
            unfinished.failed(t);
            return;
        }
        closed.remove(group);
        if (result == null) {
            meter.drop++;
            group.settle(Settlement.DROPPED);
        } else {
            meter.out++;
            next.accept(context, result);
        }
    }

    /** A closed group of which no event could be made. It stays the first until it is clear what becomes of it. */
    private final class Unfinished implements Failure.Holder {

        private final Group<Object> group;
        private @Nullable Failure failure;
        private boolean due;

        Unfinished(Group<Object> group) {
            this.group = group;
        }

        void failed(Throwable error) {
            due = false;
            failure = Failure.of(failure, this, meter, new Context(group), group.toString(), error);
            failures.failed(failure);
        }

        @Override
        public void retry(Failure retried) {
            due = true;
        }

        @Override
        public void release(Failure released, Settlement how) {
            unfinished = null;
            closed.remove(group);
            released.context.settle(how);
        }

        boolean isBusy() {
            return due ? next.ready() : failure != null && failure.retrying;
        }
    }

    @Override
    boolean holds() {
        return !open.isEmpty();
    }

    @Override
    boolean giveUp(Group.End why) {
        if (!closed.isEmpty() || open.isEmpty()) {
            return false;
        }
        long kept = why == Group.End.CROWDED ? held / 2 : 0;
        Group<Object> group;
        while (held > kept && (group = open.first()) != null) {
            countEarly(why);
            close(group, why);
        }
        handOn();
        return true;
    }

    private void countEarly(Group.End why) {
        if (why != Group.End.CROWDED) {
            return;
        }
        if (early == 0) {
            LOG.warn(
                    "[pipeline:{}] {} closes its oldest groups early: they hold all events that may be in flight,"
                            + " see max_in_flight; this is said once, the meter bspump.pipeline.aggregate.early goes on"
                            + " open={} events={}",
                    aggregator.pipeline().id(),
                    aggregator.id(),
                    open.size(),
                    held);
        }
        early++;
    }

    @Override
    boolean busy() {
        if (parked != null && parked.retrying) {
            return true;
        }
        return unfinished == null ? !closed.isEmpty() && next.ready() : unfinished.isBusy();
    }

    // Time

    long now() {
        return lane.now();
    }

    void wakeAt(long time) {
        if (time >= wakeAt) {
            return;
        }
        cut();
        wakeAt = time;
        timer = lane.schedule(this::wake, Duration.ofMillis(Math.max(0, time - now())));
    }

    private void wake() {
        timer = null;
        wakeAt = NEVER;
        aggregator.tick(now());
    }

    @Override
    void cut() {
        if (timer != null) {
            timer.dispose();
        }
    }

    @Override
    void abandon() {
        cut();
        Group<Object> group;
        while ((group = open.first()) != null) {
            open.remove(group);
            group.end(Group.End.STOPPED);
            group.closed();
        }
    }

    // Views, any thread; see StageMeter

    long early() {
        return early;
    }

    long open() {
        return open.size();
    }
}
