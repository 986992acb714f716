package io.bspump;

import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The end of a pipeline, a batch at a time. A batch closes when it holds {@code batch_size} events or {@code
 * batch_bytes}, or when its first event has waited for {@code linger}; stopping closes it at once. Up to {@code
 * max_concurrent_batches} are written at a time.
 *
 * @param <I> the type of the events that go in
 */
public abstract class BatchSink<I> extends Stage<I, Void> {

    public static final Options OPTIONS = Options.of(
            Option.integer("batch_size")
                    .between(1, 10_000_000)
                    .defaultTo(1000)
                    .doc("Events after which a batch closes."),
            Option.size("batch_bytes")
                    .between(1, Integer.MAX_VALUE)
                    .defaultTo("1MB")
                    .doc("Bytes after which a batch closes, where the sink knows the size of its events."),
            Option.duration("linger")
                    .defaultTo("100ms")
                    .doc("How long the first event of a batch waits for others at the most."),
            Option.integer("max_concurrent_batches")
                    .between(1, 10_000)
                    .defaultTo(1)
                    .doc("Batches written at a time; with 1 a retry keeps the order."));

    /** Creates a sink whose id is its simple class name. */
    protected BatchSink(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for the simple class name
     * @param config values that go above the class's defaults and below the file
     */
    protected BatchSink(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    /**
     * Delivers a batch. Called on the lane, must not block; the Mono may end on any thread and is cancelled when the
     * pipeline's drain is cut short.
     *
     * <p>When the Mono completes, every event is delivered except those that {@link Batch#fail} named, which go the error
     * policy's way one by one. When it fails, the whole batch is retried by the policy; once the retries are used up,
     * each of its events goes the policy's way.
     */
    protected abstract Mono<Void> process(Batch<I> batch);

    /** Returns {@code batch_size}, {@code batch_bytes} and {@code linger}. */
    public final BatchLimits limits() {
        return new BatchLimits(
                config().getInt("batch_size"), config().getSize("batch_bytes"), config().getDuration("linger"));
    }

    /** Returns the bytes of an event for {@code batch_bytes}. Arrays of bytes and texts by default, 0 for others. */
    protected long size(I event) {
        return sizeOf(event);
    }

    static long sizeOf(@Nullable Object event) {
        if (event instanceof byte[] bytes) {
            return bytes.length;
        }
        return event instanceof CharSequence text ? text.length() : 0;
    }

    @Override
    final boolean isSink() {
        return true;
    }
}
