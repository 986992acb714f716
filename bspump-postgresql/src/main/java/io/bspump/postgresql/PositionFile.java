package io.bspump.postgresql;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/** The file in which a source remembers its position. It is replaced as a whole, so a crash leaves the old one or the new. */
record PositionFile(Path path) {

    /** Returns what is remembered, null if nothing is. Blocks. */
    @Nullable
    String load() throws IOException {
        try {
            return Files.readString(path);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw new IOException("cannot read the remembered position in '" + path + "': " + e, e);
        }
    }

    /** Blocks. */
    void save(String position) throws IOException {
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        try {
            // Not a FileChannel: an interrupt must not tear it.
            try (FileOutputStream out = new FileOutputStream(fresh.toFile())) {
                out.write(position.getBytes(StandardCharsets.UTF_8));
                out.getFD().sync();
            }
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new IOException("cannot remember the position in '" + path + "': " + e, e);
        }
    }

    /** Makes sure that there is a place to save to. Blocks. */
    void prepare() throws IOException {
        try {
            Files.createDirectories(path.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw new IOException("cannot remember the position in '" + path + "': " + e, e);
        }
        if (!Files.isWritable(path.toAbsolutePath().getParent())) {
            throw new IOException("cannot remember the position in '" + path + "': the directory must be writable");
        }
    }
}
