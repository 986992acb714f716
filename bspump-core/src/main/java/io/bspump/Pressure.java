package io.bspump;

import org.jspecify.annotations.Nullable;

/** What a pipeline that feeds this one has said: it can send nothing before something settles here. Confined to the lane. */
final class Pressure {

    private Group.@Nullable End why;
    private long at;

    /** It was said when so many events had been taken in. */
    void set(Group.End reason, long taken) {
        why = reason;
        at = taken;
    }

    /** Forgets it if others have come since, for then who said it looks again; returns whether it did. */
    boolean endsWith(long taken) {
        if (why == null || at == taken) {
            return false;
        }
        why = null;
        return true;
    }

    void clear() {
        why = null;
    }

    Group.@Nullable End why() {
        return why;
    }
}
