package io.bspump.file;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/** What is done with a file once all of it has been read and has settled. Blocks. */
final class AfterReading {

    private static final String SUFFIX = "-processed";

    private final Kind kind;
    private final @Nullable Path destination;

    /** The values of the key {@code post}. */
    enum Kind {
        NOOP,
        MARK,
        MOVE,
        DELETE
    }

    /** Makes one; without a destination files are marked instead of moved. */
    AfterReading(Kind kind, @Nullable Path destination) {
        this.kind = kind;
        this.destination = destination;
    }

    boolean isNothing() {
        return kind == Kind.NOOP;
    }

    /** Does it, if the file still is as it was read. Returns whether it is done with. */
    boolean apply(FoundFile read) throws IOException {
        FoundFile now = FoundFile.at(read.path());
        if (now == null || !now.key().equals(read.key())) {
            return true; // somebody else has taken it
        }
        if (now.size() != read.size()) {
            return false; // it has grown, so there is more to read
        }
        try {
            dispose(read.path());
        } catch (NoSuchFileException e) {
            return true;
        } catch (IOException e) {
            throw new ReadFailure(read.path().toString(), "it was read and cannot be put away: " + e);
        }
        return true;
    }

    private void dispose(Path file) throws IOException {
        if (kind == Kind.DELETE) {
            Files.deleteIfExists(file);
            return;
        }
        Path folder = kind == Kind.MOVE ? destination : null;
        if (folder == null) {
            Files.move(file, free(file.resolveSibling(file.getFileName() + SUFFIX)), StandardCopyOption.ATOMIC_MOVE);
            return;
        }
        Files.createDirectories(folder);
        Path to = free(folder.resolve(file.getFileName() + SUFFIX));
        try {
            Files.move(file, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            copy(file, to);
            Files.delete(file);
        }
    }

    /** A crash must not leave half a file under the name of a whole one. */
    private static void copy(Path file, Path to) throws IOException {
        Path part = to.resolveSibling("." + to.getFileName() + ".part");
        try (InputStream in = Files.newInputStream(file);
                FileOutputStream out = new FileOutputStream(part.toFile())) {
            in.transferTo(out);
            out.getFD().sync();
        }
        Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Path free(Path wanted) {
        Path path = wanted;
        for (int i = 1; Files.exists(path); i++) {
            path = wanted.resolveSibling(wanted.getFileName() + "." + i);
        }
        return path;
    }
}
