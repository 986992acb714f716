package io.bspump.test;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.Settlement;
import io.bspump.Source;
import io.bspump.Stage;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** What the contracts have in common: the component stands in a small pipeline of a {@link PipelineTester}. */
abstract class Contract {

    /** The pipeline's id, for the sections of {@link #configuration}. */
    public static final String PIPELINE = "Contract";

    private static final Duration STEP = Duration.ofMillis(10);
    private static final long STEP_NANOS = 1_000_000;

    Contract() {}

    /** Returns the text of {@code pipelines.conf}; the pipeline's id is {@link #PIPELINE}. Defaults to an empty one. */
    protected String configuration() {
        return "";
    }

    /** Returns how long the component may take, by the clock on the wall, for its sample events. Defaults to 5 seconds. */
    protected Duration patience() {
        return Duration.ofSeconds(5);
    }

    /** What stands between source and sink; a source or a sink of the component takes the place of the given one. */
    interface Parts {
        void build(Application app, ContractPipeline pipeline);
    }

    static final class ContractPipeline extends Pipeline {

        ContractPipeline(Application app, Parts parts) {
            super(app, PIPELINE);
            parts.build(app, this);
        }

        void around(Application app, Stage<?, ?> stage) {
            build(source(app), stage, sink(app));
        }

        void behind(Application app, Source<?>... sources) {
            build(List.of(sources), sink(app));
        }

        void before(Application app, Stage<?, ?> sink) {
            build(source(app), sink);
        }

        private Source<?> source(Application app) {
            return new IteratorSource<>(app, this, List.of(), "ContractSource", Map.of());
        }

        private Stage<?, ?> sink(Application app) {
            return new NullSink(app, this, "ContractSink", Map.of());
        }
    }

    final PipelineTester test(TesterSetup setup, Parts parts) {
        return setup.configuration(configuration()).test(app -> new ContractPipeline(app, parts));
    }

    /** Lets virtual time pass step by step until the condition holds; also waits for threads of the component's own. */
    final void until(PipelineTester tester, String rule, BooleanSupplier condition) {
        until(tester, rule, STEP, condition);
    }

    private void until(PipelineTester tester, String rule, Duration step, BooleanSupplier condition) {
        long deadline = System.nanoTime() + patience().toNanos();
        while (!condition.getAsBoolean()) {
            check(System.nanoTime() - deadline < 0, rule, tester);
            tester.advance(step);
            LockSupport.parkNanos(STEP_NANOS);
        }
    }

    final void untilSettled(PipelineTester tester) {
        until(
                tester,
                "every event must settle",
                () -> !tester.settlements().contains(null) || tester.state() == PipelineState.ERROR);
        check(tester.errors().isEmpty(), "no sample event must fail", tester);
        tester.assertAllDelivered();
    }

    /** Lets a second of its clock pass, and some time for threads of the component's own. */
    static void pause(PipelineTester tester) {
        for (int i = 0; i < 50; i++) {
            tester.advance(Duration.ofMillis(20));
            LockSupport.parkNanos(STEP_NANOS);
        }
    }

    /** Stops it within a second of its clock, far less than components may take; threads of their own get what they need. */
    final void untilStopped(PipelineTester tester, String rule) {
        tester.stop();
        for (int i = 0; i < 100 && tester.state() != PipelineState.STOPPED; i++) {
            tester.advance(STEP);
            LockSupport.parkNanos(STEP_NANOS);
        }
        until(tester, rule, Duration.ZERO, () -> tester.state() == PipelineState.STOPPED);
    }

    static void check(boolean holds, String rule, PipelineTester tester) {
        if (!holds) {
            throw new AssertionError(rule + "\n" + tester);
        }
    }

    static boolean endedWell(Settlement how) {
        return how == Settlement.DELIVERED || how == Settlement.DROPPED;
    }

    /** Shows an event by its content; without the identity that objects without a {@code toString} of their own show. */
    static String shown(Object event) {
        String text = Arrays.deepToString(new Object[] {event});
        return text.replaceAll("@[0-9a-f]{1,8}\\b", "");
    }

    static List<String> shown(List<?> events) {
        return events.stream().map(Contract::shown).toList();
    }
}
