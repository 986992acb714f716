package io.bspump.postgresql;

import io.bspump.ErrorClass;

/** None of several servers takes the client, or has the role that is wanted. */
final class NoServerException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    private final ErrorClass errorClass;

    NoServerException(String message, ErrorClass errorClass) {
        super(message);
        this.errorClass = errorClass;
    }

    ErrorClass errorClass() {
        return errorClass;
    }
}
