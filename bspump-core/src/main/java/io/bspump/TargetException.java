package io.bspump;

import org.jspecify.annotations.Nullable;

/** An event could not end well in the pipeline that it was sent to. */
final class TargetException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TargetException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
