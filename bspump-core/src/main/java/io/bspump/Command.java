package io.bspump;

import java.io.PrintStream;
import java.util.List;

/**
 * Something that the command line of every pump can do instead of running it: {@code java -jar pump.jar NAME ...}. Found by
 * {@link java.util.ServiceLoader}: its jar names it in {@code META-INF/services/io.bspump.Command}.
 */
public interface Command {

    /** The word by which it is called. */
    String name();

    /** One line for {@code --help}. */
    String summary();

    /**
     * Does it. Nothing of the application has been started, and nothing will be.
     *
     * @param app for its configuration
     * @param arguments what follows the name, without the options that every pump understands
     * @param out for what was asked for
     * @param err for what is wrong
     * @return the exit code: 0 if all went well, 1 if it failed, 2 if it was asked for in the wrong way
     */
    int run(Application app, List<String> arguments, PrintStream out, PrintStream err);
}
