package io.bspump.postgresql;

/** A slot, a publication or what comes out of them cannot be used, and waiting does not help. */
final class SlotException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SlotException(String message) {
        super(message);
    }

    SlotException(String message, Throwable cause) {
        super(message, cause);
    }
}
