package io.bspump.postgresql;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a replication stream says, one after the other. */
sealed interface WalMessage {

    /**
     * A transaction begins. Its changes follow, and none of another.
     *
     * @param lsn where it was committed
     */
    record Begin(long lsn, Instant time, long xid) implements WalMessage {}

    /**
     * A transaction is complete.
     *
     * @param end the place behind it
     */
    record Commit(long lsn, long end) implements WalMessage {}

    /**
     * A row was inserted, updated or deleted.
     *
     * @param operation {@code insert}, {@code update} or {@code delete}
     * @param old the row before, or its key, as far as it is told
     * @param now the row after
     * @param unchanged columns of the row after that have not changed and whose values are not told
     */
    record Row(
            String operation,
            Relation relation,
            @Nullable Map<String, @Nullable Object> old,
            @Nullable Map<String, @Nullable Object> now,
            List<String> unchanged)
            implements WalMessage {}

    /** Tables were emptied together. */
    record Truncate(List<Relation> relations, boolean isCascade, boolean restartsIdentity) implements WalMessage {}

    /** Something that makes no event. */
    record Other() implements WalMessage {}
}
