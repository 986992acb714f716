package io.bspump.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Texts of the configuration as numbers, durations, sizes, lists and URLs; null stands for a text that is none. */
final class Units {

    // Longer texts are no number a person would write, and BigDecimal takes quadratic time for them.
    private static final int LONGEST = 64;

    private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]{1,19}");
    private static final Pattern DECIMAL = Pattern.compile("[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]{1,3})?");
    private static final Pattern QUANTITY = Pattern.compile("([+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+))([A-Za-z]*)");

    private static final BigDecimal NANOS = BigDecimal.valueOf(1_000_000_000L);
    private static final BigDecimal LONG_MAX = BigDecimal.valueOf(Long.MAX_VALUE);
    private static final BigDecimal LONG_MIN = BigDecimal.valueOf(Long.MIN_VALUE);

    private static final Map<String, BigDecimal> SECONDS = Map.ofEntries(
            Map.entry("ms", new BigDecimal("0.001")),
            Map.entry("", BigDecimal.ONE),
            Map.entry("s", BigDecimal.ONE),
            Map.entry("m", BigDecimal.valueOf(60)),
            Map.entry("h", BigDecimal.valueOf(3_600)),
            Map.entry("d", BigDecimal.valueOf(86_400)),
            Map.entry("D", BigDecimal.valueOf(86_400)),
            Map.entry("w", BigDecimal.valueOf(7 * 86_400L)),
            Map.entry("W", BigDecimal.valueOf(7 * 86_400L)),
            Map.entry("M", BigDecimal.valueOf(31 * 86_400L)),
            Map.entry("y", BigDecimal.valueOf(365 * 86_400L)),
            Map.entry("Y", BigDecimal.valueOf(365 * 86_400L)));

    private static final Map<String, BigDecimal> BYTES = Map.ofEntries(
            Map.entry("", BigDecimal.ONE),
            Map.entry("B", BigDecimal.ONE),
            Map.entry("k", BigDecimal.valueOf(1_000L)),
            Map.entry("K", BigDecimal.valueOf(1_000L)),
            Map.entry("kB", BigDecimal.valueOf(1_000L)),
            Map.entry("M", BigDecimal.valueOf(1_000_000L)),
            Map.entry("MB", BigDecimal.valueOf(1_000_000L)),
            Map.entry("G", BigDecimal.valueOf(1_000_000_000L)),
            Map.entry("GB", BigDecimal.valueOf(1_000_000_000L)),
            Map.entry("T", BigDecimal.valueOf(1_000_000_000_000L)),
            Map.entry("TB", BigDecimal.valueOf(1_000_000_000_000L)),
            Map.entry("KiB", BigDecimal.valueOf(1L << 10)),
            Map.entry("MiB", BigDecimal.valueOf(1L << 20)),
            Map.entry("GiB", BigDecimal.valueOf(1L << 30)),
            Map.entry("TiB", BigDecimal.valueOf(1L << 40)));

    private Units() {}

    static @Nullable Long integer(String text) {
        String number = text.strip();
        if (!INTEGER.matcher(number).matches()) {
            return null;
        }
        BigDecimal value = new BigDecimal(number);
        return value.compareTo(LONG_MIN) < 0 || value.compareTo(LONG_MAX) > 0 ? null : (Long) value.longValueExact();
    }

    static @Nullable Double number(String text) {
        String number = text.strip();
        if (number.length() > LONGEST || !DECIMAL.matcher(number).matches()) {
            return null;
        }
        double value = Double.parseDouble(number);
        return Double.isInfinite(value) ? null : (Double) value;
    }

    static @Nullable Boolean bool(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "1", "yes", "true", "on" -> Boolean.TRUE;
            case "0", "no", "false", "off" -> Boolean.FALSE;
            default -> null;
        };
    }

    static @Nullable Duration duration(String text) {
        BigDecimal seconds = quantity(text, SECONDS);
        if (seconds == null) {
            return null;
        }
        BigDecimal nanos = seconds.multiply(NANOS).setScale(0, RoundingMode.HALF_UP);
        return nanos.abs().compareTo(LONG_MAX) > 0 ? null : Duration.ofNanos(nanos.longValueExact());
    }

    static @Nullable Long size(String text) {
        BigDecimal bytes = quantity(text, BYTES);
        if (bytes == null || bytes.signum() < 0 || bytes.compareTo(LONG_MAX) > 0) {
            return null;
        }
        return bytes.stripTrailingZeros().scale() > 0 ? null : (Long) bytes.longValueExact();
    }

    private static @Nullable BigDecimal quantity(String text, Map<String, BigDecimal> units) {
        if (text.length() > LONGEST) {
            return null;
        }
        Matcher matcher = QUANTITY.matcher(text.replace(" ", "").strip());
        if (!matcher.matches()) {
            return null;
        }
        BigDecimal unit = units.get(matcher.group(2));
        return unit == null ? null : new BigDecimal(matcher.group(1)).multiply(unit);
    }

    /** A duration in the spelling that {@link #duration} reads. */
    static String format(Duration duration) {
        BigDecimal seconds = BigDecimal.valueOf(duration.getSeconds()).add(BigDecimal.valueOf(duration.getNano(), 9));
        return formatSeconds(seconds);
    }

    static String formatSeconds(BigDecimal seconds) {
        boolean small = seconds.abs().compareTo(BigDecimal.ONE) < 0 && seconds.signum() != 0;
        BigDecimal number = small ? seconds.movePointRight(3) : seconds;
        String digits = number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
        return digits + (small ? "ms" : "s");
    }

    /** One item a line if there are several lines, otherwise split at blanks and commas. */
    static List<String> list(String text) {
        boolean lines = text.indexOf('\n') >= 0;
        List<String> items = new ArrayList<>();
        for (String part : text.split(lines ? "\n" : "[\\s,]+", -1)) {
            String item = part.strip();
            if (lines && item.endsWith(",")) {
                item = item.substring(0, item.length() - 1).strip();
            }
            if (!item.isEmpty()) {
                items.add(item);
            }
        }
        return List.copyOf(items);
    }

    /** An absolute URL; a slash at the end of its path is dropped, as two spellings of one address should be one. */
    static @Nullable URI url(String text) {
        String address = withoutSlash(text.strip());
        try {
            URI uri = new URI(address);
            boolean rooted = uri.isAbsolute() && uri.getSchemeSpecificPart().startsWith("/");
            boolean placed =
                    !rooted || uri.getRawAuthority() != null || uri.getScheme().equals("file");
            return uri.isAbsolute() && placed ? uri : null;
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private static String withoutSlash(String address) {
        if (address.indexOf('?') >= 0 || address.indexOf('#') >= 0) {
            return address;
        }
        int end = address.length();
        while (end > 0 && address.charAt(end - 1) == '/') {
            end--;
        }
        return end > 0 && address.charAt(end - 1) == ':' ? address : address.substring(0, end);
    }
}
