package io.bspump.file;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What one cycle reads. Used by one thread at a time. */
@FunctionalInterface
interface Reading<O> {

    /** Returns the next event, null at the end. Blocks. */
    @Nullable
    Piece<O> next() throws IOException;
}
