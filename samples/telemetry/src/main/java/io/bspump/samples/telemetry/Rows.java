package io.bspump.samples.telemetry;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Generator;
import io.bspump.Pipeline;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/** Makes a row of the table {@code telemetry} of each value of the rates. */
final class Rows extends Generator<Map<String, Object>, Map<String, Object>> {

    Rows(Application app, Pipeline pipeline) {
        super(app, pipeline);
    }

    @Override
    protected Publisher<Map<String, Object>> generate(Context context, Map<String, Object> rates) {
        List<Map<String, Object>> rows = new ArrayList<>();
        if (rates.get("values") instanceof Map<?, ?> values) {
            values.forEach((metric, value) -> {
                Map<String, Object> row = new LinkedHashMap<>(rates);
                row.remove("values");
                row.put("metric", metric);
                row.put("value", value);
                rows.add(row);
            });
        }
        return Flux.fromIterable(rows);
    }
}
