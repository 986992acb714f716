package io.bspump;

import static io.bspump.ConnectionState.CLOSED;
import static io.bspump.ConnectionState.CLOSING;
import static io.bspump.ConnectionState.CONNECTED;
import static io.bspump.ConnectionState.CONNECTING;
import static io.bspump.ConnectionState.DISCONNECTED;
import static io.bspump.ConnectionState.FAILED;
import static io.bspump.ConnectionState.INITIALIZED;
import static io.bspump.ConnectionState.RECOVERING;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which state of a connection follows which, the one place that says so. */
final class ConnectionTransitions {

    /** What happens to a connection. */
    enum Signal {
        /** An attempt begins. */
        DIAL,
        /** The attempt succeeded. */
        UP,
        /** The next attempt has to wait. */
        WAIT,
        /** It was refused for good, or for long. */
        REFUSE,
        /** The link went down. */
        LOSE,
        /** Somebody switched it off. */
        DISABLE,
        /** Somebody closes it. */
        CLOSE,
        /** Everything has been given back. */
        END
    }

    private static final Map<ConnectionState, Map<Signal, ConnectionState>> TABLE = new EnumMap<>(Map.of(
            INITIALIZED, Map.of(Signal.DIAL, CONNECTING, Signal.DISABLE, DISCONNECTED, Signal.CLOSE, CLOSING),
            CONNECTING, dialling(),
            RECOVERING, dialling(),
            CONNECTED, Map.of(Signal.LOSE, RECOVERING, Signal.DISABLE, DISCONNECTED, Signal.CLOSE, CLOSING),
            DISCONNECTED, waiting(),
            FAILED, waiting(),
            CLOSING, Map.of(Signal.END, CLOSED),
            CLOSED, Map.of()));

    private ConnectionTransitions() {}

    private static Map<Signal, ConnectionState> dialling() {
        return Map.of(
                Signal.UP, CONNECTED,
                Signal.WAIT, DISCONNECTED,
                Signal.REFUSE, FAILED,
                Signal.DISABLE, DISCONNECTED,
                Signal.CLOSE, CLOSING);
    }

    private static Map<Signal, ConnectionState> waiting() {
        return Map.of(Signal.DIAL, CONNECTING, Signal.DISABLE, DISCONNECTED, Signal.CLOSE, CLOSING);
    }

    /** The state after the signal; null if the signal means nothing in this state. */
    static @Nullable ConnectionState after(ConnectionState state, Signal signal) {
        return TABLE.getOrDefault(state, Map.of()).get(signal);
    }
}
