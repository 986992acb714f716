package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LossAccountTest {

    private final LossAccount account = new LossAccount();

    @Test
    void everythingSeenOnceIsExactlyOnce() {
        account.expect(1, 3);
        List.of(3L, 1L, 2L).forEach(account::saw);
        account.assertExactlyOnce();
        assertThat(account).hasToString("expected 3, seen 3, missing 0, duplicates 0, unexpected 0");
    }

    @Test
    void namesWhatIsMissing() {
        account.expect(1, 10);
        List.of(1L, 2L, 4L, 5L, 6L, 10L).forEach(account::saw);
        assertThatThrownBy(account::assertNothingMissing)
                .isInstanceOf(AssertionError.class)
                .hasMessage("events were lost: expected 10, seen 6, missing 4 (3, 7..9), duplicates 0, unexpected 0");
    }

    @Test
    void duplicatesAreCountedAndOnlyExactlyOnceMindsThem() {
        account.expect(1, 3);
        List.of(1L, 2L, 2L, 2L, 3L, 3L).forEach(account::saw);
        account.assertNothingMissing();
        assertThatThrownBy(account::assertExactlyOnce)
                .hasMessage("events came more than once: "
                        + "expected 3, seen 3, missing 0, duplicates 3 (2..3), unexpected 0");
    }

    @Test
    void numbersFromNowhereAreNamed() {
        account.expect(1);
        List.of(1L, -5L, Long.MAX_VALUE, Long.MIN_VALUE).forEach(account::saw);
        assertThatThrownBy(account::assertNothingMissing)
                .hasMessage("events came that nobody sent: expected 1, seen 4, missing 0, duplicates 0, unexpected 3 ("
                        + Long.MIN_VALUE + ", -5, " + Long.MAX_VALUE + ")");
    }

    @Test
    void expectingNothingProvesNothing() {
        account.expectCount(0);
        assertThatThrownBy(account::assertNothingMissing).hasMessageStartingWith("nothing was expected: ");
    }

    @Test
    void namesOnlyTheFirstRuns() {
        account.expectCount(40);
        for (long odd = 1; odd < 40; odd += 2) {
            account.saw(odd);
        }
        assertThat(account.report().missing()).isEqualTo(20);
        assertThat(account.report().toString()).contains("missing 20 (0, 2, 4, 6, 8, 10, 12, 14, 16, 18, ...)");
    }

    @Test
    void runsGoOnAcrossPages() {
        account.expect(-70_000, 200_000);
        account.saw(100);
        assertThat(account.report().missingRanges())
                .containsExactly(new LossReport.Range(-70_000, 99), new LossReport.Range(101, 200_000));
        assertThat(account.report().missing()).isEqualTo(270_000);
    }

    @Test
    void takesTheEndsOfTheNumberLine() {
        account.expect(Long.MAX_VALUE - 1, Long.MAX_VALUE);
        account.expect(Long.MIN_VALUE, Long.MIN_VALUE + 1);
        assertThat(account.report().missingRanges())
                .containsExactly(
                        new LossReport.Range(Long.MIN_VALUE, Long.MIN_VALUE + 1),
                        new LossReport.Range(Long.MAX_VALUE - 1, Long.MAX_VALUE));
    }

    @Test
    void refusesRangesThatCannotBeMeant() {
        assertThatThrownBy(() -> account.expect(5, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected numbers must be 1 to 4294967296 in a row, were 5 to 4");
        assertThatThrownBy(() -> account.expect(Long.MIN_VALUE, Long.MAX_VALUE))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> account.expectCount(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void agreesWithAPlainSetOnRandomNumbers() {
        Random random = new Random(7);
        Set<Long> expected = new TreeSet<>();
        Set<Long> seen = new HashSet<>();
        long duplicates = 0;
        for (int i = 0; i < 20_000; i++) {
            long in = random.nextLong(-100_000, 300_000);
            long out = random.nextLong(-100_000, 300_000);
            account.expect(in);
            expected.add(in);
            account.saw(out);
            duplicates += seen.add(out) ? 0 : 1;
        }
        account.expect(1000, 90_000);
        for (long n = 1000; n <= 90_000; n++) {
            expected.add(n);
        }
        LossReport report = account.report();
        Set<Long> unexpected = new HashSet<>(seen);
        unexpected.removeAll(expected);
        Set<Long> missing = new TreeSet<>(expected);
        missing.removeAll(seen);
        assertThat(report.expected()).isEqualTo(expected.size());
        assertThat(report.seen()).isEqualTo(seen.size());
        assertThat(report.duplicates()).isEqualTo(duplicates);
        assertThat(report.unexpected()).isEqualTo(unexpected.size());
        assertThat(report.missing()).isEqualTo(missing.size());
        assertThat(report.missingRanges().get(0).first())
                .isEqualTo(missing.iterator().next());
    }

    @Test
    void tenMillionNumbersTakeLittleMemory() {
        account.expect(1, 10_000_000);
        for (long n = 1; n <= 10_000_000; n++) {
            account.saw(n);
        }
        account.assertExactlyOnce();
    }

    @Test
    void severalThreadsMayReport() throws Exception {
        int threads = 4;
        int each = 100_000;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            CountDownLatch go = new CountDownLatch(1);
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                long first = (long) t * each;
                all.add(pool.submit(() -> {
                    go.await();
                    for (long n = first; n < first + each; n++) {
                        account.expect(n);
                        account.saw(n);
                        account.saw(0);
                    }
                    return true;
                }));
            }
            go.countDown();
            for (Future<?> done : all) {
                done.get();
            }
        } finally {
            pool.shutdownNow();
        }
        account.assertNothingMissing();
        assertThat(account.report().seen()).isEqualTo((long) threads * each);
        assertThat(account.report().duplicates()).isEqualTo((long) threads * each);
    }

    @Test
    void readsNumbersFromLines(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("out"), "n=1\n\nn=3\n");
        account.expect(1, 3);
        account.sawLines(file, line -> Long.parseLong(line.substring(2)));
        assertThat(account.report().missingRanges()).containsExactly(new LossReport.Range(2, 2));
    }

    @Test
    void namesTheLineWithoutANumber(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("out"), "1\n2\noops\n");
        assertThatThrownBy(() -> account.sawLines(file, Long::parseLong))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(file + ":3 must have a number, was 'oops'");
    }

    @Test
    void namesTheFileThatCannotBeRead(@TempDir Path directory) {
        Path file = directory.resolve("none");
        assertThatThrownBy(() -> account.sawLines(file, Long::parseLong))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("cannot read " + file);
    }
}
