package io.bspump.samples.accesslog;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Arrays;

/**
 * Reads times like {@code 21/Nov/2026:03:14:53 +0100}. A log has many lines of the same second, so the last one is
 * remembered. Not thread-safe.
 */
final class LogTime {

    static final int LENGTH = 26;

    private static final String SHAPE = "00/AAA/0000:00:00:00 +0000";
    private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

    private byte[] last = new byte[LENGTH];
    private long seconds;

    /**
     * Returns the seconds since 1970.
     *
     * @throws DateTimeException if there is no such time
     */
    long read(byte[] line, int from) {
        if (!Arrays.equals(line, from, from + LENGTH, last, 0, LENGTH)) {
            byte[] text = Arrays.copyOfRange(line, from, from + LENGTH);
            seconds = parse(text);
            last = text;
        }
        return seconds;
    }

    private static long parse(byte[] text) {
        checkShape(text);
        int month = MONTHS.indexOf(new String(text, 3, 3, US_ASCII));
        if (month < 0 || month % 3 != 0) {
            throw new DateTimeException("there is no such month");
        }
        int hour = bounded(text, 12, 23);
        int minute = bounded(text, 15, 59);
        int second = bounded(text, 18, 60); // a leap second
        int zone = bounded(text, 22, 18) * 3600 + bounded(text, 24, 59) * 60;
        long day = LocalDate.of(two(text, 7) * 100 + two(text, 9), month / 3 + 1, two(text, 0))
                .toEpochDay();
        long local = day * 86_400 + hour * 3600L + minute * 60L + second;
        return text[21] == '-' ? local + zone : local - zone;
    }

    private static void checkShape(byte[] text) {
        for (int i = 0; i < LENGTH; i++) {
            char wanted = SHAPE.charAt(i);
            boolean fits =
                    switch (wanted) {
                        case '0' -> text[i] >= '0' && text[i] <= '9';
                        case 'A' -> text[i] >= 'A' && text[i] <= 'z';
                        case '+' -> text[i] == '+' || text[i] == '-';
                        default -> text[i] == wanted;
                    };
            if (!fits) {
                throw new DateTimeException("it has another form");
            }
        }
    }

    private static int bounded(byte[] text, int from, int max) {
        int number = two(text, from);
        if (number > max) {
            throw new DateTimeException("there is no such time");
        }
        return number;
    }

    private static int two(byte[] text, int from) {
        return (text[from] - '0') * 10 + text[from + 1] - '0';
    }
}
