package io.bspump.test;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The last lines that a process has printed, read on a thread of its own. Thread-safe. */
final class ProcessOutput {

    /** How many lines are kept; those before are forgotten. */
    static final int LINES = 10_000;

    /** How many characters of a line are kept. */
    static final int WIDTH = 10_000;

    private static final int TAIL = 40;

    // Guarded by this; waiters are notified of each line and of the end.
    private final Deque<String> lines = new ArrayDeque<>();
    private long forgotten;
    private boolean ended;

    private final Thread reader;

    ProcessOutput(InputStream stream, String name) {
        reader = new Thread(() -> read(stream), "output of " + name);
        reader.setDaemon(true);
        reader.start();
    }

    private void read(InputStream stream) {
        try (Reader text = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
            char[] buffer = new char[8192];
            StringBuilder line = new StringBuilder();
            int count;
            while ((count = text.read(buffer)) >= 0) {
                for (int i = 0; i < count; i++) {
                    take(line, buffer[i]);
                }
            }
            if (line.length() > 0) {
                add(line.toString());
            }
        } catch (IOException e) {
            add("(the output could be read no further: " + e.getMessage() + ")");
        } finally {
            end();
        }
    }

    private void take(StringBuilder line, char c) {
        if (c == '\n') {
            add(line.toString());
            line.setLength(0);
        } else if (c != '\r' && line.length() < WIDTH) {
            line.append(c);
        }
    }

    private synchronized void add(String line) {
        if (lines.size() == LINES) {
            lines.removeFirst();
            forgotten++;
        }
        lines.addLast(line);
        notifyAll();
    }

    private synchronized void end() {
        ended = true;
        notifyAll();
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    /** Returns the last lines as a paragraph for messages. */
    synchronized String tail() {
        if (lines.isEmpty()) {
            return "it printed nothing";
        }
        List<String> all = List.copyOf(lines);
        int from = Math.max(0, all.size() - TAIL);
        return "its last lines:\n  " + String.join("\n  ", all.subList(from, all.size()));
    }

    /** Waits for a line, one that has come already included; returns null when none came in time or none can come. */
    synchronized @Nullable String await(Predicate<String> wanted, long deadlineNanos) throws InterruptedException {
        long looked = 0; // counted with the forgotten ones
        while (true) {
            long index = forgotten;
            for (String line : lines) {
                if (index++ >= looked && wanted.test(line)) {
                    return line;
                }
            }
            looked = index;
            long left = deadlineNanos - System.nanoTime();
            if (ended || left <= 0) {
                return null;
            }
            wait(left / 1_000_000 + 1);
        }
    }

    /** Waits until a line comes, or for a short time. */
    synchronized void awaitNews(long millis) throws InterruptedException {
        long known = forgotten + lines.size();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        long left = millis;
        while (left > 0 && forgotten + lines.size() == known) {
            wait(left);
            left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        }
    }

    /** Waits until the last line has been read; a descendant that lives on may keep that from happening. */
    void join(long millis) throws InterruptedException {
        reader.join(millis);
    }
}
