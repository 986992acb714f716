package io.bspump.postgresql;

import io.bspump.test.PumpProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;

/** A file system of its own with little room, in memory. Only root may make one, on Linux; others skip their test. */
final class SmallDisk implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Path mount;

    private SmallDisk(Path mount) {
        this.mount = mount;
    }

    /**
     * Makes one.
     *
     * @param size as mount has it, such as {@code 2m}
     */
    static SmallDisk make(String size) {
        try {
            Path mount = Files.createTempDirectory("small-disk");
            if (!run("mount", "-t", "tmpfs", "-o", "mode=700,size=" + size, "tmpfs", mount.toString())) {
                Files.delete(mount);
                Assumptions.abort("this user may not mount a file system, so no disk can be filled");
            }
            return new SmallDisk(mount);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean run(String program, String... args) {
        try (PumpProcess process = PumpProcess.command(program).args(args).start()) {
            return process.awaitExit(PATIENCE) == 0;
        } catch (UncheckedIOException e) {
            return false; // there is no such program
        }
    }

    /** An empty folder on it. */
    Path folder() {
        try {
            return Files.createDirectory(mount.resolve("folder"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path filler() {
        return mount.resolve("filler");
    }

    /** Leaves no room at all. */
    void fill() {
        byte[] block = new byte[4096];
        try (OutputStream file = Files.newOutputStream(filler())) {
            while (true) {
                file.write(block);
            }
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains("No space left")) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Takes back what {@link #fill} has done. */
    void free() {
        try {
            Files.delete(filler());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes it larger. */
    void grow(String size) {
        if (!run("mount", "-o", "remount,size=" + size, mount.toString())) {
            throw new IllegalStateException("the small disk does not grow");
        }
    }

    @Override
    public void close() {
        // Lazily, as a process that was killed may take a moment to let go.
        if (!run("umount", "-l", mount.toString())) {
            throw new IllegalStateException("the small disk cannot be unmounted");
        }
        TestPostgres.delete(mount);
    }
}
