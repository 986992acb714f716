package io.bspump.postgresql;

/** No connection of the pool became free in time. */
final class PoolExhaustedException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    PoolExhaustedException(String message, Throwable cause) {
        super(message, cause);
    }
}
