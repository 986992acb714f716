package io.bspump.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.test.PumpProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransactionalIdTest {

    @TempDir
    Path directory;

    private TransactionalId claim() throws IOException {
        return TransactionalId.claim(directory, "P.KafkaSink", null);
    }

    @Test
    void isTheSameInTheNextLife() throws IOException {
        String first;
        try (TransactionalId id = claim()) {
            first = id.toString();
            assertThat(first).matches("P\\.KafkaSink-[-0-9a-f]{36}-0");
        }
        try (TransactionalId id = claim()) {
            assertThat(id).hasToString(first);
        }
    }

    @Test
    void isNobodyElsesAsLongAsItIsUsed() throws IOException {
        try (TransactionalId first = claim();
                TransactionalId second = claim()) {
            assertThat(first.toString()).endsWith("-0");
            assertThat(second.toString()).endsWith("-1").isNotEqualTo(first.toString());
        }
    }

    @Test
    void isNotThatOfAnotherDirectory(@TempDir Path other) throws IOException {
        try (TransactionalId first = claim();
                TransactionalId second = TransactionalId.claim(other, "P.KafkaSink", null)) {
            assertThat(first.toString()).isNotEqualTo(second.toString());
        }
    }

    @Test
    void beginsAsItIsTold() throws IOException {
        try (TransactionalId first = TransactionalId.claim(directory, "P.KafkaSink", "mine");
                TransactionalId second = TransactionalId.claim(directory, "P.KafkaSink", "mine")) {
            assertThat(first).hasToString("mine-0");
            assertThat(second).hasToString("mine-1");
        }
    }

    /** Claims one, says which, and keeps it. */
    static final class Other {
        public static void main(String... args) throws Exception {
            try (TransactionalId id = TransactionalId.claim(Path.of(args[0]), "P.KafkaSink", "mine")) {
                System.out.println(id);
                System.in.read();
            }
        }
    }

    @Test
    void isNotThatOfAnotherProcess() throws IOException {
        try (TransactionalId first = TransactionalId.claim(directory, "P.KafkaSink", "mine");
                TransactionalId second = TransactionalId.claim(directory, "P.KafkaSink", "mine");
                PumpProcess other =
                        PumpProcess.main(Other.class).args(directory.toString()).start()) {
            String third = other.awaitLine("mine-", Duration.ofMinutes(1));
            assertThat(List.of(first.toString(), second.toString(), third))
                    .containsExactly("mine-0", "mine-1", "mine-2");
        }
    }
}
