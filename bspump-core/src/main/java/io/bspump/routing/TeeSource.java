package io.bspump.routing;

import io.bspump.Application;
import io.bspump.FedSource;
import io.bspump.Pipeline;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gets a copy of each event that passes a {@link TeeProcessor} of another pipeline. It is bound before either pipeline takes
 * its first event, so that nothing passes it by at a start, and let go of when its own pipeline is removed.
 *
 * @param <O> the type of the events
 */
public final class TeeSource<O> extends FedSource<O> {

    public static final Options OPTIONS = Options.of(Option.list("bind")
            .defaultTo("")
            .doc("The addresses of the tee processors whose events it gets, `P.TeeProcessor`."));

    private List<String> tees;

    /** Creates a source whose id is {@code TeeSource}. */
    public TeeSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code TeeSource}
     * @param config values that go above the class's defaults and below the file
     */
    public TeeSource(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        tees = config().getList("bind");
    }

    /**
     * Names tee processors, instead of those of the constructor's values and defaults; what the file says goes above it.
     * Called before the pipeline is added.
     *
     * @param addresses {@code P.TeeProcessor}
     * @return this
     */
    public TeeSource<O> bind(String... addresses) {
        if (tees.isEmpty()) {
            tees = List.of(addresses);
        }
        return this;
    }

    @Override
    protected List<String> feeders() {
        return tees;
    }
}
