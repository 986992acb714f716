package io.bspump.postgresql;

import io.bspump.Emission;
import io.bspump.Partition;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A row of an incremental query on its way through the pipeline. */
final class SourceRow extends Emission<Map<String, @Nullable Object>> {

    private final String value;
    private final RowHash hash;

    SourceRow(Partition partition, Map<String, @Nullable Object> event, long size, String value, RowHash hash) {
        super(partition, event, size);
        this.value = value;
        this.hash = hash;
    }

    /** The value of the column by which rows are read. */
    String value() {
        return value;
    }

    RowHash hash() {
        return hash;
    }
}
