package io.bspump.postgresql;

import io.bspump.Emission;
import io.bspump.Partition;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A row of a query on its way through the pipeline. */
final class SourceRow extends Emission<Map<String, @Nullable Object>> {

    private final long bytes;
    private final @Nullable Mark mark;
    private boolean followed;

    /**
     * @param bytes that it takes in memory, about
     * @param mark null if the query is not incremental
     */
    SourceRow(Partition partition, Map<String, @Nullable Object> event, long bytes, @Nullable Mark mark) {
        super(partition, event, bytes);
        this.bytes = bytes;
        this.mark = mark;
    }

    long bytes() {
        return bytes;
    }

    @Nullable
    Mark mark() {
        return mark;
    }

    /** Others come right after it. */
    void follow() {
        followed = true;
    }

    @Override
    protected boolean isFollowed() {
        return followed;
    }
}
