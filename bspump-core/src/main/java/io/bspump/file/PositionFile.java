package io.bspump.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/** The file in which a source remembers a position. It is replaced as a whole, so a crash leaves the old one or the new. */
final class PositionFile {

    private static final ObjectMapper MAPPER = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path path;

    PositionFile(Path path) {
        this.path = path;
    }

    /** Returns the remembered position, or null if there is none. */
    @Nullable
    FilePosition load() throws IOException {
        try {
            FilePosition position = MAPPER.readValue(Files.readAllBytes(path), FilePosition.class);
            if (position == null) {
                throw damaged("it is null", null);
            }
            return position;
        } catch (NoSuchFileException e) {
            return null;
        } catch (JsonProcessingException e) {
            throw damaged(e.getOriginalMessage(), e);
        }
    }

    private IOException damaged(String how, @Nullable Throwable cause) {
        return new IOException(
                "the remembered position in '" + path + "' is damaged (" + how
                        + "); delete that file to read from the beginning",
                cause);
    }

    void save(FilePosition position) throws IOException {
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        try {
            // Not a FileChannel: an interrupt must not tear it.
            try (FileOutputStream out = new FileOutputStream(fresh.toFile())) {
                out.write(MAPPER.writeValueAsBytes(position));
                out.getFD().sync();
            }
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new IOException("cannot remember the position in '" + path + "': " + e.getMessage(), e);
        }
    }

    /** Makes sure that there is a place to save to. */
    void prepare() throws IOException {
        try {
            Files.createDirectories(path.getParent());
        } catch (IOException e) {
            throw new IOException("cannot remember the position in '" + path + "': " + e, e);
        }
        if (!Files.isWritable(path.getParent())) {
            throw new IOException("cannot remember the position in '" + path + "': the directory must be writable");
        }
    }
}
