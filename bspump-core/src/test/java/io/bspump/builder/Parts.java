package io.bspump.builder;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.Context;
import io.bspump.Emission;
import io.bspump.Lookup;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.Sink;
import io.bspump.Source;
import io.bspump.config.Config;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Parts that definitions in tests name. */
public final class Parts {

    private Parts() {}

    /** A sink without a public constructor. */
    public static final class Closed extends Sink<Object> {
        Closed(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Mono<Void> process(Context context, Object event) {
            return Mono.empty();
        }
    }

    static final class Hidden extends Sink<Object> {
        public Hidden(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Mono<Void> process(Context context, Object event) {
            return Mono.empty();
        }
    }

    /** A sink whose constructor tells what it was given. */
    public static final class Throwing extends Sink<Object> {
        public Throwing(Application app, Pipeline pipeline, String password) {
            super(app, pipeline);
            throw new IllegalStateException("cannot use '" + password + "'");
        }

        @Override
        protected Mono<Void> process(Context context, Object event) {
            return Mono.empty();
        }
    }

    /** A sink whose class cannot be used. */
    public static final class Uninitializable extends Sink<Object> {
        private static final int LIMIT = Integer.parseInt("many");

        public Uninitializable(Application app, Pipeline pipeline) {
            super(app, pipeline, null, Map.of("limit", LIMIT));
        }

        @Override
        protected Mono<Void> process(Context context, Object event) {
            return Mono.empty();
        }
    }

    /** A source that a definition cannot make. */
    public static final class NeedsCode extends Source<Object> {
        public NeedsCode(Application app, Pipeline pipeline, Function<String, String> function) {
            super(app, pipeline, function.apply("id"), Map.of());
        }

        @Override
        protected Flux<Emission<Object>> events() {
            return Flux.empty();
        }
    }

    /** A processor that takes bytes and nothing else. */
    public static final class BytesOnly extends Processor<byte[], byte[]> {
        public BytesOnly(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected byte[] process(Context context, byte[] event) {
            return event;
        }
    }

    /** A processor that takes texts and nothing else. */
    public static final class TextOnly extends Processor<String, String> {
        public TextOnly(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected String process(Context context, String event) {
            return event;
        }
    }

    /** A connection to nowhere. */
    public static final class Nowhere extends Connection {
        public Nowhere(Application app, String id, Map<String, ?> config) {
            super(app, id, config);
        }

        Config section() {
            return config();
        }

        @Override
        protected Mono<Void> connect() {
            return Mono.empty();
        }

        @Override
        protected Mono<Void> disconnect() {
            return Mono.empty();
        }
    }

    /** A lookup of nothing. */
    public static final class Nothing extends Lookup {
        public Nothing(Application app, String id, Map<String, ?> config) {
            super(app, id, config);
        }

        @Override
        protected Mono<Void> load() {
            return Mono.empty();
        }
    }

    /** What a processor may be asked for. */
    public enum Mode {
        FAST,
        SLOW_DOWN
    }

    /** A processor with arguments of many types that tells what it got. */
    public static final class Arguments extends Processor<Object, Object> {
        public final List<Object> got;

        public Arguments(
                Application app,
                Pipeline pipeline,
                String connection,
                int count,
                double ratio,
                boolean keepOrder,
                Duration timeout,
                Mode mode,
                List<?> items,
                Map<String, ?> table,
                @Nullable String id,
                Map<String, ?> config) {
            super(app, pipeline, id, config);
            app.pumpService().locateConnection(connection);
            got = List.of(connection, count, ratio, keepOrder, timeout, mode, items, table, config().get("key"));
        }

        @Override
        protected Object process(Context context, Object event) {
            return event;
        }
    }
}
