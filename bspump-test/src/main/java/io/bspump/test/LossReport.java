package io.bspump.test;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What a {@link LossAccount} amounts to. The lists name the first few runs of numbers, in order.
 *
 * @param expected how many numbers were expected
 * @param seen how many different numbers were seen, expected or not
 * @param missing how many expected numbers were not seen
 * @param missingRanges which
 * @param duplicates how many sightings there were beyond the first of each number
 * @param duplicateRanges which numbers were seen more than once
 * @param unexpected how many different numbers were seen and not expected
 * @param unexpectedRanges which
 */
public record LossReport(
        long expected,
        long seen,
        long missing,
        List<Range> missingRanges,
        long duplicates,
        List<Range> duplicateRanges,
        long unexpected,
        List<Range> unexpectedRanges) {

    /** How many runs are named. */
    static final int NAMED = 10;

    /**
     * Consecutive numbers.
     *
     * @param first the first of them
     * @param last the last of them
     */
    public record Range(long first, long last) {

        /** {@code 7} or {@code 7..9}. */
        @Override
        public String toString() {
            return first == last ? Long.toString(first) : first + ".." + last;
        }
    }

    /** Takes copies of the lists. */
    public LossReport {
        missingRanges = List.copyOf(missingRanges);
        duplicateRanges = List.copyOf(duplicateRanges);
        unexpectedRanges = List.copyOf(unexpectedRanges);
    }

    /** {@code expected 10, seen 9, missing 2 (3, 7), duplicates 0, unexpected 1 (42)}. */
    @Override
    public String toString() {
        return "expected " + expected + ", seen " + seen + ", missing " + missing + named(missingRanges)
                + ", duplicates " + duplicates + named(duplicateRanges) + ", unexpected " + unexpected
                + named(unexpectedRanges);
    }

    private static String named(List<Range> ranges) {
        if (ranges.isEmpty()) {
            return "";
        }
        String first = ranges.stream().map(Range::toString).collect(Collectors.joining(", "));
        return " (" + first + (ranges.size() == NAMED ? ", ..." : "") + ")";
    }
}
