package io.bspump.config;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Decides how much of a value may be seen. Knows the texts of all secrets. Thread-safe. */
final class Redactor {

    static final String MASK = "***";

    private static final int SHOWN_LENGTH = 100;
    private static final int SEARCHED_LENGTH = 10 * SHOWN_LENGTH;
    private static final int MESSAGE_LENGTH = 10_000;
    private static final int DISTINCTIVE_LENGTH = 4;
    private static final Pattern PARAMETER = Pattern.compile(
            "((?:passw|passphrase|pwd|secret|token|api_?key)\\w*+\\s*+[=:]\\s*+)(?:\"[^\"]*+\"?|'[^']*+'?|[^\\s&;,]+)",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern WORD = Pattern.compile("\\S++");
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    private final Set<String> secrets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger longest = new AtomicInteger();

    void learn(String secret) {
        if (!secret.isBlank()) {
            secrets.add(secret);
            longest.accumulateAndGet(secret.length(), Math::max);
        }
    }

    /** The value in one line, or {@code ***}. */
    String show(Value value) {
        return value.secret() || hidesSecret(value.text()) ? MASK : shorten(mask(value.text()));
    }

    /** The value as it stands, or with {@code ***} for what is secret in it. */
    String whole(Value value) {
        String text = value.text();
        boolean hides = value.secret()
                || secrets.contains(text)
                || secrets.stream().anyMatch(secret -> secret.length() >= DISTINCTIVE_LENGTH && text.contains(secret));
        return hides ? MASK : PARAMETER.matcher(withoutUserInfo(text)).replaceAll("$1" + MASK);
    }

    /** How many secrets are known; what may be seen does not change as long as this does not. */
    int secrets() {
        return secrets.size();
    }

    private boolean hidesSecret(String text) {
        // Secrets that start behind what is shown need not be looked for.
        String start = text.substring(0, Math.min(text.length(), SEARCHED_LENGTH + longest.get()));
        // A secret of one or two letters is inside almost every text; that would hide what people need to see.
        return secrets.stream()
                .anyMatch(
                        secret -> secret.length() < DISTINCTIVE_LENGTH ? text.equals(secret) : start.contains(secret));
    }

    private static String mask(String text) {
        String masked = withoutUserInfo(text);
        String start = masked.substring(0, Math.min(masked.length(), SEARCHED_LENGTH));
        return PARAMETER.matcher(start).replaceAll("$1" + MASK);
    }

    /** A text from elsewhere, such as the message of a driver, with stars for every secret that stands in it. */
    String mask(String text, int limit) {
        String masked = text.substring(0, Math.min(text.length(), MESSAGE_LENGTH));
        for (String secret : byLength()) {
            masked = masked.replace(secret, MASK);
            masked = masked.replace(URLEncoder.encode(secret, StandardCharsets.UTF_8), MASK);
        }
        masked = WORD.matcher(masked).replaceAll(word -> Matcher.quoteReplacement(withoutUrlUser(word.group())));
        masked = PARAMETER.matcher(masked).replaceAll("$1" + MASK);
        String start = masked.length() > limit ? masked.substring(0, limit) + "..." : masked;
        return CONTROL.matcher(start.replace('\n', ' ').replace('\r', ' ')).replaceAll("?");
    }

    private static String withoutUrlUser(String word) {
        int scheme = word.indexOf("://");
        int at = word.lastIndexOf('@');
        return scheme < 0 || at < scheme ? word : word.substring(0, scheme + 3) + MASK + word.substring(at);
    }

    /** The longest first: a secret may be part of another one. */
    private List<String> byLength() {
        return secrets.stream()
                .filter(secret -> secret.length() >= DISTINCTIVE_LENGTH)
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    /** Hides what stands before an {@code @} if a colon in it says that it is a user with a password. */
    private static String withoutUserInfo(String text) {
        int at = text.lastIndexOf('@');
        int colon = text.indexOf(':');
        if (colon < 0 || colon > at) {
            return text;
        }
        boolean scheme = text.startsWith("://", colon);
        int start = scheme ? colon + 3 : Math.max(text.lastIndexOf('=', colon), text.lastIndexOf(' ', colon)) + 1;
        return text.substring(0, start) + MASK + text.substring(at);
    }

    private static String shorten(String text) {
        String shown = text.length() <= SHOWN_LENGTH ? text : text.substring(0, SHOWN_LENGTH) + "...";
        // Control characters could change what a terminal shows.
        return CONTROL.matcher(shown.replace("\n", "\\n").replace("\r", "\\r")).replaceAll("?");
    }
}
