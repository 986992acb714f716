package io.bspump.ipc;

import io.bspump.config.Option;

/** How events stand in a stream of bytes. */
enum Framing {
    /** Each ends with LF, or with CR LF. */
    LINE {
        @Override
        Frames frames(int limit) {
            return new LineFrames(limit);
        }
    },
    /** Before each stands its length, four bytes, the highest first. */
    LENGTH {
        @Override
        Frames frames(int limit) {
            return new LengthFrames(limit);
        }
    },
    /** There are no bounds: an event is what comes at a time. */
    RAW {
        @Override
        Frames frames(int limit) {
            return new RawFrames();
        }
    };

    static final String KEY = "framing";

    static final Option OPTION = Option.choice(KEY, "line", "length", "raw")
            .defaultTo("line")
            .doc("How events stand in the stream: a line each, behind four bytes of length each, or as they come.");

    /** Makes what cuts a stream; none of its events is longer than the limit, in bytes. */
    abstract Frames frames(int limit);
}
