package io.bspump.test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.ToLongFunction;

/**
 * Accounts for numbered events: which numbers went in, which were read at the far end, and so which are missing, which came
 * more than once and which came from nowhere. A number takes a few bits: ten million in a row cost some megabytes.
 *
 * <p>Thread-safe: producers and consumers may report at the same time.
 *
 * <pre>{@code
 * LossAccount account = new LossAccount();
 * account.expect(1, 1_000_000);
 * account.sawLines(output, Long::parseLong);
 * account.assertNothingMissing();
 * }</pre>
 */
public final class LossAccount {

    private static final long MOST = 1L << 32;

    // All guarded by this.
    private final NumberSet expected = new NumberSet();
    private final NumberSet seen = new NumberSet();
    private final NumberSet repeated = new NumberSet();
    private long duplicates;

    /** Creates an account in which nothing is expected yet. */
    public LossAccount() {}

    /** Expects one number. */
    public synchronized void expect(long number) {
        expected.add(number);
    }

    /**
     * Expects all numbers from the first to the last, both included. May be called again for more.
     *
     * @throws IllegalArgumentException if the last is before the first, or they are more than 2^32
     */
    public synchronized void expect(long first, long last) {
        if (last < first || last - first < 0 || last - first >= MOST) {
            throw new IllegalArgumentException(
                    "expected numbers must be 1 to " + MOST + " in a row, were " + first + " to " + last);
        }
        expected.addAll(first, last);
    }

    /** Expects so many numbers, from 0 on. Does nothing for 0. */
    public void expectCount(long count) {
        if (count != 0) {
            expect(0, count - 1);
        }
    }

    /** Takes down that the number has come out at the far end. */
    public synchronized void saw(long number) {
        if (!seen.add(number)) {
            duplicates++;
            repeated.add(number);
        }
    }

    /**
     * Takes down the number in each line of a file of UTF-8 text. Empty lines do not count. A file whose writer was killed
     * may end in half a line: numbers of a fixed width, or something behind the number, tell it from a whole one.
     *
     * @param number finds the number in a line; throws if there is none
     * @throws IllegalArgumentException if it throws, naming the file, the line and its text
     * @throws UncheckedIOException if the file cannot be read
     */
    public void sawLines(Path file, ToLongFunction<String> number) {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            String line;
            for (int at = 1; (line = reader.readLine()) != null; at++) {
                if (!line.isEmpty()) {
                    saw(parse(file, at, line, number));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    private static long parse(Path file, int at, String line, ToLongFunction<String> number) {
        try {
            return number.applyAsLong(line);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(file + ":" + at + " must have a number, was '" + line + "'", e);
        }
    }

    /** Returns how the account stands now. */
    public synchronized LossReport report() {
        NumberSet missing = expected.minus(seen);
        NumberSet unexpected = seen.minus(expected);
        return new LossReport(
                expected.size(),
                seen.size(),
                missing.size(),
                missing.ranges(LossReport.NAMED),
                duplicates,
                repeated.ranges(LossReport.NAMED),
                unexpected.size(),
                unexpected.ranges(LossReport.NAMED));
    }

    /**
     * Asserts what "at least once" promises: every expected number was seen. Duplicates are allowed, numbers from nowhere
     * are not, and nothing at all being expected is a mistake of the test.
     *
     * @throws AssertionError with the whole report
     */
    public void assertNothingMissing() {
        LossReport report = report();
        require(report.expected() > 0, "nothing was expected", report);
        require(report.missing() == 0, "events were lost", report);
        require(report.unexpected() == 0, "events came that nobody sent", report);
    }

    /**
     * Asserts that every expected number was seen once and none besides.
     *
     * @throws AssertionError with the whole report
     */
    public void assertExactlyOnce() {
        assertNothingMissing();
        LossReport report = report();
        require(report.duplicates() == 0, "events came more than once", report);
    }

    private static void require(boolean condition, String rule, LossReport report) {
        if (!condition) {
            throw new AssertionError(rule + ": " + report);
        }
    }

    @Override
    public String toString() {
        return report().toString();
    }
}
