package io.bspump.file;

import java.io.IOException;
import java.io.InputStream;

/** Bytes that a {@link Cutter} cuts. */
interface Content {

    /** Returns the bytes from an offset on. Not closing the stream is right: it belongs to the content. Blocks. */
    InputStream from(long offset) throws IOException;

    /** Returns what it is called in messages. */
    String name();
}
