package io.bspump.kafka;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The name of a producer of transactions: the same at the next start, so that a transaction which a killed pump has left open
 * ends at once, and nobody else's. It stands in a file that is locked as long as the producer lives; several pumps with one
 * directory take the first, the second, ... Blocks.
 */
final class TransactionalId implements AutoCloseable {

    private static final int MOST = 10_000;
    private static final int LONGEST = 300;

    /** The files of this process. Whoever closes one of them, the system takes all its locks on it away. */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private final String value;
    private final Path path;
    private final FileChannel file;

    private TransactionalId(String value, Path path, FileChannel file) {
        this.value = value;
        this.path = path;
        this.file = file;
    }

    /**
     * Takes the first that is free.
     *
     * @param name of the files
     * @param prefix of the names; null for one that no other directory has
     */
    static TransactionalId claim(Path directory, String name, @Nullable String prefix) throws IOException {
        Path all = Files.createDirectories(directory).toRealPath();
        for (int number = 0; number < MOST; number++) {
            Path path = all.resolve(name + "-" + number + ".id");
            FileChannel file = OWN.add(path) ? lock(path) : null;
            if (file != null) {
                String unique = prefix == null ? name + "-" + unique(file) : prefix;
                return new TransactionalId(unique + "-" + number, path, file);
            }
        }
        throw new IOException("all of " + MOST + " names in '" + directory + "' are taken");
    }

    /** Returns null if another process has it. */
    private static @Nullable FileChannel lock(Path path) throws IOException {
        FileChannel file =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        if (file.tryLock() != null) {
            return file;
        }
        file.close();
        OWN.remove(path);
        return null;
    }

    private static String unique(FileChannel file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(LONGEST);
        file.read(bytes, 0);
        String known = StandardCharsets.UTF_8.decode(bytes.flip()).toString().strip();
        if (!known.isEmpty()) {
            return known;
        }
        String fresh = UUID.randomUUID().toString();
        file.write(ByteBuffer.wrap(fresh.getBytes(StandardCharsets.UTF_8)), 0);
        file.force(true);
        return fresh;
    }

    @Override
    public String toString() {
        return value;
    }

    /** Lets others have it. */
    @Override
    public void close() throws IOException {
        file.close();
        OWN.remove(path);
    }
}
