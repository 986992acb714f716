package io.bspump.postgresql;

import io.bspump.Emission;
import io.bspump.Partition;
import io.bspump.postgresql.WalMessage.Begin;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A change on its way through the pipeline. */
final class Change extends Emission<Map<String, @Nullable Object>> {

    private final ReplicationRun run;
    private final Relation relation;
    private final Begin transaction;
    private final long number;

    /** @param number its place in the transaction, from 1 on */
    Change(
            ReplicationRun run,
            Partition partition,
            Map<String, @Nullable Object> event,
            long size,
            Relation relation,
            Begin transaction,
            long number) {
        super(partition, event, size);
        this.run = run;
        this.relation = relation;
        this.transaction = transaction;
        this.number = number;
    }

    ReplicationRun run() {
        return run;
    }

    /** Returns what tells it from all others of its slot, and grows. */
    WalPosition position() {
        return new WalPosition(transaction.lsn(), number);
    }

    @Override
    protected Map<String, Object> values() {
        Map<String, Object> values = new HashMap<>();
        values.put("postgresql_schema", relation.schema());
        values.put("postgresql_table", relation.table());
        values.put("postgresql_lsn", Lsn.text(transaction.lsn()));
        values.put("postgresql_sequence", number);
        values.put("postgresql_xid", transaction.xid());
        values.put("postgresql_commit_time", transaction.time());
        return values;
    }
}
