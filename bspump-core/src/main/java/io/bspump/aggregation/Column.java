package io.bspump.aggregation;

import org.jspecify.annotations.Nullable;

/** Sum, least and greatest of some numbers: exact as long as all are whole and fit in 64 bits, decimal from then on. */
final class Column {

    private long count;
    private boolean whole = true;

    // Of whole numbers.
    private long sum;
    private long min = Long.MAX_VALUE;
    private long max = Long.MIN_VALUE;

    // Of others.
    private double decimalSum;
    private double decimalMin;
    private double decimalMax;

    void add(Number number) {
        if (whole && (number instanceof Long || number instanceof Integer)) {
            long value = number.longValue();
            if (fits(value)) {
                merge(1, value, value, value);
                return;
            }
        }
        double value = number.doubleValue();
        mergeDecimals(1, value, value, value);
    }

    void merge(Column other) {
        if (other.count == 0) {
            return;
        }
        if (whole && other.whole && fits(other.sum)) {
            merge(other.count, other.sum, other.min, other.max);
        } else {
            mergeDecimals(
                    other.count,
                    other.whole ? other.sum : other.decimalSum,
                    other.whole ? other.min : other.decimalMin,
                    other.whole ? other.max : other.decimalMax);
        }
    }

    private boolean fits(long more) {
        long result = sum + more;
        return ((sum ^ result) & (more ^ result)) >= 0;
    }

    private void merge(long more, long moreSum, long least, long greatest) {
        count += more;
        sum += moreSum;
        min = Math.min(min, least);
        max = Math.max(max, greatest);
    }

    private void mergeDecimals(long more, double moreSum, double least, double greatest) {
        if (whole) {
            whole = false;
            decimalSum = sum;
            decimalMin = count == 0 ? Double.POSITIVE_INFINITY : min;
            decimalMax = count == 0 ? Double.NEGATIVE_INFINITY : max;
        }
        count += more;
        decimalSum += moreSum;
        decimalMin = Math.min(decimalMin, least);
        decimalMax = Math.max(decimalMax, greatest);
    }

    Number sum() {
        return whole ? (Number) sum : (Number) decimalSum;
    }

    @Nullable
    Number min() {
        return count == 0 ? null : whole ? (Number) min : (Number) decimalMin;
    }

    @Nullable
    Number max() {
        return count == 0 ? null : whole ? (Number) max : (Number) decimalMax;
    }

    @Nullable
    Number average() {
        return count == 0 ? null : (Number) ((whole ? (double) sum : decimalSum) / count);
    }
}
