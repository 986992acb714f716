package io.bspump;

/** A connection was to take the place of another one and did not connect; the message says why, without secrets. */
public final class NotConnectedException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    NotConnectedException(String message) {
        super(message);
    }
}
