package io.bspump;

import java.util.List;
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

    /** Its ways into other pipelines, null when it has none. */
    @Nullable
    Routes ways;

    Stage(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    /** Returns the addresses that it sends events to. */
    final List<String> targets() {
        Routes known = ways;
        return known == null ? List.of() : known.targets();
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
