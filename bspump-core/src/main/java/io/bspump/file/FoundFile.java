package io.bspump.file;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A file as it was found.
 *
 * @param key what the file system calls it, whatever its path
 * @param size in bytes
 * @param modified when it was last written to, in nanoseconds since 1970
 */
record FoundFile(Path path, String key, long size, long modified) {

    /** Returns the file at a path, null if there is no regular file. Blocks. */
    static @Nullable FoundFile at(Path path) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            if (!attributes.isRegularFile()) {
                return null;
            }
            return new FoundFile(
                    path,
                    String.valueOf(attributes.fileKey()),
                    attributes.size(),
                    attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS));
        } catch (NoSuchFileException e) {
            return null;
        } catch (FileSystemException e) {
            if (Files.isSymbolicLink(path)) {
                return null; // it leads nowhere
            }
            throw e;
        }
    }

    /** Returns the path in the one form in which it is remembered. */
    String place() {
        return path.toAbsolutePath().normalize().toString();
    }

    boolean isCompressed() {
        return path.toString().endsWith(".gz");
    }
}
