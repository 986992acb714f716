package io.bspump.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The file in which a source remembers positions. It is replaced as a whole, so a crash leaves the old ones or the new. */
final class PositionFile {

    private static final ObjectMapper MAPPER = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path path;

    PositionFile(Path path) {
        this.path = path;
    }

    private record Table(List<FilePosition> files) {}

    /** Returns the text of one position. */
    static String text(FilePosition position) throws JsonProcessingException {
        return MAPPER.writeValueAsString(position);
    }

    /** Returns the position that a text says. */
    static FilePosition position(String text) throws JsonProcessingException {
        return MAPPER.readValue(text, FilePosition.class);
    }

    /** Returns what is remembered. */
    List<FilePosition> load() throws IOException {
        try {
            Table table = MAPPER.readValue(path.toFile(), Table.class);
            if (table == null || table.files().contains(null)) {
                throw damaged("it is null", null);
            }
            return table.files();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (java.io.FileNotFoundException e) {
            if (Files.notExists(path)) {
                return List.of();
            }
            throw e;
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

    void save(List<FilePosition> positions) throws IOException {
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        try {
            // Not a FileChannel: an interrupt must not tear it.
            try (FileOutputStream out = new FileOutputStream(fresh.toFile())) {
                OutputStream buffered = new BufferedOutputStream(out, 1 << 16);
                MAPPER.writer()
                        .without(com.fasterxml.jackson.core.JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                        .writeValue(buffered, new Table(positions));
                buffered.flush();
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
