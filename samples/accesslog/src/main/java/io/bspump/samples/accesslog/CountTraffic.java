package io.bspump.samples.accesslog;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.routing.RouterProcessor;
import java.util.List;
import java.util.Map;

/** Passes requests on, and sends of each what {@link Traffic} counts. A request settles when it has been counted, too. */
final class CountTraffic extends RouterProcessor<Map<String, Object>> {

    private static final String TRAFFIC = "Traffic";

    CountTraffic(Application app, Pipeline pipeline) {
        super(app, pipeline, List.of(TRAFFIC), null, null, Map.of("copy_event", "no"));
    }

    @Override
    protected Map<String, Object> process(Context context, Map<String, Object> request) {
        route(context, Hit.of(request), TRAFFIC);
        return request;
    }
}
