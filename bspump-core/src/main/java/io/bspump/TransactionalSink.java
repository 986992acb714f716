package io.bspump;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import reactor.core.publisher.Mono;

/**
 * A sink that can write the positions of sources in one transaction with their events: what {@code delivery = exactly_once}
 * asks of the sink of a pipeline. Implemented by a {@link Sink} or {@link BatchSink}, whose {@code process} is not called then.
 *
 * @param <I> the type of the events that go in
 */
public interface TransactionalSink<I> {

    /** Returns what closes a batch, and so bounds a transaction. {@link BatchSink} answers from its section. */
    BatchLimits limits();

    /**
     * Writes the events of the batch and its {@link Batch#positions()} in one transaction: all of it or nothing. The batch may
     * have no events. Called on the lane, one batch at a time, must not block; the Mono may end on any thread and is
     * cancelled when the pipeline's drain is cut short.
     *
     * <ul>
     *   <li>The Mono completes: everything is committed.
     *   <li>The Mono completes and {@link Batch#fail} has named events: these cannot be written, and <em>nothing</em> is
     *       committed. They go the error policy's way; then the batch comes again without those that were given up.
     *   <li>The Mono fails: nothing of the batch is committed, or it is not known whether it is. The same batch comes again by
     *       the retry policy, with the same positions, so a sink that has committed it after all must notice. When
     *       the retries are used up, the pipeline stops and holds the batch, whatever {@code on_error} says, unless it holds one event alone.
     *   <li>The Mono fails with a {@link RewindException}: somebody else has gone on from these positions, or nobody can tell
     *       whether the batch was committed. The pipeline abandons what is in flight and begins again from the stored positions.
     * </ul>
     */
    Mono<Void> write(Batch<I> batch);

    /**
     * Returns the stored positions, from {@link Position#name()} to {@link Position#value()}, of those names that the
     * predicate takes. From now on each of them is expected to be as returned, absent ones to be absent, until this sink
     * writes it: another value is a {@link RewindException}. Waits for the connection; any thread may ask.
     *
     * <p>A sink that leaves the positions where the source reads them by itself returns none.
     */
    Mono<Map<String, String>> positions(Predicate<String> names);

    /** Returns why it cannot keep the positions of these sources, for people to read; empty if it can. */
    default Optional<String> obstacle(List<Source<?>> sources) {
        return Optional.empty();
    }
}
