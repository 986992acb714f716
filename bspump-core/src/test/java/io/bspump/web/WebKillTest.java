package io.bspump.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that stores without pause is killed again and again; what it leaves can always be read. */
class WebKillTest {

    @TempDir
    Path directory;

    /** Stores for ever. */
    public static final class Storing {

        private Storing() {}

        public static void main(String[] args) throws IOException {
            StoredConnections store = new StoredConnections(Path.of(args[0]));
            store.load();
            for (int i = 0; ; i++) {
                store.put(new Definition("A" + i % 20, "lab", Map.of("password", "secret" + i)), Set.of("password"));
                System.out.println(i);
                System.out.flush();
            }
        }
    }

    @Test
    void aKillInTheMiddleOfAWriteLosesNothing() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int known = 0;
        for (int kill = 0; kill < 10; kill++) {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Storing.class.getName(),
                            directory.toString())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                int lines = 1 + random.nextInt(60);
                var reader = process.inputReader();
                for (int i = 0; i < lines; i++) {
                    assertThat(reader.readLine()).as("seed %d", seed).isNotNull();
                }
                known = Math.max(known, Math.min(lines, 20));
            } finally {
                process.destroyForcibly();
                assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            }
            List<Definition> left = new StoredConnections(directory).load();
            assertThat(left).as("seed %d", seed).hasSizeGreaterThanOrEqualTo(known);
        }
        assertThat(Files.exists(directory.resolve("connections.json"))).isTrue();
    }
}
