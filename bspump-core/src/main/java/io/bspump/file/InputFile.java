package io.bspump.file;

import java.io.Closeable;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/** A file that is open for reading, and what identifies it. Blocks. */
final class InputFile implements Closeable {

    /** How many bytes of its beginning identify a file. */
    private static final int HEAD = 1024;

    private final Path path;
    private final FileInputStream stream;
    private final String key;
    private final long size;
    private final byte[] head;

    private InputFile(Path path, FileInputStream stream) throws IOException {
        this.path = path;
        this.stream = stream;
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        this.key = String.valueOf(attributes.fileKey());
        this.size = attributes.size();
        this.head = stream.readNBytes(HEAD);
    }

    static InputFile open(Path path) throws IOException {
        if (Files.notExists(path)) {
            throw new FileNotFoundException("it does not exist");
        }
        if (Files.isDirectory(path)) {
            throw new IOException("it is a directory");
        }
        if (!Files.isRegularFile(path)) {
            throw new IOException("it is not a regular file; standard input is '-'");
        }
        FileInputStream stream = new FileInputStream(path.toFile());
        try {
            return new InputFile(path, stream);
        } catch (IOException e) {
            stream.close();
            throw e;
        }
    }

    /** Returns why the position is not one of this file, nothing if it is. */
    Optional<String> contradiction(FilePosition position) {
        if (!position.path().equals(path.toAbsolutePath().toString())) {
            return Optional.of("the position that is remembered is of '" + position.path() + "'");
        }
        if (!position.key().equals(key)) {
            return Optional.of("another file has taken its place");
        }
        if (position.offset() > size) {
            return Optional.of("it has " + size + " bytes, of which " + position.offset() + " had been read");
        }
        if (position.headLength() > head.length || !position.headHash().equals(hash(position.headLength()))) {
            return Optional.of("its beginning has changed");
        }
        return Optional.empty();
    }

    /** Returns the position at an offset. Any thread. */
    FilePosition at(long offset) {
        int length = (int) Math.min(head.length, offset);
        return new FilePosition(path.toAbsolutePath().toString(), key, offset, length, hash(length));
    }

    /** Returns the bytes from an offset on; called once. */
    InputStream from(long offset) throws IOException {
        stream.getChannel().position(offset);
        return stream;
    }

    private String hash(int length) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(head, 0, length);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
