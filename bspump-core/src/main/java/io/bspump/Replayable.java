package io.bspump;

import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * A {@link Source} that can be read again from a position that somebody else keeps: what {@code delivery = exactly_once} asks
 * of the sources of a pipeline. It emits every event with a {@link Partition}.
 *
 * <p>In such a pipeline the sink keeps the positions, in the same transaction as the events. The source hears {@link
 * Source#settled} as soon as an event has reached the sink's batch; it notes that, and makes its positions of it, but commits,
 * acknowledges and deletes nothing before {@link #committed}. All this is called on the lane and must not block.
 */
public interface Replayable {

    /**
     * Tells, before each start, that the sink keeps the positions. The source reads them when it starts or gets partitions,
     * and begins there; where nothing is kept it begins as it is configured. Never called in a pipeline that delivers at
     * least once.
     */
    void readFrom(StoredPositions stored);

    /**
     * Returns the positions that have moved since the last call, as they are at this moment; what settles later is for the
     * next call. The Mono makes the texts, and may take time for that; it may be subscribed to more than once.
     */
    Mono<List<Position>> positions();

    /** Tells that these positions of this source, and all events before them, have been committed by the sink. */
    void committed(List<Position> positions);

    /** Returns why the source cannot be read again as it is configured, for people to read; empty if it can. */
    default Optional<String> obstacle() {
        return Optional.empty();
    }
}
