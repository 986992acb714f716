package io.bspump.crypto;

import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/** Randomness for keys and the like that never blocks. */
final class Randoms {

    private Randoms() {}

    /** Returns a generator that has its seed already, and so does not read the system's any more. */
    static SecureRandom seeded() {
        try {
            SecureRandom random = SecureRandom.getInstance("DRBG");
            random.nextBytes(new byte[1]);
            return random;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no DRBG", e);
        }
    }
}
