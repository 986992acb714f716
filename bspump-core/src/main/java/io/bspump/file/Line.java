package io.bspump.file;

import io.bspump.Emission;
import io.bspump.Partition;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A line, and where in which file the next one begins; a line of standard input is in no file. */
final class Line extends Emission<byte[]> {

    final @Nullable InputFile file;
    final long end;

    Line(@Nullable Partition partition, byte[] line, Map<String, Object> values, @Nullable InputFile file, long end) {
        super(partition, line, line.length, values);
        this.file = file;
        this.end = end;
    }
}
