package io.bspump.file;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that is appended to, all or nothing: what an append that failed has left is cut off again, and what a crash has
 * left of a record is moved to {@code <path>.torn}. It is opened by the first append, and anew after one that failed and
 * after a rotation. Not thread-safe; blocks.
 *
 * <p>A path that is no regular file (a device, a named pipe) is only written to.
 */
final class OutputFile implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(OutputFile.class);

    /** The JDK keeps native memory of the size of the largest write for each thread. */
    private static final int CHUNK = 1 << 18;

    private final Path path;
    private final boolean fsync;
    private final Tail tail;
    private final @Nullable Rotation rotation;
    private @Nullable FileChannel channel;
    private boolean regular;
    private long lastWrite;
    /** Where the file ended before an append that failed and could not be undone; -1 if there is none. */
    private long undoTo = -1;

    /** Finds the end of what is whole. */
    @FunctionalInterface
    interface Tail {

        /** Returns where the last whole record of a file ends. */
        long endOfWhole(FileChannel file, long size) throws IOException;
    }

    /** Makes one; without a rotation the file grows for ever. */
    OutputFile(Path path, boolean fsync, Tail tail, @Nullable Rotation rotation) {
        this.path = path;
        this.fsync = fsync;
        this.tail = tail;
        this.rotation = rotation;
    }

    /**
     * Appends whole records; they are on the disk on return if that was asked for.
     *
     * @param header what an empty file must begin with
     */
    void append(byte[] header, byte[] records, int length) throws IOException {
        FileChannel open = channel == null ? open() : channel;
        if (regular && rotation != null && rotation.isDue(open.size(), length, lastWrite)) {
            open = rotate(open, rotation);
        }
        long end = regular ? open.size() : 0;
        try {
            if (regular) {
                open.position(end);
            }
            if (end == 0) {
                write(open, ByteBuffer.wrap(header));
            }
            write(open, ByteBuffer.wrap(records, 0, length));
            if (fsync && regular) {
                open.force(false);
            }
        } catch (IOException | RuntimeException e) {
            undo(open, end, e);
            throw e;
        }
        if (rotation != null) {
            lastWrite = rotation.now();
        }
    }

    private static void write(FileChannel open, ByteBuffer records) throws IOException {
        int last = records.limit();
        while (records.position() < last) {
            records.limit(Math.min(last, records.position() + CHUNK));
            open.write(records);
        }
    }

    private FileChannel rotate(FileChannel open, Rotation due) throws IOException {
        open.force(true);
        close();
        Files.move(path, due.target(), StandardCopyOption.ATOMIC_MOVE);
        syncDirectory();
        due.rotated();
        return open();
    }

    /** Returns what the file begins with, up to so many bytes; nothing if there is no regular file. */
    byte[] beginning(int length) throws IOException {
        if (!Files.isRegularFile(path)) {
            return new byte[0];
        }
        FileChannel open = channel == null ? open() : channel;
        ByteBuffer beginning = ByteBuffer.allocate((int) Math.min(length, open.size()));
        while (beginning.hasRemaining() && open.read(beginning, beginning.position()) >= 0) {}
        return Arrays.copyOf(beginning.array(), beginning.position());
    }

    private void undo(FileChannel open, long end, Exception reason) {
        channel = null;
        if (!regular) {
            closeAfter(reason, open);
            return;
        }
        undoTo = end;
        try {
            open.truncate(end);
            undoTo = -1;
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
        closeAfter(reason, open);
    }

    private FileChannel open() throws IOException {
        boolean exists = Files.exists(path);
        regular = !exists || Files.isRegularFile(path);
        FileChannel open = regular ? FileChannel.open(path, CREATE, READ, WRITE) : FileChannel.open(path, WRITE);
        try {
            if (regular) {
                repair(open);
                lastWrite = Files.getLastModifiedTime(path).toMillis();
            }
            if (fsync && !exists) {
                syncDirectory();
            }
        } catch (IOException | RuntimeException e) {
            closeAfter(e, open);
            throw e;
        }
        channel = open;
        return open;
    }

    private void repair(FileChannel open) throws IOException {
        if (undoTo >= 0) {
            open.truncate(undoTo);
            undoTo = -1;
            return;
        }
        long size = open.size();
        long kept = tail.endOfWhole(open, size);
        if (kept < size) {
            moveTail(open, kept, size);
        }
    }

    /** Finds the end of the last line. */
    static long endOfLastLine(FileChannel open, long size) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(8192);
        long from = size;
        while (from > 0) {
            long to = from;
            from = Math.max(0, to - chunk.capacity());
            chunk.clear().limit((int) (to - from));
            while (chunk.hasRemaining() && open.read(chunk, from + chunk.position()) >= 0) {}
            for (int i = chunk.position() - 1; i >= 0; i--) {
                if (chunk.get(i) == '\n') {
                    return from + i + 1;
                }
            }
        }
        return 0;
    }

    private void moveTail(FileChannel open, long kept, long size) throws IOException {
        Path torn = path.resolveSibling(path.getFileName() + ".torn");
        try (FileChannel out = FileChannel.open(torn, CREATE, WRITE, APPEND)) {
            for (long moved = kept; moved < size; ) {
                moved += open.transferTo(moved, size - moved, out);
            }
            out.write(ByteBuffer.wrap(new byte[] {'\n'}));
            out.force(true);
        }
        open.truncate(kept);
        open.force(true);
        LOG.warn("The last record of '{}' was torn, moved {} bytes to '{}'", path, size - kept, torn);
    }

    /** A file that was just made can be lost with its directory's entry. */
    private void syncDirectory() throws IOException {
        try (FileChannel directory = FileChannel.open(path.toAbsolutePath().getParent(), READ)) {
            directory.force(true);
        }
    }

    private static void closeAfter(Exception reason, FileChannel open) {
        try {
            open.close();
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    @Override
    public void close() throws IOException {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            open.close();
        }
    }
}
