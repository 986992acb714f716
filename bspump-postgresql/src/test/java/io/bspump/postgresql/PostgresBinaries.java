package io.bspump.postgresql;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import io.zonky.test.db.postgres.util.ArchUtils;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** The programs of PostgreSQL, unpacked once per machine into the temporary folder. */
final class PostgresBinaries {

    private static final Path HOME = unpacked();

    private PostgresBinaries() {}

    /** A program and its first words; it refuses to run as root, so root runs it in a user namespace of its own. */
    static List<String> command(String program) {
        List<String> words = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            words.addAll(List.of("unshare", "-U"));
        }
        words.add(HOME.resolve("bin").resolve(program).toString());
        return words;
    }

    private static Path unpacked() {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        Path home = temporary.resolve("bspump-postgresql-18.6-" + System.getProperty("user.name"));
        try {
            if (!Files.exists(home)) {
                Path fresh = Files.createTempDirectory(temporary, "bspump-postgresql");
                unpack(fresh);
                settle(fresh, home);
            }
            return home;
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL cannot be unpacked", e);
        }
    }

    /** Another JVM may have been faster; then this one's copy stays unused. */
    private static void settle(Path fresh, Path home) throws IOException {
        try {
            Files.move(fresh, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException e) {
            TestPostgres.delete(fresh);
        } catch (FileSystemException e) {
            if (!Files.exists(home)) {
                throw e;
            }
            TestPostgres.delete(fresh);
        }
    }

    private static void unpack(Path target) throws IOException {
        String system = System.getProperty("os.name").startsWith("Mac") ? "Darwin" : "Linux";
        String machine = ArchUtils.normalize(System.getProperty("os.arch"));
        try (InputStream packed = DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(system, machine);
                TarArchiveInputStream tar = new TarArchiveInputStream(new XZCompressorInputStream(packed))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                unpack(tar, entry, target.resolve(entry.getName()));
            }
        }
    }

    private static void unpack(InputStream content, TarArchiveEntry entry, Path file) throws IOException {
        if (entry.isDirectory()) {
            Files.createDirectories(file);
            return;
        }
        Files.createDirectories(file.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
            return;
        }
        Files.copy(content, file, StandardCopyOption.REPLACE_EXISTING);
        if ((entry.getMode() & 0111) != 0) {
            Files.setPosixFilePermissions(
                    file, Set.copyOf(java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x")));
        }
    }
}
