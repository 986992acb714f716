package io.bspump;

import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Mono;

/** Delivers events to a source of another pipeline: an event is delivered here when it has ended well there. */
final class PipelineSink extends Sink<Object> {

    private final String target;
    private final Routes routes = new Routes(this);

    /**
     * @param target the id of a pipeline whose first source takes the events, or the address of a source
     */
    PipelineSink(Application app, Pipeline pipeline, String target) {
        super(app, pipeline, "DeadLetter", Map.of());
        this.target = target;
        if (!PipelineGraph.pipelineOf(target).equals(pipeline.id())) {
            routes.add(target);
        }
    }

    @Override
    protected Mono<Void> process(Context context, Object event) {
        routes.send(context, event, target);
        return Mono.empty();
    }

    /** Returns the source that takes the events; none when there is no such pipeline or it is this one. */
    Optional<Source<?>> locate() {
        return app().pumpService().locateSource(pipeline(), target);
    }
}
