package io.bspump.postgresql;

import io.bspump.Emission;
import java.util.Map;

/** A notification on its way through the pipeline. */
final class Notice extends Emission<String> {

    /** What one costs beside its payload, about. */
    private static final long OVERHEAD = 200;

    private final String channel;
    private final int pid;

    Notice(String payload, String channel, int pid) {
        super(null, payload, size(payload));
        this.channel = channel;
        this.pid = pid;
    }

    static long size(String payload) {
        return OVERHEAD + 2L * payload.length();
    }

    @Override
    protected Map<String, Object> values() {
        return Map.of("postgresql_channel", channel, "postgresql_pid", pid);
    }
}
