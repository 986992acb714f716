package io.bspump.crypto;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Hashes events by one algorithm, one after the other. */
final class Digests {

    /** What the JDK has of what one asks for. */
    static final String[] NAMES = {
        "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512", "md5"
    };

    private final MessageDigest digest;

    /** @param name one of {@link #NAMES}, in any case of letters */
    Digests(String name) {
        try {
            digest = MessageDigest.getInstance(algorithm(name));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK cannot hash by " + name, e);
        }
    }

    private static String algorithm(String name) {
        String lower = name.toLowerCase(java.util.Locale.ROOT);
        return lower.startsWith("sha3_") ? "SHA3-" + lower.substring(5) : lower.replace("sha", "SHA-");
    }

    /** Returns the hash of bytes, or of a text in UTF-8, in hexadecimal digits. */
    String hex(Object event) {
        return HexFormat.of().formatHex(digest.digest(bytes(event)));
    }

    private static byte[] bytes(Object event) {
        if (event instanceof byte[] bytes) {
            return bytes;
        }
        if (event instanceof String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        throw new IllegalArgumentException("the event must be a byte[] or a String, was a "
                + event.getClass().getName());
    }
}
