package io.bspump.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a value stands.
 *
 * @param place the file as messages show it, or in words another place
 * @param line the line in the file; 0 if it is no file
 * @param directory the directory of the file; null if it is no file
 */
record Origin(String place, int line, @Nullable Path directory) {

    static final Origin COMMAND_LINE = new Origin("command line", 0, null);
    static final Origin CONSTRUCTOR = new Origin("given in code", 0, null);

    static Origin variable(String name) {
        return new Origin("environment variable " + name, 0, null);
    }
}
