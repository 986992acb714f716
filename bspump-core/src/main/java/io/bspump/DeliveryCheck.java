package io.bspump;

import java.util.List;
import java.util.Optional;

/** Why a pipeline cannot deliver exactly once. */
final class DeliveryCheck {

    private static final String INSTEAD = "; use at_least_once";
    private static final String OVERWRITING = INSTEAD + " with a sink that overwrites, such as mode = upsert";

    private DeliveryCheck() {}

    /** Returns what to say of a pipeline that is to; empty if it can. */
    static Optional<String> obstacle(Pipeline pipeline) {
        return ofSources(pipeline.sources())
                .map(why -> why + OVERWRITING)
                .or(() -> ofStages(pipeline.stages()).map(why -> why + INSTEAD))
                .or(() -> ofSink(pipeline).map(why -> why + INSTEAD))
                .map(why -> "exactly_once is not possible: " + why);
    }

    private static Optional<String> ofSources(List<Source<?>> sources) {
        for (Source<?> source : sources) {
            if (!(source instanceof Replayable replayable)) {
                return Optional.of(source.id() + " cannot read again from a position");
            }
            Optional<String> obstacle = replayable.obstacle();
            if (obstacle.isPresent()) {
                return obstacle;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> ofStages(List<Stage<?, ?>> stages) {
        boolean unordered = false;
        for (Stage<?, ?> stage : stages) {
            if (stage.ways != null || stage instanceof ConditionalSinks<?>) {
                return Optional.of(stage.id() + " sends events elsewhere, where no position is written with them");
            }
            if (stage instanceof Aggregator<?, ?> aggregator) {
                if (!aggregator.isConsecutive()) {
                    return Optional.of(stage.id() + " has several groups open at a time, and no position is behind one"
                            + " of them and before the others");
                }
                if (unordered) {
                    return Optional.of(stage.id() + " gets events out of order; set ordered = yes before it");
                }
            }
            unordered |= stage instanceof AsyncProcessor<?, ?> async
                    && !async.config().getBoolean("ordered");
        }
        return Optional.empty();
    }

    private static Optional<String> ofSink(Pipeline pipeline) {
        Stage<?, ?> last = pipeline.stages().get(pipeline.stages().size() - 1);
        if (!(last instanceof TransactionalSink<?> sink)) {
            return Optional.of(last.id() + " cannot write positions in one transaction with events");
        }
        if (last instanceof BatchSink<?> && last.config().getInt("max_concurrent_batches") > 1) {
            return Optional.of(
                    last.id() + " has max_concurrent_batches = " + last.config().getInt("max_concurrent_batches")
                            + ", and positions are written one after the other; set 1");
        }
        return sink.obstacle(pipeline.sources());
    }
}
