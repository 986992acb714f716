package io.bspump;

/** Where a {@link Connection} stands. */
public enum ConnectionState {
    /** Made, not started. */
    INITIALIZED(-1),
    /** An attempt is under way. */
    CONNECTING(0),
    /** Usable. */
    CONNECTED(1),
    /** The link went down; it is put away, and a new one is dialled at once if it had held for a while. */
    RECOVERING(0),
    /** Waits for the next attempt, or is disabled. */
    DISCONNECTED(-1),
    /** Was refused for its configuration or its credentials: not tried again, or rarely. */
    FAILED(-1),
    /** Being closed. */
    CLOSING(-1),
    /** Closed for good. */
    CLOSED(-1);

    private final int gauge;

    ConnectionState(int gauge) {
        this.gauge = gauge;
    }

    /** What the meter {@code bspump.connection.status} shows: 1 connected, 0 connecting, -1 disconnected. */
    public int gauge() {
        return gauge;
    }
}
