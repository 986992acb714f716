package io.bspump.web;

import io.bspump.Application;
import io.bspump.ConnectionReference;
import io.bspump.Context;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.Sink;
import io.bspump.Source;
import io.bspump.config.Options;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A pipeline over a connection, without events. */
final class LabPipeline extends Pipeline {

    LabPipeline(Application app, String id, String connection) {
        super(app, id);
        build(new Silence(app, this), new LabSink(app, this, connection));
    }

    static final class Silence extends Source<String> {

        Silence(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Flux<? extends Emission<String>> events() {
            return Flux.never();
        }
    }

    static final class LabSink extends Sink<String> {

        public static final Options OPTIONS = Options.of(ConnectionReference.CONNECTION);

        private final ConnectionReference<LabConnection> connection;

        LabSink(Application app, Pipeline pipeline, String id) {
            super(app, pipeline);
            connection = connection(LabConnection.class, id);
        }

        @Override
        protected Mono<Void> process(Context context, String event) {
            return connection.use(c -> Mono.empty());
        }
    }
}
