package io.bspump;

/**
 * A pipeline with {@code delivery = exactly_once} cannot go on from where it is: another one has gone on from the same
 * positions, or it is not known whether a transaction was committed. The pipeline abandons what is in flight and reads again
 * from the stored positions, so that no event is lost or there twice.
 */
public final class RewindException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public RewindException(String message) {
        super(message);
    }

    public RewindException(String message, Throwable cause) {
        super(message, cause);
    }
}
