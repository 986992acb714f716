package io.bspump;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind the source in a pipeline. Extend {@link Processor}, {@link AsyncProcessor}, {@link
 * BlockingProcessor}, {@link Generator}, {@link Sink} or {@link BatchSink}.
 *
 * @param <I> the type of the events that go in
 * @param <O> the type of the events that come out; {@link Void} for sinks
 */
public abstract class Stage<I, O> extends Component {

    Stage(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    /** Whether it ends the pipeline. */
    boolean isSink() {
        return false;
    }

    /** Returns what is known at run time of the types of the events that go in and come out. */
    StageTypes types() {
        return StageTypes.of(getClass());
    }
}
