package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.ConnectionTransitions.Signal;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every state meets every signal, and the whole table stands here as people read it. */
class ConnectionTransitionsTest {

    @Test
    void everyStateMeetsEverySignal() {
        List<String> table = new ArrayList<>();
        for (ConnectionState state : ConnectionState.values()) {
            StringBuilder row = new StringBuilder(String.format("%-12s", state));
            for (Signal signal : Signal.values()) {
                ConnectionState next = ConnectionTransitions.after(state, signal);
                row.append(String.format(" %-12s", next == null ? "-" : next));
            }
            table.add(row.toString().stripTrailing());
        }
        assertThat(table)
                .containsExactly(
                        //           DIAL         UP           WAIT         REFUSE       LOSE         DISABLE      CLOSE
                        //        END
                        "INITIALIZED  CONNECTING   -            -            -            -            DISCONNECTED CLOSING      -",
                        "CONNECTING   -            CONNECTED    DISCONNECTED FAILED       -            DISCONNECTED CLOSING      -",
                        "CONNECTED    -            -            -            -            RECOVERING   DISCONNECTED CLOSING      -",
                        "RECOVERING   -            CONNECTED    DISCONNECTED FAILED       -            DISCONNECTED CLOSING      -",
                        "DISCONNECTED CONNECTING   -            -            -            -            DISCONNECTED CLOSING      -",
                        "FAILED       CONNECTING   -            -            -            -            DISCONNECTED CLOSING      -",
                        "CLOSING      -            -            -            -            -            -            -            CLOSED",
                        "CLOSED       -            -            -            -            -            -            -            -");
    }
}
