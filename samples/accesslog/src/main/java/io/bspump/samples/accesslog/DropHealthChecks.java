package io.bspump.samples.accesslog;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Drops the requests by which load balancers ask whether the server is well. */
public final class DropHealthChecks extends Processor<Map<String, Object>, Map<String, Object>> {

    public static final Options OPTIONS = Options.of(
            Option.list("paths").defaultTo("/health, /healthz").doc("The paths, without what stands behind a `?`."));

    private final Set<String> paths;

    /** Creates a processor whose id is {@code DropHealthChecks}. */
    public DropHealthChecks(Application app, Pipeline pipeline) {
        super(app, pipeline);
        paths = Set.copyOf(config().getList("paths"));
    }

    @Override
    protected @Nullable Map<String, Object> process(Context context, Map<String, Object> request) {
        return request.get("path") instanceof String path && paths.contains(withoutQuery(path)) ? null : request;
    }

    private static String withoutQuery(String path) {
        int query = path.indexOf('?');
        return query < 0 ? path : path.substring(0, query);
    }
}
