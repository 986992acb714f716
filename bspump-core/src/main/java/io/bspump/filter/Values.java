package io.bspump.filter;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Compares values as people do: numbers by value, whatever their type. */
final class Values {

    private Values() {}

    static boolean equal(@Nullable Object one, @Nullable Object other) {
        if (one instanceof Number number && other instanceof Number otherNumber) {
            return compare(number, otherNumber) == 0;
        }
        return Objects.equals(one, other);
    }

    static boolean isAmong(@Nullable Object value, Object[] values) {
        for (Object each : values) {
            if (equal(value, each)) {
                return true;
            }
        }
        return false;
    }

    static int compare(Number one, Number other) {
        if (isWhole(one) && isWhole(other)) {
            return Long.compare(one.longValue(), other.longValue());
        }
        if (isBig(one) || isBig(other) || isWhole(one) != isWhole(other)) {
            return compareExactly(one, other);
        }
        return Double.compare(one.doubleValue(), other.doubleValue());
    }

    private static int compareExactly(Number one, Number other) {
        double oneDouble = one.doubleValue();
        double otherDouble = other.doubleValue();
        if (!Double.isFinite(oneDouble) || !Double.isFinite(otherDouble)) {
            return Double.compare(oneDouble, otherDouble);
        }
        return decimal(one).compareTo(decimal(other));
    }

    private static boolean isWhole(Number number) {
        return number instanceof Integer || number instanceof Long || number instanceof Short || number instanceof Byte;
    }

    private static boolean isBig(Number number) {
        return number instanceof BigInteger || number instanceof BigDecimal;
    }

    private static BigDecimal decimal(Number number) {
        if (number instanceof BigDecimal decimal) {
            return decimal;
        }
        if (number instanceof BigInteger integer) {
            return new BigDecimal(integer);
        }
        return isWhole(number) ? BigDecimal.valueOf(number.longValue()) : new BigDecimal(number.doubleValue());
    }
}
