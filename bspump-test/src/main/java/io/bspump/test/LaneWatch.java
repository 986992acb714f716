package io.bspump.test;

import io.bspump.Pipeline;
import io.bspump.Settlement;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Runs a pipeline on a real lane, one on which Reactor's {@code block()} fails, and watches the lane's thread: when it
 * waits in the middle of its work, some component blocks it. Input and output look like work and are not seen.
 */
final class LaneWatch implements AutoCloseable {

    private static final String LANE = "io.bspump.Lane";
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int DEPTH = 200;

    /** A wait that outlasts two samples is none for a lock that is held for a moment. */
    private static final long SAMPLE_NANOS = 2_000_000;

    private final Scheduler lanes = Schedulers.newParallel("contract-lane", 1, true);
    private final Scheduler blocking = Schedulers.newBoundedElastic(4, 1000, "contract-blocking", 10, true);
    private final List<Output> outputs = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private final TestApplication app;
    private final Pipeline pipeline;

    LaneWatch(TesterSetup setup, Contract.Parts parts) {
        CompletableFuture<Thread> found = new CompletableFuture<>();
        lanes.schedule(() -> found.complete(Thread.currentThread()));
        thread = found.join();
        app = setup.application(lanes, blocking, outputs::add);
        pipeline = new Contract.ContractPipeline(app, parts);
        app.startAll();
    }

    /** Pushes events and watches until they have settled. */
    void push(List<?> events, Duration patience) {
        watch(pushed(events), patience);
    }

    /** Pushes events, ends the source, and watches until they have settled. */
    void pushAndEnd(List<?> events, Duration patience) {
        List<Pushed> pushed = pushed(events);
        app.sources().get(0).complete();
        watch(pushed, patience);
    }

    private List<Pushed> pushed(List<?> events) {
        List<Pushed> pushed = new ArrayList<>();
        ScriptedSource own = app.sources().stream()
                .filter(source -> source.pipeline() == pipeline)
                .findFirst()
                .orElseThrow();
        for (Object event : events) {
            pushed.add(own.push(event, Map.of()));
        }
        return pushed;
    }

    private void watch(List<Pushed> pushed, Duration patience) {
        watch(() -> pushed.stream().allMatch(one -> one.settlement() != null), patience);
        for (Pushed one : pushed) {
            Settlement how = one.settlement();
            if (how == null || !Contract.endedWell(how)) {
                throw new AssertionError("must work on a lane, where blocking is an error: " + one + error());
            }
        }
    }

    int received() {
        return outputs.size();
    }

    /** Watches until the condition holds, the pipeline is in error, or patience ends. */
    void watch(BooleanSupplier condition, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        @Nullable ThreadInfo before = null;
        while (!condition.getAsBoolean() && !pipeline.isError() && System.nanoTime() - deadline < 0) {
            ThreadInfo now = THREADS.getThreadInfo(thread.getId(), DEPTH);
            if (before != null && isSameWait(before, now)) {
                throw new AssertionError("must not block the lane, but waits at " + place(now));
            }
            before = now;
            LockSupport.parkNanos(SAMPLE_NANOS);
        }
        if (!condition.getAsBoolean()) {
            throw new AssertionError("must work on a lane, where blocking is an error" + error());
        }
    }

    private String error() {
        return pipeline.error().map(error -> "; " + error).orElse("");
    }

    private static boolean isSameWait(ThreadInfo before, ThreadInfo now) {
        return waitsInTurn(before) && waitsInTurn(now) && before.getWaitedCount() == now.getWaitedCount();
    }

    private static boolean waitsInTurn(ThreadInfo info) {
        Thread.State state = info.getThreadState();
        boolean waits = state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
        return waits
                && Arrays.stream(info.getStackTrace())
                        .anyMatch(frame -> frame.getClassName().equals(LANE));
    }

    /** Finds the code that waits, behind what it waits with. */
    private static String place(ThreadInfo info) {
        for (StackTraceElement frame : info.getStackTrace()) {
            String type = frame.getClassName();
            if (!type.startsWith("java.") && !type.startsWith("jdk.")) {
                return type + "." + frame.getMethodName() + " (line " + frame.getLineNumber() + ")";
            }
        }
        return "an unknown place";
    }

    @Override
    public void close() {
        app.stopAll();
        app.cutAll();
        pipeline.finished().toFuture().orTimeout(20, TimeUnit.SECONDS).join();
        lanes.dispose();
        blocking.dispose();
    }
}
