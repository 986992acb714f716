package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ChaosRunTest {

    private static final int LINES = 500_000;

    /**
     * Writes the numbers from 0 on to a file, line by line, going on where it stopped. The careless one remembers a
     * position that is ahead of what it has written.
     */
    static final class Writer {
        private Writer() {}

        public static void main(String[] args) throws IOException {
            Path out = Path.of(args[0]);
            boolean careless = args.length > 1;
            Path position = Path.of(args[0] + ".position");
            int next = careless ? remembered(position) : whole(out);
            System.out.println("from " + next);
            try (FileOutputStream file = new FileOutputStream(out.toFile(), true)) {
                for (int n = next; n < LINES; n++) {
                    if (careless && n % 10_000 == 0) {
                        remember(position, n + 10_000);
                    }
                    file.write((n + "\n").getBytes(StandardCharsets.UTF_8));
                }
            }
        }

        private static void remember(Path position, int next) throws IOException {
            Path fresh = Files.writeString(Path.of(position + ".new"), Integer.toString(next));
            Files.move(fresh, position, StandardCopyOption.ATOMIC_MOVE);
        }

        private static int remembered(Path position) throws IOException {
            return Files.exists(position) ? Integer.parseInt(Files.readString(position)) : 0;
        }

        private static int whole(Path out) throws IOException {
            return Files.exists(out) ? Files.readAllLines(out).size() : 0;
        }
    }

    @Test
    void aPumpThatLosesNothingComesThrough(@TempDir Path directory) {
        Path out = directory.resolve("out");
        LossAccount account = chaos(out).account(Duration.ofMinutes(1), count -> {
            count.expectCount(LINES);
            count.sawLines(out, Long::parseLong);
        });
        account.assertExactlyOnce();
    }

    @Test
    void aPumpThatLosesSomethingIsFoundOut(@TempDir Path directory) {
        Path out = directory.resolve("out");
        LossAccount account = chaos(out, "careless").account(Duration.ofMinutes(1), count -> {
            count.expectCount(LINES);
            count.sawLines(out, Long::parseLong);
        });
        assertThatThrownBy(account::assertNothingMissing).hasMessageStartingWith("events were lost: expected " + LINES);
    }

    private static ChaosRun chaos(Path out, String... more) {
        List<String> args = new ArrayList<>(List.of(out.toString()));
        args.addAll(List.of(more));
        return ChaosRun.of(() -> PumpProcess.main(Writer.class)
                        .args(args.toArray(new String[0]))
                        .start())
                .kills(5)
                .from("from ")
                .livesBetween(Duration.ofMillis(5), Duration.ofMillis(60))
                .seed(1);
    }

    @Test
    void leavesTheLastOneAlive() {
        List<PumpProcess> lives = new ArrayList<>();
        PumpProcess last = ChaosRun.of(() -> {
                    PumpProcess process =
                            PumpProcess.command("sleep").args("600").start();
                    lives.add(process);
                    return process;
                })
                .kills(3)
                .livesBetween(Duration.ZERO, Duration.ofMillis(20))
                .run();
        try (last) {
            assertThat(last.isAlive()).isTrue();
            assertThat(lives).hasSize(4).last().isSameAs(last);
            assertThat(lives.subList(0, 3)).allSatisfy(dead -> assertThat(dead.awaitExit(Duration.ZERO))
                    .isEqualTo(137));
        }
    }

    @Test
    void aProcessThatEndsBeforeItsKillIsNoProof() {
        ChaosRun chaos = ChaosRun.of(() ->
                        PumpProcess.command("sh").args("-c", "echo bye; exit 4").start())
                .livesBetween(Duration.ofSeconds(20), Duration.ofSeconds(20))
                .kills(2)
                .seed(99);
        assertThatThrownBy(chaos::run)
                .isInstanceOf(AssertionError.class)
                .hasMessage("ended with exit code 4 before kill 1 of 2 (seed 99), give it more to do; "
                        + "its last lines:\n  bye");
    }

    @Test
    void theCleanRunMustEndWell() {
        ChaosRun chaos = ChaosRun.of(
                        () -> PumpProcess.command("sh").args("-c", "exit 1").start())
                .kills(0)
                .seed(5);
        assertThatThrownBy(() -> chaos.account(Duration.ofSeconds(20), count -> {}))
                .hasMessage("the clean run after 0 kills ended with exit code 1 (seed 5); it printed nothing");
    }

    @Test
    void refusesNonsense() {
        ChaosRun chaos = ChaosRun.of(() -> PumpProcess.command("true").start());
        assertThatThrownBy(() -> chaos.kills(-1)).hasMessage("kills must not be negative, was -1");
        assertThatThrownBy(() -> chaos.livesBetween(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .hasMessage("lives must be between 0 or more and something longer, were between PT2S and PT1S");
    }
}
