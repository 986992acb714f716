package io.bspump.ipc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Sink;
import io.bspump.Source;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** A pipeline from a source into lists. While it holds, no event is confirmed until it is released. */
final class Recorder<S extends Source<byte[]>> extends Pipeline {

    final List<String> seen = Collections.synchronizedList(new ArrayList<>());
    final List<Map<String, Object>> contexts = Collections.synchronizedList(new ArrayList<>());
    final List<MonoSink<Void>> held = Collections.synchronizedList(new ArrayList<>());
    final S source;
    volatile boolean holds;
    /** From which number of events on it holds by itself. */
    volatile int limit = Integer.MAX_VALUE;

    Recorder(Application app, Map<String, ?> config, Function<Pipeline, S> source) {
        super(app, "P", config);
        this.source = source.apply(this);
        build(this.source, new Holding(app, this));
    }

    private final class Holding extends Sink<byte[]> {
        Holding(Application app, Pipeline pipeline) {
            super(app, pipeline, null, Map.of("concurrency", 100_000));
        }

        @Override
        protected Mono<Void> process(Context context, byte[] event) {
            seen.add(new String(event, UTF_8));
            contexts.add(Map.copyOf(context.asMap()));
            return holds || seen.size() > limit ? Mono.create(held::add) : Mono.empty();
        }
    }
}
