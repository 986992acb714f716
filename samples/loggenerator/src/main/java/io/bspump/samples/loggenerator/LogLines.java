package io.bspump.samples.loggenerator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Makes log lines of their numbers; the same number gives the same line. Each line holds its number as {@code n=}. */
final class LogLines {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);
    private static final String[] PATHS = {"/shop/items/", "/shop/cart/", "/api/v1/orders/", "/static/img/", "/blog/"};
    private static final int[] STATUS = {200, 200, 200, 200, 200, 200, 204, 301, 304, 400, 404, 404, 500, 503};
    private static final String[] AGENTS = {
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15",
        "curl/8.8.0",
        "an agent with \\\"quotes\\\" in its name"
    };
    private static final int HEALTH_CHECKS = 10;

    private final long start;
    private final long step;
    private final int brokenEvery;
    private long second = Long.MIN_VALUE;
    private String time = "";

    /**
     * @param step milliseconds between two lines
     * @param brokenEvery one line in so many is broken; 0 is none
     */
    LogLines(Instant start, long step, int brokenEvery) {
        this.start = start.toEpochMilli();
        this.step = step;
        this.brokenEvery = brokenEvery;
    }

    byte[] line(long n) {
        return text(n).getBytes(UTF_8);
    }

    private String text(long n) {
        if (brokenEvery > 0 && n % brokenEvery == brokenEvery - 1) {
            return broken(n);
        }
        long dice = mix(n);
        String request = n % HEALTH_CHECKS == 0
                ? "GET /health?n=" + n
                : (pick(dice, 4) == 0 ? "POST " : "GET ") + PATHS[pick(dice >>> 8, PATHS.length)]
                        + pick(dice >>> 16, 500) + "?n=" + n;
        return "203.0.113." + pick(dice >>> 24, 250) + " - "
                + (pick(dice >>> 32, 5) == 0 ? "user" + pick(dice, 90) : "-")
                + " [" + time(start + n * step) + "] \"" + request + " HTTP/1.1\" "
                + STATUS[pick(dice >>> 40, STATUS.length)] + " " + pick(dice >>> 20, 60_000)
                + (pick(dice >>> 36, 3) == 0 ? " \"-\" \"" : " \"https://www.example.org/\" \"")
                + AGENTS[pick(dice >>> 48, AGENTS.length)] + "\"";
    }

    private String broken(long n) {
        return switch (pick(mix(n), 3)) {
            case 0 -> "203.0.113.9 - - [" + time(start + n * step) + "] \"GET /cut?n=" + n;
            case 1 -> "kernel: out of memory n=" + n;
            default -> "203.0.113.9 - - [yesterday] \"GET /?n=" + n + " HTTP/1.1\" 200 5 \"-\" \"-\"";
        };
    }

    private String time(long millis) {
        if (millis / 1000 != second) {
            second = millis / 1000;
            time = TIME.format(Instant.ofEpochSecond(second));
        }
        return time;
    }

    private static int pick(long dice, int sides) {
        return (int) ((dice & 0xffff) % sides);
    }

    /** Spreads the bits of a number. */
    private static long mix(long n) {
        long bits = (n + 1) * 0x9e3779b97f4a7c15L;
        bits = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
        return bits ^ bits >>> 27;
    }
}
