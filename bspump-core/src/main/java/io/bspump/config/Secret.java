package io.bspump.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A text that must not be seen: a password, a token, a key. It prints as {@code ***}, is not serializable, and compares in
 * constant time. Immutable.
 */
public final class Secret {

    private static final String MASK = "***";

    private final String text;

    private Secret(String text) {
        this.text = text;
    }

    /** Hides a text. */
    public static Secret of(String text) {
        return new Secret(Objects.requireNonNull(text, "text"));
    }

    /** The text itself, for the one place that hands it to a driver. */
    public String reveal() {
        return text;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Secret secret && MessageDigest.isEqual(bytes(), secret.bytes());
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return MASK;
    }

    private byte[] bytes() {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
