package io.bspump.postgresql;

import io.bspump.Source;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.concurrent.atomic.AtomicLong;

/** What is counted of a replication source. */
final class ReplicationMeters {

    private static final String UNCONFIRMED = "bspump.postgresql.replication.unconfirmed";

    private final AtomicLong unconfirmed = new AtomicLong();
    private final Counter transactions;

    ReplicationMeters(MeterRegistry registry, Source<?> source) {
        Tags tags = Tags.of("pipeline", source.pipeline().id(), "source", source.id());
        // One that had the same place before, in a pipeline that was made anew, would hold it.
        registry.find(UNCONFIRMED).tags(tags).meters().forEach(registry::remove);
        Gauge.builder(UNCONFIRMED, unconfirmed, AtomicLong::get)
                .description("Bytes of the write-ahead log that have been received and not been confirmed")
                .tags(tags)
                .strongReference(true)
                .register(registry);
        transactions = Counter.builder("bspump.postgresql.replication.transactions")
                .description("Transactions that have been received whole")
                .tags(tags)
                .register(registry);
    }

    void unconfirmed(long bytes) {
        unconfirmed.set(Math.max(0, bytes));
    }

    void transaction() {
        transactions.increment();
    }
}
