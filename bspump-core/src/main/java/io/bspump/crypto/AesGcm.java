package io.bspump.crypto;

import io.bspump.config.Config;
import io.bspump.config.Option;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** AES in Galois/counter mode with one key. Not thread-safe: it belongs to one processor. */
final class AesGcm {

    static final Option KEY =
            Option.secret("key").required().doc("The key, 16, 24 or 32 bytes as hexadecimal digits or in Base64.");

    static final int IV_SIZE = 12;

    private static final int TAG_SIZE = 16;

    private final SecretKey key;
    private final Cipher cipher;
    // Given to the cipher, which would otherwise make one of its own, for each event.
    private final SecureRandom unused = Randoms.seeded();

    AesGcm(Config config) {
        if (!config.contains("key")) {
            throw config.invalid("key", "is required");
        }
        byte[] bytes = decode(config.getSecret("key").reveal());
        if (bytes == null || (bytes.length != 16 && bytes.length != 24 && bytes.length != 32)) {
            throw config.invalid("key", "must be 16, 24 or 32 bytes as hexadecimal digits or in Base64");
        }
        key = new SecretKeySpec(bytes, "AES");
        try {
            cipher = Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no AES/GCM", e);
        }
    }

    private static byte @Nullable [] decode(String text) {
        try {
            boolean hex = text.chars().allMatch(c -> Character.digit(c, 16) >= 0);
            return hex ? HexFormat.of().parseHex(text) : Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    byte[] encrypt(byte[] iv, byte[] bytes) throws GeneralSecurityException {
        cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG_SIZE * Byte.SIZE, iv), unused);
        byte[] out = Arrays.copyOf(iv, Math.addExact(IV_SIZE + TAG_SIZE, bytes.length));
        cipher.doFinal(bytes, 0, bytes.length, out, IV_SIZE);
        return out;
    }

    byte[] decrypt(byte[] bytes) throws GeneralSecurityException {
        if (bytes.length < IV_SIZE + TAG_SIZE) {
            throw new IllegalArgumentException("the event must have at least " + (IV_SIZE + TAG_SIZE)
                    + " bytes to be one that was encrypted, had " + bytes.length);
        }
        cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_SIZE * Byte.SIZE, bytes, 0, IV_SIZE), unused);
        try {
            return cipher.doFinal(bytes, IV_SIZE, bytes.length - IV_SIZE);
        } catch (AEADBadTagException e) {
            throw new IllegalArgumentException("the event was encrypted with another key, or was changed", e);
        }
    }
}
