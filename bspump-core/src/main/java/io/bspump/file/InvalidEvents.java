package io.bspump.file;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What becomes of a part of a file that is no event: an error, or a warning. */
final class InvalidEvents {

    private static final Logger LOG = LoggerFactory.getLogger(InvalidEvents.class);

    private final String section;
    private final boolean skip;

    InvalidEvents(String section, boolean skip) {
        this.section = section;
        this.skip = skip;
    }

    /** Reports one; returns if it is to be passed over. */
    void report(Content content, String what, long offset, String problem) throws IOException {
        if (!skip) {
            throw new IOException("the " + what + " at offset " + offset + " is invalid: " + problem);
        }
        LOG.warn("[{}] passes over the {} at offset {} of '{}': {}", section, what, offset, content.name(), problem);
    }
}
