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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of lines that is appended to, all or nothing: what an append that failed has left is cut off again, and what a
 * crash has left of a line is moved to {@code <path>.torn}. It is opened by the first append, and anew after one that
 * failed. Not thread-safe; blocks.
 *
 * <p>A path that is no regular file (a device, a named pipe) is only written to.
 */
final class OutputFile implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(OutputFile.class);

    /** The JDK keeps native memory of the size of the largest write for each thread. */
    private static final int CHUNK = 1 << 18;

    private final Path path;
    private final boolean fsync;
    private @Nullable FileChannel channel;
    private boolean regular;
    /** Where the file ended before an append that failed and could not be undone; -1 if there is none. */
    private long undoTo = -1;

    OutputFile(Path path, boolean fsync) {
        this.path = path;
        this.fsync = fsync;
    }

    /** Appends whole lines; they are on the disk on return if that was asked for. */
    void append(byte[] lines, int length) throws IOException {
        FileChannel open = channel == null ? open() : channel;
        long end = regular ? open.size() : 0;
        try {
            write(open, ByteBuffer.wrap(lines, 0, length), end);
            if (fsync && regular) {
                open.force(false);
            }
        } catch (IOException | RuntimeException e) {
            undo(open, end, e);
            throw e;
        }
    }

    private void write(FileChannel open, ByteBuffer lines, long end) throws IOException {
        if (regular) {
            open.position(end);
        }
        int last = lines.limit();
        while (lines.position() < last) {
            lines.limit(Math.min(last, lines.position() + CHUNK));
            open.write(lines);
        }
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
        long kept = endOfLastLine(open, size);
        if (kept < size) {
            moveTail(open, kept, size);
        }
    }

    private static long endOfLastLine(FileChannel open, long size) throws IOException {
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
        LOG.warn("The last line of '{}' was torn, moved {} bytes to '{}'", path, size - kept, torn);
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
