package io.bspump.file;

import java.io.IOException;

/** Makes cutters for contents. */
@FunctionalInterface
interface Format<O> {

    /** Makes one that begins at an offset, where an event ends. */
    Cutter<O> cutter(Content content, long offset) throws IOException;
}
