package io.bspump;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import reactor.core.publisher.Mono;

/** The positions of one source that the sink of its pipeline keeps. */
public final class StoredPositions {

    private final Source<?> source;
    private final TransactionalSink<?> sink;

    StoredPositions(Source<?> source, TransactionalSink<?> sink) {
        this.source = source;
        this.sink = sink;
    }

    static String name(Source<?> source, String partition) {
        return source.id() + "/" + partition;
    }

    /**
     * Returns what is kept of those partitions, from partition to text; nothing of those that the sink knows nothing of. From
     * now on the sink takes it that the source goes on from there, and writes no position of them that does not follow from
     * it. To be asked before the first event of a partition is emitted. The Mono waits for the sink's connection, and may end on any thread; any
     * thread may ask.
     */
    public Mono<Map<String, String>> read(Predicate<String> partitions) {
        String prefix = name(source, "");
        return Mono.defer(() -> sink.positions(
                        name -> name.startsWith(prefix) && partitions.test(name.substring(prefix.length()))))
                .map(stored -> {
                    Map<String, String> own = new HashMap<>();
                    stored.forEach((name, value) -> own.put(name.substring(prefix.length()), value));
                    return Map.copyOf(own);
                });
    }
}
