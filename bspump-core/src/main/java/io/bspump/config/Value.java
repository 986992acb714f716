package io.bspump.config;

/**
 * One value of one key.
 *
 * @param secret true if it must not be shown
 * @param broken true if it could not be expanded; the problem has been recorded, and the text means nothing
 */
record Value(String text, Origin origin, boolean secret, boolean broken) {

    static Value of(String text, Origin origin) {
        return new Value(text, origin, false, false);
    }

    Value asSecret() {
        return new Value(text, origin, true, broken);
    }

    /** Without the text, which may be secret. */
    @Override
    public String toString() {
        return "value of " + origin;
    }
}
