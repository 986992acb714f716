package io.bspump.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Encrypts texts with a key that lies in a file of its own, made when it is first needed. Not for use by many threads. */
final class SecretBox {

    private static final int KEY_SIZE = 32;
    private static final int IV_SIZE = 12;
    private static final int TAG_BITS = 128;

    private final Path keyFile;
    private final SecureRandom random = new SecureRandom();
    private byte @Nullable [] key;

    SecretBox(Path keyFile) {
        this.keyFile = keyFile;
    }

    /**
     * Encrypts.
     *
     * @param context what the text belongs to; only with the same one can it be decrypted
     */
    String seal(String text, String context) throws IOException {
        byte[] iv = new byte[IV_SIZE];
        random.nextBytes(iv);
        byte[] sealed = crypt(
                Cipher.ENCRYPT_MODE, present() ? key() : newKey(), iv, text.getBytes(StandardCharsets.UTF_8), context);
        byte[] all = Arrays.copyOf(iv, IV_SIZE + sealed.length);
        System.arraycopy(sealed, 0, all, IV_SIZE, sealed.length);
        return Base64.getEncoder().encodeToString(all);
    }

    /** Decrypts what {@link #seal} has made. */
    String open(String sealed, String context) throws IOException {
        byte[] all;
        try {
            all = Base64.getDecoder().decode(sealed);
        } catch (IllegalArgumentException e) {
            throw new IOException("an encrypted value is not Base64", e);
        }
        if (all.length < IV_SIZE) {
            throw new IOException("an encrypted value is too short");
        }
        if (!present()) {
            throw new IOException("the key to its encrypted values is missing, it was in '" + keyFile + "'");
        }
        byte[] text = crypt(
                Cipher.DECRYPT_MODE,
                key(),
                Arrays.copyOf(all, IV_SIZE),
                Arrays.copyOfRange(all, IV_SIZE, all.length),
                context);
        return new String(text, StandardCharsets.UTF_8);
    }

    private byte[] crypt(int mode, byte[] secret, byte[] iv, byte[] text, String context) throws IOException {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, new SecretKeySpec(secret, "AES"), new GCMParameterSpec(TAG_BITS, iv));
            cipher.updateAAD(context.getBytes(StandardCharsets.UTF_8));
            return cipher.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IOException(
                    "an encrypted value was changed, or was encrypted with another key than that in '" + keyFile + "'",
                    e);
        }
    }

    private boolean present() {
        return key != null || Files.exists(keyFile);
    }

    private byte[] key() throws IOException {
        if (key != null) {
            return key;
        }
        try {
            byte[] read = Base64.getDecoder().decode(Files.readString(keyFile).strip());
            if (read.length != KEY_SIZE) {
                throw new IOException("'" + keyFile + "' must hold a key of " + KEY_SIZE + " bytes in Base64");
            }
            key = read;
            return read;
        } catch (IllegalArgumentException e) {
            throw new IOException("'" + keyFile + "' must hold a key of " + KEY_SIZE + " bytes in Base64", e);
        }
    }

    private byte[] newKey() throws IOException {
        byte[] fresh = new byte[KEY_SIZE];
        random.nextBytes(fresh);
        String text = Base64.getEncoder().encodeToString(fresh) + "\n";
        PrivateFile.write(keyFile, text.getBytes(StandardCharsets.UTF_8));
        key = fresh;
        return fresh;
    }
}
