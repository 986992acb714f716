package io.bspump;

import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Mono;

/** Delivers events to a source of another pipeline: an event is delivered here when it has ended well there. */
final class PipelineSink extends Sink<Object> {

    private final String target;

    /**
     * @param target the id of a pipeline whose first source takes the events, or the address of a source
     */
    PipelineSink(Application app, Pipeline pipeline, String target) {
        super(app, pipeline, "DeadLetter", Map.of());
        this.target = target;
    }

    @Override
    protected Mono<Void> process(Context context, Object event) {
        Source<?> source =
                locate().orElseThrow(() -> new IllegalStateException("there is no pipeline '" + target + "' any more"));
        return source.put(context, event)
                .flatMap(end -> end == Settlement.FAILED
                        ? Mono.error(new IllegalStateException("the event failed in '" + target + "'"))
                        : Mono.empty());
    }

    /** Returns the source that takes the events; none when there is no such pipeline or it is this one. */
    Optional<Source<?>> locate() {
        Object found = app().pumpService().locate(target).orElse(null);
        Object source = found instanceof Pipeline located ? located.sources().get(0) : found;
        return source instanceof Source<?> other && other.pipeline() != pipeline()
                ? Optional.of(other)
                : Optional.empty();
    }
}
