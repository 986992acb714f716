package io.bspump.lookup;

import org.jspecify.annotations.Nullable;

/** What was read from where a dictionary comes from. */
final class Content {

    private final byte[] bytes;
    private final Version version;

    /**
     * By which one can tell later whether the content has changed; what is null is not known.
     *
     * @param tag changes with the content
     * @param modified when the content changed last, in the form of its origin
     */
    record Version(@Nullable String tag, @Nullable String modified) {}

    /** @param bytes not to be changed afterwards */
    Content(byte[] bytes, Version version) {
        this.bytes = bytes;
        this.version = version;
    }

    /** Returns the bytes themselves, not to be changed. */
    byte[] bytes() {
        return bytes;
    }

    Version version() {
        return version;
    }
}
