package io.bspump;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A main class of the test class path in a JVM of its own; killed by {@link #close}. */
final class PumpProcess implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 30;

    private final Process process;
    private final Reader out;
    private final Reader err;

    private PumpProcess(Process process) {
        this.process = process;
        this.out = new Reader(process.getInputStream());
        this.err = new Reader(process.getErrorStream());
    }

    static PumpProcess start(Path directory, Class<?> main, String mode, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "-Dmode=" + mode,
                main.getName()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("BSPUMP") || name.equals("JAVA_TOOL_OPTIONS"));
        return new PumpProcess(builder.start());
    }

    void awaitOut(String text) {
        await(out, text);
    }

    void awaitErr(String text) {
        await(err, text);
    }

    List<String> out() {
        return out.lines;
    }

    List<String> err() {
        return err.lines;
    }

    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    /** Waits for the end and for the last of its output. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("still running, stdout " + out.lines + ", stderr " + err.lines);
        }
        out.thread.join();
        err.thread.join();
        return process.exitValue();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private void await(Reader reader, String text) {
        Awaitility.await("'" + text + "' in the output")
                .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .until(() -> reader.lines.stream().anyMatch(line -> line.contains(text)));
    }

    private static final class Reader {
        final List<String> lines = new CopyOnWriteArrayList<>();
        final Thread thread;

        Reader(InputStream stream) {
            thread = new Thread(() -> read(stream), "process-output");
            thread.setDaemon(true);
            thread.start();
        }

        private void read(InputStream stream) {
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                reader.lines().forEach(lines::add);
            } catch (IOException | java.io.UncheckedIOException e) {
                lines.add("the output ended: " + e);
            }
        }
    }
}
