package io.bspump;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Up to where the events of one partition of a source (a topic partition, a file, a replication stream) have settled, as text
 * that a sink keeps and the source understands at its next start. A source that needs more beside the text extends it, and
 * gets the same object back in {@link Replayable#committed}.
 */
public class Position {

    private final Source<?> source;
    private final String partition;
    private final @Nullable String value;

    /**
     * Creates a position.
     *
     * @param partition what the source calls the partition, the same in all its lives
     * @param value everything before it has settled; null when nothing is to be kept of the partition any more
     */
    public Position(Source<?> source, String partition, @Nullable String value) {
        this.source = Objects.requireNonNull(source, "source");
        this.partition = Objects.requireNonNull(partition, "partition");
        this.value = value;
    }

    /** Returns the source that it is a position of. */
    public final Source<?> source() {
        return source;
    }

    /** Returns what the source calls the partition. */
    public final String partition() {
        return partition;
    }

    /** Returns the name under which a sink keeps it, {@code SOURCE/PARTITION}, unique in the pipeline. */
    public final String name() {
        return StoredPositions.name(source, partition);
    }

    /** Returns the text to keep, or null when the sink has to forget the partition. */
    public final @Nullable String value() {
        return value;
    }

    @Override
    public String toString() {
        return name() + "=" + value;
    }
}
