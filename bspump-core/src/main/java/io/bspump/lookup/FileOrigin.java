package io.bspump.lookup;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A file; time, size and identity tell whether it has changed. */
record FileOrigin(Path path, int maxSize) implements Origin {

    @Override
    public Mono<Content> fetch(Content.@Nullable Version known) {
        return Mono.fromCallable(() -> read(known));
    }

    private @Nullable Content read(Content.@Nullable Version known) throws IOException {
        try {
            // Looked at before it is read: a change meanwhile is seen the next time.
            BasicFileAttributes seen = Files.readAttributes(path, BasicFileAttributes.class);
            Content.Version version = new Content.Version(
                    seen.size() + "/" + seen.fileKey(), seen.lastModifiedTime().toString());
            return version.equals(known) ? null : new Content(readAll(), version);
        } catch (NoSuchFileException e) {
            throw new IOException(this + " does not exist", e);
        }
    }

    private byte[] readAll() throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(maxSize);
            if (in.read() >= 0) {
                throw new IOException(this + " must not exceed max_size, " + maxSize + " bytes");
            }
            return bytes;
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(this + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public String toString() {
        return "the file '" + path + "'";
    }
}
