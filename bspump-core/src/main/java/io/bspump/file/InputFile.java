package io.bspump.file;

import java.io.Closeable;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A file that is open for reading, and what identifies its content. A name that ends with {@code .gz} makes it a compressed
 * one, of which all offsets are those of what it holds. Blocks. Thread-safe; each stream belongs to one thread.
 */
final class InputFile implements Content, Closeable {

    /** How many bytes of its beginning, and before an offset, identify a content. */
    static final int SAMPLE = 1024;

    private static final int ATTEMPTS = 10;

    private final FoundFile found;
    // Not a FileChannel: an interrupt must not tear it. Guarded by this.
    private final RandomAccessFile file;
    private boolean closed;

    private final byte[] head;

    private InputFile(FoundFile found, RandomAccessFile file) throws IOException {
        this.found = found;
        this.file = file;
        this.head = beginning();
    }

    /** Opens the file at a path; null if there is none. */
    static @Nullable InputFile open(Path path) throws IOException {
        for (int i = 0; i < ATTEMPTS; i++) {
            FoundFile before = FoundFile.at(path);
            if (before == null) {
                return null;
            }
            InputFile opened = open(before);
            if (opened == null) {
                return null;
            }
            FoundFile after = FoundFile.at(path);
            if (after != null && after.key().equals(before.key())) {
                return opened;
            }
            opened.close(); // it was renamed meanwhile, so nobody knows which of both this is
        }
        return null;
    }

    private static @Nullable InputFile open(FoundFile found) throws IOException {
        RandomAccessFile file;
        try {
            file = new RandomAccessFile(found.path().toFile(), "r");
        } catch (FileNotFoundException e) {
            if (Files.notExists(found.path())) {
                return null;
            }
            throw e; // it is there and cannot be read
        }
        try {
            return new InputFile(found, file);
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public String name() {
        return found.path().toString();
    }

    String key() {
        return found.key();
    }

    boolean isCompressed() {
        return found.isCompressed();
    }

    /** Returns how many bytes it has on disk just now. */
    synchronized long size() throws IOException {
        return file.length();
    }

    private synchronized int read(long position, byte[] to, int from, int length) throws IOException {
        file.seek(position);
        return file.read(to, from, length);
    }

    private byte[] beginning() throws IOException {
        return from(0).readNBytes(SAMPLE);
    }

    /**
     * Returns the bytes from an offset on.
     *
     * @throws EOFException if there are not so many
     */
    @Override
    public InputStream from(long offset) throws IOException {
        if (!isCompressed() || size() == 0) {
            return new Plain(offset);
        }
        InputStream in = new Unpacked(new GZIPInputStream(new Plain(0), 1 << 16));
        in.skipNBytes(offset);
        return in;
    }

    /** Returns why the position is not one in this content, nothing if it is. */
    Optional<String> contradiction(FilePosition position) throws IOException {
        long size = size();
        if (!isCompressed() && position.offset() > size) {
            return Optional.of("it has " + size + " bytes, of which " + position.offset() + " had been read");
        }
        byte[] now = beginning();
        if (position.headLength() > now.length || !position.headHash().equals(hash(now, position.headLength()))) {
            return Optional.of("its beginning has changed");
        }
        if (!isCompressed()
                && !position.seamHash().isEmpty()
                && !position.seamHash().equals(seam(position.offset()))) {
            return Optional.of("what was read of it last has changed");
        }
        return Optional.empty();
    }

    /** Tells whether this has the content in which the position is, up to its offset. Reads up to there. */
    boolean holds(FilePosition position) throws IOException {
        if (position.seamHash().isEmpty() || !position.headHash().equals(headHash(position.headLength()))) {
            return false;
        }
        int length = (int) Math.min(SAMPLE, position.offset());
        try {
            byte[] last = from(position.offset() - length).readNBytes(length);
            return last.length == length && position.seamHash().equals(hash(last, length));
        } catch (EOFException e) {
            return false;
        }
    }

    /** Returns the hash of so many bytes of the beginning, null if there were not so many. */
    @Nullable
    String headHash(int length) {
        return length > head.length ? null : hash(head, length);
    }

    /** Tells whether it had fewer bytes than identify a content for certain. */
    boolean isShort() {
        return head.length < SAMPLE;
    }

    /** Returns the position at an offset; without a seam if it is closed or compressed. */
    FilePosition at(long offset) throws IOException {
        int length = (int) Math.min(head.length, offset);
        return new FilePosition(
                found.place(), found.key(), offset, length, hash(head, length), seam(offset), -1, false, 0);
    }

    /** Returns a position of which nothing is known but the offset. */
    static FilePosition unknownAt(long offset) {
        return new FilePosition("", "", offset, 0, hash(new byte[0], 0), "", -1, false, 0);
    }

    private synchronized String seam(long offset) throws IOException {
        if (closed || isCompressed()) {
            return "";
        }
        byte[] last = new byte[(int) Math.min(SAMPLE, offset)];
        int read = new Plain(offset - last.length).readNBytes(last, 0, last.length);
        return hash(Arrays.copyOf(last, read), read);
    }

    private static String hash(byte[] bytes, int length) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes, 0, length);
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        file.close();
    }

    /** The bytes on disk. */
    private final class Plain extends InputStream {

        private long position;

        Plain(long position) {
            this.position = position;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] to, int from, int length) throws IOException {
            int read = InputFile.this.read(position, to, from, length);
            position += Math.max(0, read);
            return read;
        }

        /** The one who unpacks learns from this whether another member follows. */
        @Override
        public int available() throws IOException {
            return (int) Math.max(0, Math.min(Integer.MAX_VALUE, size() - position));
        }
    }

    /** What is packed, with an end that tells whether it is all. */
    private static final class Unpacked extends InputStream {

        private final InputStream in;
        private long position;

        Unpacked(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] to, int from, int length) throws IOException {
            try {
                int read = in.read(to, from, length);
                position += Math.max(0, read);
                return read;
            } catch (EOFException e) {
                throw new IOException("its gzip data breaks off after " + position + " unpacked bytes", e);
            } catch (java.util.zip.ZipException e) {
                throw new IOException("its gzip data is damaged after " + position + " unpacked bytes", e);
            }
        }
    }
}
