package io.bspump.ipc;

import org.jspecify.annotations.Nullable;

/** Each piece is an event. */
final class RawFrames implements Frames {

    private byte @Nullable [] chunk;

    @Override
    public void add(byte[] next) {
        chunk = next;
    }

    @Override
    public byte @Nullable [] next() {
        byte[] event = chunk;
        chunk = null;
        return event;
    }

    @Override
    public byte @Nullable [] tail() {
        return null;
    }
}
