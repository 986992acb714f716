package io.bspump;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a pipeline is made of while it runs: steps, intakes and policies. A pipeline that begins again from stored positions
 * gets another one, and nothing of this one moves any more. Confined to the lane.
 */
final class Assembly {

    private final Pipeline pipeline;
    private final Lane lane;
    private final FailurePolicy failures;
    private final FailurePolicy letterFailures;
    private final List<Step> lastToFirst = new ArrayList<>();
    private final List<Intake<?>> intakes = new ArrayList<>();
    private @Nullable TransactionStep transactions;

    /**
     * Makes one without parts.
     *
     * @param lane of this one alone
     * @param decision what becomes of an event that fails
     */
    Assembly(Pipeline pipeline, Lane lane, Function<Failure, ErrorDecision> decision, FailurePolicy.Listener listener) {
        this.pipeline = pipeline;
        this.lane = lane;
        RetryPolicy retries = RetryPolicy.of(pipeline.config());
        this.failures = new FailurePolicy(lane, retries, decision, listener);
        // A dead letter that cannot be delivered must not become one itself.
        this.letterFailures = new FailurePolicy(lane, retries, failure -> ErrorDecision.STOP, listener);
    }

    /** Makes the parts. */
    void build(Map<Component, StageMeter> meters, Intake.Listener intakeListener, Transaction.Listener listener) {
        long maxInFlight = pipeline.lanes().share(pipeline.config().getLong("max_in_flight"));
        Chain chain = pipeline.isExactlyOnce()
                ? new Chain(lane, failures, meters, maxInFlight, (sink, meter) -> transactions(sink, meter, listener))
                : new Chain(lane, failures, meters, maxInFlight, null);
        Step first = chain.assemble(pipeline.stages());
        lastToFirst.addAll(chain.steps());
        List<Stage<?, ?>> letterStages = pipeline.deadLetterStages();
        if (!letterStages.isEmpty()) {
            Chain letters = new Chain(lane, letterFailures, meters, maxInFlight, null);
            DeadLetterStep entry = new DeadLetterStep(letters.assemble(letterStages));
            failures.sendDeadLettersTo(entry);
            lastToFirst.add(entry);
            lastToFirst.addAll(letters.steps());
        }
        Collections.reverse(lastToFirst);
        List<Source<?>> sources = pipeline.sources();
        long share = Math.max(1, maxInFlight / sources.size());
        long bytes = pipeline.lanes().share(pipeline.config().getSize("max_in_flight_bytes") / sources.size());
        for (Source<?> source : sources) {
            StageMeter meter = meters.computeIfAbsent(source, key -> new StageMeter(key.id()));
            intakes.add(new Intake<>(source, meter, lane, first, intakeListener, share, bytes));
        }
    }

    private Step transactions(Stage<?, ?> sink, StageMeter meter, Transaction.Listener listener) {
        List<Source<?>> sources = pipeline.sources();
        for (Source<?> source : sources) {
            ((Replayable) source).readFrom(new StoredPositions(source, (TransactionalSink<?>) sink));
        }
        TransactionStep step =
                new TransactionStep(sink, sources, () -> Intake.confirmed(intakes), lane, failures, meter, listener);
        transactions = step;
        return step;
    }

    /** Goes on for one that was abandoned. */
    void follow(Assembly former) {
        for (Intake<?> intake : intakes) {
            former.intakes.stream().filter(intake::isOfSame).forEach(intake::follow);
        }
    }

    List<Step> steps() {
        return lastToFirst;
    }

    List<Intake<?>> intakes() {
        return intakes;
    }

    boolean flowSteps() {
        boolean moved = false;
        for (Step step : lastToFirst) {
            moved |= step.flow();
        }
        return moved;
    }

    /**
     * Takes in up to so many events that have come, and asks for others.
     *
     * @param asks whether the sources are asked for more
     */
    boolean takeIn(int most, BooleanSupplier asks) {
        boolean moved = false;
        for (Intake<?> intake : intakes) {
            long before = intake.taken();
            intake.drain(most / intakes.size());
            if (asks.getAsBoolean()) {
                intake.request();
                moved |= intake.checkFailed();
            }
            moved |= intake.taken() > before;
        }
        return moved;
    }

    /** Whether no new events may be taken in before those that have been are written. */
    boolean isGating() {
        return transactions != null && transactions.isGating();
    }

    /** Nothing moves any more: that must not be because of a batch that waits for what does not come. */
    void checkGate(boolean forOtherReasons) {
        if (!forOtherReasons && isGating() && !Condition.isBusy(lastToFirst)) {
            throw new IllegalStateException(
                    "a batch cannot be written, since it has parts of events that others are not written of;"
                            + " an aggregator that says its groups are consecutive must close them one after the other");
        }
    }

    boolean holdsFailures() {
        return failures.holdsAny() || letterFailures.holdsAny();
    }

    /** Holds a failure of a source unless it is retried. */
    void sourceFailed(Failure failure) {
        if (!failures.retried(failure)) {
            failures.hold(failure);
        }
    }

    void resume() {
        failures.resume();
        letterFailures.resume();
    }

    /** How many events have come and are not done with: have not settled, or settled and not been committed. */
    long unsettled() {
        long uncommitted = transactions == null ? 0 : transactions.uncommitted();
        return Intake.unsettled(intakes) + uncommitted;
    }

    /** Settles what is held as failed: the pipeline stops for good. */
    void giveUp() {
        failures.abandon();
        letterFailures.abandon();
    }

    /** Gives up everything: the pipeline goes on with another one. */
    void abandon() {
        intakes.forEach(Intake::cancel);
        lastToFirst.forEach(Step::abandon);
        lane.close();
    }
}
