package io.bspump.postgresql;

import java.util.Locale;

/** Places in the write-ahead log: numbers that grow, written as the server writes them, {@code 16/B374D848}. */
final class Lsn {

    private Lsn() {}

    static String text(long lsn) {
        return String.format(Locale.ROOT, "%X/%X", lsn >>> 32, lsn & 0xFFFF_FFFFL);
    }

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException if it is none
     */
    static long parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 1) {
            throw new IllegalArgumentException("'" + text + "' is no place in the write-ahead log");
        }
        try {
            return Long.parseUnsignedLong(text, 0, slash, 16) << 32
                    | Long.parseUnsignedLong(text, slash + 1, text.length(), 16);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is no place in the write-ahead log", e);
        }
    }
}
