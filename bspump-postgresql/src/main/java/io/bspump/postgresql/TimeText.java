package io.bspump.postgresql;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;

/**
 * Dates and times in the text form of {@code DateStyle = ISO}: {@code 2026-01-31 12:00:00.123456+02}. Years before 1 or after
 * 9999 and {@code infinity} are refused.
 */
final class TimeText {

    private static final int DATE = 10;
    private static final int SECONDS = 8;
    private static final int NANOS = 9;

    private TimeText() {}

    static LocalDate date(String text) {
        require(text.length() == DATE);
        return date(text, 0);
    }

    static LocalTime time(String text) {
        return time(text, 0, text.length());
    }

    static OffsetTime offsetTime(String text) {
        int offset = offsetAt(text, 0);
        return time(text, 0, offset).atOffset(offset(text, offset));
    }

    static LocalDateTime timestamp(String text) {
        return timestamp(text, text.length());
    }

    static Instant instant(String text) {
        int offset = offsetAt(text, DATE);
        return timestamp(text, offset).toInstant(offset(text, offset));
    }

    private static LocalDateTime timestamp(String text, int end) {
        require(end > DATE && text.charAt(DATE) == ' ');
        return LocalDateTime.of(date(text, 0), time(text, DATE + 1, end));
    }

    private static LocalDate date(String text, int from) {
        require(text.charAt(from + 4) == '-' && text.charAt(from + 7) == '-');
        return LocalDate.of(
                number(text, from, from + 4), number(text, from + 5, from + 7), number(text, from + 8, from + 10));
    }

    private static LocalTime time(String text, int from, int end) {
        require(text.charAt(from + 2) == ':' && text.charAt(from + 5) == ':');
        return LocalTime.of(
                number(text, from, from + 2),
                number(text, from + 3, from + 5),
                number(text, from + 6, from + 8),
                nanos(text, from + SECONDS, end));
    }

    private static int nanos(String text, int from, int end) {
        if (from == end) {
            return 0;
        }
        require(text.charAt(from) == '.' && end - from - 1 <= NANOS);
        int nanos = number(text, from + 1, end);
        for (int digits = end - from - 1; digits < NANOS; digits++) {
            nanos *= 10;
        }
        return nanos;
    }

    private static int offsetAt(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) == '+' || text.charAt(i) == '-') {
                return i;
            }
        }
        throw new IllegalArgumentException("a time has no offset");
    }

    /** {@code +02}, {@code -05:30} or {@code +01:23:45}. */
    private static ZoneOffset offset(String text, int from) {
        int sign = text.charAt(from) == '-' ? -1 : 1;
        int seconds = 0;
        int unit = 3600;
        for (int at = from + 1; at < text.length(); at += 3) {
            require(at == from + 1 || text.charAt(at - 1) == ':');
            seconds += unit * number(text, at, at + 2);
            unit /= 60;
        }
        return ZoneOffset.ofTotalSeconds(sign * seconds);
    }

    private static int number(String text, int from, int end) {
        int number = 0;
        for (int i = from; i < end; i++) {
            int digit = text.charAt(i) - '0';
            require(digit >= 0 && digit <= 9);
            number = number * 10 + digit;
        }
        return number;
    }

    private static void require(boolean usual) {
        if (!usual) {
            throw new IllegalArgumentException("a date or time has another form than usual");
        }
    }
}
