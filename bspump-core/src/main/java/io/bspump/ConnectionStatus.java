package io.bspump;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a {@link Connection} at one moment.
 *
 * @param state where it stands
 * @param since since when
 * @param attempt how many attempts were begun since it was started or was last connected, with the one under way; when it
 *     is connected, how many it took
 * @param nextAttemptAt when the next attempt is due; null if none is
 * @param lastError why it is not connected; null if it is, or if nothing has failed yet
 * @param lastConnected when it was last connected; null if never
 * @param lastDisconnected when it last went down, be it lost or closed; null if never
 * @param generation the number of its link: that of the present attempt, or of the last one; 0 before the first
 */
public record ConnectionStatus(
        ConnectionState state,
        Instant since,
        int attempt,
        @Nullable Instant nextAttemptAt,
        @Nullable Failure lastError,
        @Nullable Instant lastConnected,
        @Nullable Instant lastDisconnected,
        long generation) {

    /**
     * An error of a connection.
     *
     * @param errorClass what it means for the next attempt
     * @param message what happened, without secrets
     */
    public record Failure(ErrorClass errorClass, String message) {}

    /** Tells whether it is usable. */
    public boolean isConnected() {
        return state == ConnectionState.CONNECTED;
    }
}
