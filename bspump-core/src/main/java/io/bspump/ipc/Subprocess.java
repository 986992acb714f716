package io.bspump.ipc;

import io.bspump.Application;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A program that runs. Its output is read by one thread at a time, which may block. */
final class Subprocess {

    private static final int CHUNK = 1 << 16;
    private static final int REMEMBERED_LINES = 20;
    private static final int LONGEST_COMPLAINT = 10_000;
    private static final long COMPLAINT_SECONDS = 2;

    private final Process process;
    private final InputStream output;
    private final LineFrames lines;
    private final byte[] buffer = new byte[CHUNK];
    private final Deque<String> complaints = new ArrayDeque<>(); // guarded by itself
    private final CompletableFuture<@Nullable Void> complained = new CompletableFuture<>();
    private final Mono<Void> kill;
    private volatile boolean killed;
    private boolean ended;

    private Subprocess(Application app, Process process, int maxLine, Duration patience) {
        this.process = process;
        this.output = process.getInputStream();
        this.lines = new LineFrames(maxLine);
        this.kill = killing(app, patience).cache();
    }

    /**
     * Starts a program; its standard input is empty.
     *
     * @param complaint is given each line of its standard error
     * @param patience how long it may take to end when it is asked to
     */
    static Subprocess start(
            Application app,
            List<String> command,
            @Nullable File directory,
            int maxLine,
            Duration patience,
            Consumer<String> complaint)
            throws IOException {
        Process process = new ProcessBuilder(command).directory(directory).start();
        Subprocess subprocess = new Subprocess(app, process, maxLine, patience);
        process.getOutputStream().close();
        app.blocking().schedule(() -> subprocess.listen(complaint));
        return subprocess;
    }

    private void listen(Consumer<String> complaint) {
        LineFrames errors = new LineFrames(LONGEST_COMPLAINT);
        try (InputStream in = process.getErrorStream()) {
            byte[] bytes = new byte[LONGEST_COMPLAINT / 2];
            for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                errors.add(Arrays.copyOf(bytes, count));
                errors = tell(errors, complaint);
            }
            byte[] last = errors.tail();
            if (last != null) {
                tell(last, complaint);
            }
        } catch (IOException e) {
            complaint.accept("its standard error cannot be read: " + e.getMessage());
        } finally {
            complained.complete(null);
        }
    }

    private LineFrames tell(LineFrames errors, Consumer<String> complaint) {
        try {
            for (byte[] line = errors.next(); line != null; line = errors.next()) {
                tell(line, complaint);
            }
            return errors;
        } catch (IOException tooLong) {
            complaint.accept("(a line that is too long)");
            return new LineFrames(LONGEST_COMPLAINT);
        }
    }

    private void tell(byte[] bytes, Consumer<String> complaint) {
        String line = new String(bytes, StandardCharsets.UTF_8);
        complaint.accept(line);
        synchronized (complaints) {
            complaints.add(line);
            if (complaints.size() > REMEMBERED_LINES) {
                complaints.remove();
            }
        }
    }

    /** Returns the next line of its output, the last one also without an end, or null when there is no more. Blocks. */
    byte @Nullable [] line() throws IOException {
        while (!ended) {
            byte[] line = lines.next();
            if (line != null) {
                return line;
            }
            int count = read();
            if (count < 0) {
                ended = true;
                return lines.tail();
            }
            lines.add(Arrays.copyOf(buffer, count));
        }
        return null;
    }

    private int read() throws IOException {
        try {
            return output.read(buffer);
        } catch (IOException e) {
            if (killed) {
                return -1;
            }
            throw e;
        }
    }

    /** Whether {@link #kill} was asked for. */
    boolean isKilled() {
        return killed;
    }

    /** Waits for its end and returns its exit code. Blocks. */
    int exitCode() throws InterruptedException {
        return process.waitFor();
    }

    /** Returns the last lines of its standard error, when it has ended. Blocks, but not for long. */
    String lastComplaints() throws InterruptedException {
        try {
            // A child of its own may keep the pipe open.
            complained.get(COMPLAINT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // What has come so far will do.
        }
        synchronized (complaints) {
            return String.join("\n", complaints);
        }
    }

    /** Ends it if it runs, when nobody will read it any more. Any thread. */
    void abandon() {
        if (process.isAlive()) {
            kill.subscribe();
        }
    }

    /** Asks it and its children to end, and ends what has not done so in time. Completes when they have ended. */
    Mono<Void> kill() {
        return kill;
    }

    private Mono<Void> killing(Application app, Duration patience) {
        return Mono.fromCallable(this::family).subscribeOn(app.blocking()).flatMap(family -> end(
                        family, ProcessHandle::destroy)
                .timeout(patience)
                .onErrorResume(TimeoutException.class, late -> end(family, ProcessHandle::destroyForcibly)
                        .timeout(patience))
                .onErrorComplete(TimeoutException.class));
    }

    private List<ProcessHandle> family() {
        killed = true;
        return Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
    }

    private static Mono<Void> end(List<ProcessHandle> family, Consumer<ProcessHandle> deed) {
        return Mono.defer(() -> {
            family.forEach(deed);
            CompletableFuture<?>[] ends =
                    family.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new);
            return Mono.fromFuture(CompletableFuture.allOf(ends), true);
        });
    }
}
