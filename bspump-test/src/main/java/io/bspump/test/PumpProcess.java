package io.bspump.test;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A pump, or any other program, as a process of its own: started, watched through what it prints, signalled, killed. {@link
 * #close} ends it and all its descendants for certain; so does the end of this JVM.
 *
 * <p>It keeps the last 10 000 lines of standard output and standard error together. Waiting ends at its deadline, and at
 * once when the process has ended and can no longer do what is waited for; the message then quotes its last lines.
 *
 * <p>Thread-safe. {@code kill9}, {@code terminate} and {@code signal} need a POSIX system.
 *
 * <pre>{@code
 * try (PumpProcess pump = PumpProcess.main(MyPump.class).args("-c", "pipelines.conf").start()) {
 *     pump.awaitLine("running", Duration.ofSeconds(30));
 *     pump.terminate();
 *     assertThat(pump.awaitExit(Duration.ofSeconds(30))).isZero();
 * }
 * }</pre>
 */
public final class PumpProcess implements AutoCloseable {

    private static final Duration DEATH = Duration.ofSeconds(30);
    private static final long POLL_MILLIS = 20;

    private final String name;
    private final Process process;
    private final ProcessOutput output;
    private final Thread endWithJvm = new Thread(this::destroyTree, "end of a child");

    private PumpProcess(String name, Process process) {
        this.name = name;
        this.process = process;
        this.output = new ProcessOutput(process.getInputStream(), name);
        Runtime.getRuntime().addShutdownHook(endWithJvm);
    }

    /** Runs the main method of a class in a new JVM with the class path of this one. */
    public static Builder main(Class<?> type) {
        return new Builder(type.getSimpleName(), true)
                .classpath(System.getProperty("java.class.path", ""))
                .program(type.getName());
    }

    /** Runs a fat jar in a new JVM. */
    public static Builder jar(Path jar) {
        return new Builder(String.valueOf(jar.getFileName()), true).program("-jar", jar.toString());
    }

    /** Runs any program, such as a server. */
    public static Builder command(String program) {
        return new Builder(program, false).program(program);
    }

    /** How a process is started. Not thread-safe; may start several, one after the other. */
    public static final class Builder {

        private final String name;
        private final boolean java;
        private final List<String> jvmArgs = new ArrayList<>();
        private final List<String> program = new ArrayList<>();
        private final List<String> args = new ArrayList<>();
        private final Map<String, String> env = new LinkedHashMap<>();
        private @Nullable String classpath;
        private @Nullable Path directory;

        private Builder(String name, boolean java) {
            this.name = name;
            this.java = java;
        }

        private Builder program(String... words) {
            program.addAll(List.of(words));
            return this;
        }

        /** Adds arguments of the program. */
        public Builder args(String... args) {
            this.args.addAll(List.of(args));
            return this;
        }

        /**
         * Adds arguments of the JVM, such as {@code -Xmx128m}.
         *
         * @throws IllegalStateException if it is not a JVM that is started
         */
        public Builder jvmArgs(String... args) {
            if (!java) {
                throw new IllegalStateException(name + " is not run by a JVM");
            }
            jvmArgs.addAll(List.of(args));
            return this;
        }

        /** Sets the class path in place of this JVM's. It has no effect on a jar. */
        public Builder classpath(String classpath) {
            this.classpath = classpath;
            return this;
        }

        /** Sets a variable of its environment; the others are those of this JVM. */
        public Builder env(String variable, String value) {
            env.put(variable, value);
            return this;
        }

        /** Sets its working directory. Defaults to this JVM's. */
        public Builder workingDirectory(Path directory) {
            this.directory = directory;
            return this;
        }

        /**
         * Starts the process.
         *
         * @throws UncheckedIOException if it cannot be started
         */
        public PumpProcess start() {
            ProcessBuilder builder = new ProcessBuilder(commandLine()).redirectErrorStream(true);
            builder.environment().putAll(env);
            if (directory != null) {
                builder.directory(directory.toFile());
            }
            try {
                Process process = builder.start();
                process.getOutputStream().close();
                return new PumpProcess(name, process);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot start " + name, e);
            }
        }

        private List<String> commandLine() {
            List<String> line = new ArrayList<>();
            if (java) {
                String home = System.getProperty("java.home", "");
                line.add(home + File.separator + "bin" + File.separator + "java");
                line.addAll(jvmArgs);
                if (classpath != null) {
                    line.addAll(List.of("-cp", classpath));
                }
            }
            line.addAll(program);
            line.addAll(args);
            return line;
        }
    }

    /** Returns the process id. */
    public long pid() {
        return process.pid();
    }

    /** Whether it runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Returns the lines that it has printed, at most the last 10 000, each at most 10 000 characters. */
    public List<String> output() {
        return output.lines();
    }

    /**
     * Waits for a line that contains the text; one that has been printed already counts.
     *
     * @return the line
     * @throws AssertionError if it does not come in time, or cannot come any more
     */
    public String awaitLine(String text, Duration timeout) {
        return awaitLine("a line with '" + text + "'", line -> line.contains(text), timeout);
    }

    /**
     * Waits for a line.
     *
     * @param what what the line is, for the message
     * @param wanted whether a line is it; called under the lock of the output, must be quick
     * @return the line
     * @throws AssertionError if it does not come in time, or cannot come any more
     */
    public String awaitLine(String what, Predicate<String> wanted, Duration timeout) {
        try {
            String line = output.await(wanted, System.nanoTime() + timeout.toNanos());
            if (line == null) {
                // Its output may end a moment before it does.
                process.waitFor(1000, TimeUnit.MILLISECONDS);
                throw failure("did not print " + what, timeout);
            }
            return line;
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /**
     * Waits for anything else, such as a file to appear; looks at each line that is printed and every 20 ms.
     *
     * @param what what is waited for, for the message
     * @param condition whether it has happened
     * @throws AssertionError if it does not happen in time, or the process ends before
     */
    public void await(String what, BooleanSupplier condition, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            while (true) {
                boolean alive = isAlive();
                if (condition.getAsBoolean()) {
                    return;
                }
                if (!alive || System.nanoTime() - deadline >= 0) {
                    throw failure("did not see " + what, timeout);
                }
                output.awaitNews(POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /**
     * Waits until it has ended and its output has been read.
     *
     * @return the exit code; 128 plus the number of the signal that killed it
     * @throws AssertionError if it does not end in time
     */
    public int awaitExit(Duration timeout) {
        if (!endsWithin(timeout)) {
            throw failure("did not end", timeout);
        }
        return process.exitValue();
    }

    String tail() {
        return output.tail();
    }

    /** Waits until it has ended, at most so long; returns whether it has. */
    boolean endsWithin(Duration timeout) {
        try {
            if (!process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                return false;
            }
            output.join(1000);
            return true;
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Kills it as {@code kill -9} does and waits until it is dead. Does nothing when it has ended. */
    public void kill9() {
        process.toHandle().destroyForcibly();
        awaitExit(DEATH);
    }

    /** Asks it to end as {@code kill} does (SIGTERM) and returns at once. Does nothing when it has ended. */
    public void terminate() {
        // Process.destroy would close the stream of its last words as well.
        process.toHandle().destroy();
    }

    /**
     * Sends a signal.
     *
     * @param signal its name without SIG: {@code USR1}, {@code HUP}, {@code STOP}, {@code CONT}
     * @throws IllegalStateException if it cannot be sent, such as to a process that has ended
     */
    public void signal(String signal) {
        try {
            Process kill = new ProcessBuilder("kill", "-s", signal, Long.toString(pid()))
                    .redirectErrorStream(true)
                    .start();
            String answer = new String(kill.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (kill.waitFor() != 0) {
                throw new IllegalStateException("cannot send " + signal + " to " + this + ": " + answer.strip());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot send " + signal + " to " + this, e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Kills it and its descendants and waits until they are dead. Does nothing when they are. */
    @Override
    public void close() {
        destroyTree();
        awaitExit(DEATH);
        try {
            Runtime.getRuntime().removeShutdownHook(endWithJvm);
        } catch (IllegalStateException e) {
            // The JVM is ending, and the hook does nothing more than what has just been done.
            return;
        }
    }

    private void destroyTree() {
        List<ProcessHandle> descendants = process.descendants().toList();
        process.toHandle().destroyForcibly();
        descendants.forEach(ProcessHandle::destroyForcibly);
    }

    private AssertionError failure(String what, Duration timeout) {
        String end = isAlive() ? " within " + timeout : " and ended with exit code " + process.exitValue();
        return new AssertionError(this + " " + what + end + "; " + output.tail());
    }

    private IllegalStateException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted while waiting for " + this, e);
    }

    @Override
    public String toString() {
        return name + " (pid " + pid() + ")";
    }
}
