package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.PumpService;
import io.bspump.file.FileLineSource;
import io.bspump.file.FileSink;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A pump follows a log that is rotated and compressed, and is killed meanwhile. */
@Timeout(180)
class RotationKillTest {

    private static final int LIVES = 6;
    private static final int LINES_PER_FILE = 3000;

    /** Copies lines. */
    static final class Follower {
        private Follower() {}

        public static void main(String[] args) {
            Application app = new Application("--set", "general:var_dir=" + args[0] + "/var");
            ((PumpService) app.getService("bspump.PumpService")).addPipeline(new Copy(app, args[0]));
            System.exit(app.run());
        }

        private static final class Copy extends Pipeline {
            Copy(Application app, String directory) {
                super(app, "Copy");
                build(
                        new FileLineSource(
                                app,
                                this,
                                null,
                                Map.of(
                                        "path",
                                        directory + "/log*",
                                        "follow",
                                        "yes",
                                        "order",
                                        "time",
                                        "poll_interval",
                                        "20ms",
                                        "commit_interval",
                                        "50ms")),
                        new FileSink(app, this, null, Map.of("path", directory + "/out", "batch_size", "100")));
            }
        }
    }

    private int written;
    private int files = 1;

    @Test
    void everyLineOfEveryFileArrives(@TempDir Path directory) throws IOException {
        Random random = new Random(20261121);
        Path out = directory.resolve("out");
        for (int life = 0; life < LIVES; life++) {
            try (PumpProcess pump =
                    PumpProcess.main(Follower.class).args(directory.toString()).start()) {
                long before = size(out);
                pump.await("some lines", () -> step(directory, random) && size(out) > before, Duration.ofSeconds(60));
                pump.await("what has been written", () -> arrived(out) == written, Duration.ofSeconds(60));
                long saved = lastSave(directory);
                step(directory, random);
                pump.await("another save", () -> lastSave(directory) > saved, Duration.ofSeconds(60));
                for (int steps = random.nextInt(30); steps > 0; steps--) {
                    step(directory, random);
                }
                pump.kill9();
            }
        }
        try (PumpProcess pump =
                PumpProcess.main(Follower.class).args(directory.toString()).start()) {
            pump.await("all lines", () -> arrived(out) == written, Duration.ofSeconds(60));
            pump.terminate();
            pump.awaitExit(Duration.ofSeconds(30));
        }
        LossAccount account = new LossAccount();
        account.expectCount(written);
        account.sawLines(out, Long::parseLong);
        account.assertNothingMissing();
        assertThat(files).isGreaterThan(3);
        assertThat(account.report().duplicates())
                .as("of " + written + ", not much more than what a kill may repeat")
                .isLessThan(written / 2);
    }

    /** Appends some lines, and rotates when there are enough. */
    private boolean step(Path directory, Random random) {
        try {
            StringBuilder lines = new StringBuilder();
            for (int i = random.nextInt(200); i >= 0; i--) {
                lines.append(written++).append('\n');
            }
            Path log = directory.resolve("log");
            Files.writeString(log, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            if (written > files * LINES_PER_FILE) {
                rotate(directory);
                files++;
            }
            return true;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** As logrotate does it with delaycompress. */
    private void rotate(Path directory) throws IOException {
        for (int i = files; i > 0; i--) {
            for (String ending : new String[] {"", ".gz"}) {
                Path old = directory.resolve("log." + i + ending);
                if (Files.exists(old)) {
                    Files.move(old, directory.resolve("log." + (i + 1) + ending));
                }
            }
        }
        Files.move(directory.resolve("log"), directory.resolve("log.1"));
        Path second = directory.resolve("log.2");
        if (Files.exists(second)) {
            Path packed = directory.resolve("log.2.gz");
            try (OutputStream to = new GZIPOutputStream(Files.newOutputStream(packed))) {
                Files.copy(second, to);
            }
            Files.setLastModifiedTime(packed, Files.getLastModifiedTime(second));
            Files.delete(second);
        }
    }

    private static long size(Path file) {
        return file.toFile().length();
    }

    /** When a position was saved last. */
    private static long lastSave(Path directory) {
        try (Stream<Path> files = Files.list(directory.resolve("var/positions"))) {
            return files.mapToLong(file -> file.toFile().lastModified()).max().orElse(0);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static int arrived(Path out) {
        try (Stream<String> lines = Files.lines(out)) {
            return (int) lines.distinct().count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
