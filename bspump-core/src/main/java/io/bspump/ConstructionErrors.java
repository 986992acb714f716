package io.bspump;

import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers when user code fails between the constructor of the application and {@link Application#run} because of the
 * configuration or the command line: the person sees what is wrong, not a stack trace, and the process ends with the exit
 * code that run() would have returned. Any other failure goes its usual way.
 */
final class ConstructionErrors implements Thread.UncaughtExceptionHandler {

    private final Thread thread;
    private final Function<Throwable, OptionalInt> explain;
    private final Thread.@Nullable UncaughtExceptionHandler previous;

    private ConstructionErrors(Thread thread, Function<Throwable, OptionalInt> explain) {
        this.thread = thread;
        this.explain = explain;
        Thread.UncaughtExceptionHandler present = thread.getUncaughtExceptionHandler();
        // An application that was made but never run must not stay in the way of the next one.
        this.previous = present instanceof ConstructionErrors abandoned ? abandoned.previous : present;
    }

    /**
     * Watches the calling thread.
     *
     * @param explain says what is wrong and gives the exit code, or nothing if the failure has another reason
     */
    static ConstructionErrors watch(Function<Throwable, OptionalInt> explain) {
        Thread thread = Thread.currentThread();
        ConstructionErrors errors = new ConstructionErrors(thread, explain);
        thread.setUncaughtExceptionHandler(errors);
        return errors;
    }

    /** Puts the previous handler back. */
    void unwatch() {
        if (thread.getUncaughtExceptionHandler() == this) {
            thread.setUncaughtExceptionHandler(previous);
        }
    }

    @Override
    public void uncaughtException(Thread failed, Throwable error) {
        OptionalInt exitCode = explain.apply(error);
        if (exitCode.isPresent()) {
            Runtime.getRuntime().exit(exitCode.getAsInt());
        } else if (previous != null) {
            previous.uncaughtException(failed, error);
        }
    }
}
