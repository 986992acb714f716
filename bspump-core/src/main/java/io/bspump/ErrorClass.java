package io.bspump;

/** What an error of a {@link Connection} means for the next attempt. */
public enum ErrorClass {
    /** It may go away by itself: tried again for ever, with growing delays. What is unknown is transient. */
    TRANSIENT,
    /** The credentials were refused: tried again every {@code auth_retry_delay}, so that no account is locked. */
    AUTHENTICATION,
    /** It cannot work as configured: not tried again until it is changed, or until somebody asks for it. */
    CONFIGURATION
}
