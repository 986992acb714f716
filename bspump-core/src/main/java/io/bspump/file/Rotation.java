package io.bspump.file;

import io.bspump.config.Config;
import io.bspump.config.Option;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;

/**
 * When a file that is written is put aside, under which name, and what becomes of it. The name gets the time behind it, in
 * UTC: {@code out.log-20261121T100000.000Z}, so that names sort by age. Blocks.
 */
final class Rotation {

    static final Option SIZE = Option.size("rotate_size")
            .atLeast(0)
            .defaultTo("0B")
            .doc("The size that a file does not exceed, unless one batch does; 0: any.");
    static final Option INTERVAL = Option.duration("rotate_interval")
            .defaultTo("0s")
            .doc(
                    "The period after which another file is begun, counted from 1970-01-01 UTC; checked when something is written; 0: none.");
    static final Option KEEP = Option.integer("rotate_keep")
            .between(0, 1_000_000)
            .defaultTo(0)
            .doc("How many rotated files are kept, the oldest are deleted; 0: all.");
    static final Option GZIP = Option.bool("rotate_gzip").defaultTo(false).doc("Whether rotated files are compressed.");

    private static final Logger LOG = LoggerFactory.getLogger(Rotation.class);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("'-'yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);
    private static final Pattern SUFFIX = Pattern.compile("-\\d{8}T\\d{6}\\.\\d{3}Z(\\.gz)?");

    private final Path path;
    private final long maxSize;
    private final long interval;
    private final int keep;
    private final boolean compress;
    private final LongSupplier clock;
    private final Scheduler worker;
    /** Used by who writes. */
    private long lastTarget;

    /** Makes one; {@code worker} may block. */
    Rotation(
            Path path,
            long maxSize,
            Duration interval,
            int keep,
            boolean compress,
            LongSupplier clock,
            Scheduler worker) {
        this.path = path;
        this.maxSize = maxSize;
        this.interval = interval.toMillis();
        this.keep = keep;
        this.compress = compress;
        this.clock = clock;
        this.worker = worker;
    }

    /** Returns what a section says, null if it wants none. */
    static @Nullable Rotation of(Config config, Path path, LongSupplier clock, Scheduler worker) {
        boolean never = config.getSize("rotate_size") == 0
                && config.getDuration("rotate_interval").isZero();
        return never ? null : always(config, path, clock, worker);
    }

    /** Returns what a section says, for who puts files aside without that. */
    static Rotation always(Config config, Path path, LongSupplier clock, Scheduler worker) {
        return new Rotation(
                path,
                config.getSize("rotate_size"),
                config.getDuration("rotate_interval"),
                config.getInt("rotate_keep"),
                config.getBoolean("rotate_gzip"),
                clock,
                worker);
    }

    long now() {
        return clock.getAsLong();
    }

    /** Tells whether a file must be put aside before more is appended. */
    boolean isDue(long size, long more, long lastWrite) {
        return size > 0 && ((maxSize > 0 && size + more > maxSize) || isOfAnotherPeriod(lastWrite));
    }

    /** Tells whether what was written then was written before the present period. */
    boolean isOfAnotherPeriod(long lastWrite) {
        return interval > 0 && Math.floorDiv(lastWrite, interval) != Math.floorDiv(now(), interval);
    }

    /** Returns a name that is free and sorts behind those before. */
    Path target() {
        long time = Math.max(now(), lastTarget + 1);
        while (Files.exists(target(time)) || Files.exists(compressed(target(time)))) {
            time++;
        }
        lastTarget = time;
        return target(time);
    }

    private Path target(long time) {
        return path.resolveSibling(path.getFileName() + TIME.format(Instant.ofEpochMilli(time)));
    }

    private static Path compressed(Path file) {
        return file.resolveSibling(file.getFileName() + ".gz");
    }

    /** A file has been put aside: deletes and compresses, later. */
    void rotated() {
        if (compress || keep > 0) {
            worker.schedule(this::tidy);
        }
    }

    /** Deletes and compresses what is to be, also what a crash has left undone. */
    synchronized void tidy() {
        try {
            List<Path> files = files();
            int surplus = keep == 0 ? 0 : Math.max(0, files.size() - keep);
            for (Path old : files.subList(0, surplus)) {
                Files.deleteIfExists(old);
            }
            for (Path file : files.subList(surplus, files.size())) {
                if (compress && !file.toString().endsWith(".gz")) {
                    compress(file);
                }
            }
        } catch (IOException e) {
            LOG.warn("The rotated files of '{}' could not be put in order, they are kept: {}", path, e.toString());
        }
    }

    private List<Path> files() throws IOException {
        Path directory = path.toAbsolutePath().getParent();
        String name = path.getFileName().toString();
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            for (Path file : all) {
                String other = file.getFileName().toString();
                if (other.startsWith(name)
                        && SUFFIX.matcher(other.substring(name.length())).matches()) {
                    files.add(file);
                }
            }
        }
        Collections.sort(files);
        return files;
    }

    private static void compress(Path file) throws IOException {
        Path whole = compressed(file);
        Path part = whole.resolveSibling(whole.getFileName() + ".part");
        try (InputStream in = Files.newInputStream(file);
                FileOutputStream out = new FileOutputStream(part.toFile())) {
            GZIPOutputStream packed = new GZIPOutputStream(out, 1 << 16);
            in.transferTo(packed);
            packed.finish();
            out.getFD().sync();
        } catch (IOException e) {
            Files.deleteIfExists(part);
            throw e;
        }
        Files.setLastModifiedTime(part, Files.getLastModifiedTime(file));
        Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
        Files.delete(file);
    }
}
