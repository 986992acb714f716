package io.bspump.kafka;

/** A record that cannot be sent, as long as it, or something at the brokers, stays as it is. */
final class RefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
        super(message);
    }

    RefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
