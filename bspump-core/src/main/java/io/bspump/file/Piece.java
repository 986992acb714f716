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
    private boolean followed;

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

    /** Others are ready to be emitted after this one. */
    void follow() {
        followed = true;
    }

    @Override
    protected boolean isFollowed() {
        return followed;
    }

    /** The file in which it is; null for standard input. */
    @Nullable
    KnownFile file() {
        return file;
    }

    /** Where it ends. */
    long end() {
        return end;
    }

    /** Tells the file. Called on the lane. */
    void settled() {
        if (file != null) {
            file.settled(end);
        }
    }
}
