package io.bspump.ipc;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Cuts what one peer sends into events. Not thread-safe. */
interface Frames {

    /** Takes the next piece of the stream, once {@link #next} has returned null. Keeps the array. */
    void add(byte[] chunk);

    /**
     * Returns the next event, or null when more is needed.
     *
     * @throws IOException if the peer breaks the rules; nothing can be read of it any more
     */
    byte @Nullable [] next() throws IOException;

    /** Returns what stands at the end of the stream as an event of its own, or null if that is nothing. */
    byte @Nullable [] tail() throws IOException;
}
