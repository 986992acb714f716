package io.bspump.postgresql;

import io.bspump.Emission;
import io.bspump.Partition;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A row of a query on its way through the pipeline. */
final class SourceRow extends Emission<Map<String, @Nullable Object>> {

    private final Columns columns;
    private final long bytes;
    private final @Nullable Mark mark;
    private @Nullable String @Nullable [] texts;
    private boolean followed;

    /**
     * @param texts the values as the server has sent them
     * @param mark null if the query is not incremental
     */
    SourceRow(Partition partition, Columns columns, @Nullable String[] texts, @Nullable Mark mark) {
        this(partition, columns, texts, mark, Columns.size(texts));
    }

    private SourceRow(Partition partition, Columns columns, @Nullable String[] texts, @Nullable Mark mark, long bytes) {
        super(partition, null, bytes);
        this.columns = columns;
        this.texts = texts;
        this.mark = mark;
        this.bytes = bytes;
    }

    @Override
    protected Map<String, @Nullable Object> make() {
        Map<String, @Nullable Object> event = columns.event(Objects.requireNonNull(texts, "texts"));
        texts = null; // the row may wait long for its settlement
        return event;
    }

    /** How much memory it takes, about. */
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
