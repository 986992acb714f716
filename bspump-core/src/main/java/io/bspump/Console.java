package io.bspump;

import java.io.PrintStream;

/**
 * Where answers to the person at the terminal go; everything else is logged.
 *
 * @param out for what was asked for
 * @param err for what is wrong
 */
record Console(PrintStream out, PrintStream err) {

    @SuppressWarnings("SystemOut")
    static Console ofProcess() {
        return new Console(System.out, System.err);
    }
}
