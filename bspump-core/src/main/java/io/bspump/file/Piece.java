package io.bspump.file;

import io.bspump.Emission;
import org.jspecify.annotations.Nullable;

/**
 * An event of a file, and where in the file it ends; one of standard input is in no file.
 *
 * @param <O> the type of the event
 */
final class Piece<O> extends Emission<O> {

    private final @Nullable KnownFile file;
    private final long end;

    Piece(KnownFile file, O event, long size, long end) {
        super(file.partition(), event, size, file.values());
        this.file = file;
        this.end = end;
    }

    Piece(O event, long size) {
        super(null, event, size, KnownFile.STANDARD_INPUT);
        this.file = null;
        this.end = 0;
    }

    /** Tells the file. Called on the lane. */
    void settled() {
        if (file != null) {
            file.settled(end);
        }
    }
}
