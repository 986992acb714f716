package io.bspump.file;

import java.io.IOException;

/** A certain file cannot be read. The message tells why and leaves the file's name to {@link #file}. */
final class ReadFailure extends IOException {

    private static final long serialVersionUID = 1L;

    private final String file;

    ReadFailure(String file, IOException cause) {
        super(cause.getMessage(), cause);
        this.file = file;
    }

    ReadFailure(String file, String reason) {
        super(reason);
        this.file = file;
    }

    String file() {
        return file;
    }
}
