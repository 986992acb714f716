package io.bspump.mqtt;

/** Another client with the same client id has pushed this one out, or seems to. */
final class TakenOverException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TakenOverException(String message, Throwable cause) {
        super(message, cause);
    }
}
