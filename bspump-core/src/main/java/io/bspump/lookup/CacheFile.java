package io.bspump.lookup;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The last good content of one origin, kept for a start at which the origin cannot be reached. It is replaced as a whole, so a
 * crash leaves the old one or the new.
 */
final class CacheFile {

    private static final String FORMAT = "bspump lookup 1";

    private final Path path;
    private final String origin;

    /** @param origin what the content must have come from */
    CacheFile(Path varDir, String lookupId, String origin) {
        this.path = varDir.resolve("lookups").resolve(URLEncoder.encode(lookupId, StandardCharsets.UTF_8) + ".cache");
        this.origin = origin;
    }

    /** Returns the content, or null if there is none of this origin. */
    @Nullable
    Content load() throws IOException {
        try (DataInputStream in = new DataInputStream(Files.newInputStream(path))) {
            if (!in.readUTF().equals(FORMAT) || !in.readUTF().equals(origin)) {
                return null;
            }
            Content.Version version = new Content.Version(presentOrNull(in.readUTF()), presentOrNull(in.readUTF()));
            return new Content(in.readAllBytes(), version);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    void save(Content content) throws IOException {
        Files.createDirectories(path.getParent());
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        try (FileOutputStream file = new FileOutputStream(fresh.toFile());
                DataOutputStream out = new DataOutputStream(new BufferedOutputStream(file))) {
            out.writeUTF(FORMAT);
            out.writeUTF(origin);
            out.writeUTF(Objects.requireNonNullElse(content.version().tag(), ""));
            out.writeUTF(Objects.requireNonNullElse(content.version().modified(), ""));
            out.write(content.bytes());
            out.flush();
            file.getFD().sync();
        }
        Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static @Nullable String presentOrNull(String text) {
        return text.isEmpty() ? null : text;
    }

    @Override
    public String toString() {
        return "the copy in '" + path + "'";
    }
}
