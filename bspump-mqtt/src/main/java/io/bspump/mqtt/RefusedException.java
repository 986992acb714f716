package io.bspump.mqtt;

/** The broker has refused something that is not the connection itself. */
final class RefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    RefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
