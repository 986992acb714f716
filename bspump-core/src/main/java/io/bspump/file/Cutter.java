package io.bspump.file;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Cuts bytes into events. Not thread-safe; blocks.
 *
 * @param <O> the type of the events
 */
interface Cutter<O> {

    /** How far it may go for an event. */
    enum Reach {
        /** To the end of what has been read already. */
        BUFFERED,
        /** To the end of the content. */
        END,
        /** As before, but an event that could go on there and is complete so far counts. Nothing more has come for a while. */
        QUIET_END,
        /** As before, and whatever stands there is an event: nothing more will come. */
        LAST_END
    }

    /** Returns the next event, or null if there is none within reach. It is then still the next one. */
    @Nullable
    O next(Reach reach) throws IOException;

    /** Returns where the bytes of the events that it has returned end, and of what is no event, up to the next one. */
    long offset();

    /** Returns about how many bytes of memory the last event holds. */
    long size();
}
