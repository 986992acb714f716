package io.bspump.samples.accesslog;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.aggregation.TimeWindowAnalyzer;
import io.bspump.file.FileSink;
import io.bspump.json.DictToJsonBytesParser;
import io.bspump.routing.InternalSource;
import java.util.Map;

/** Counts requests and bytes per minute and status, each a line of JSON. */
public final class Traffic extends Pipeline {

    private static final Map<String, String> WINDOWS =
            Map.of("key", "status", "aggregates", "count, sum:bytes", "allowed_lateness", "5s");

    Traffic(Application app) {
        super(app, "Traffic");
        build(
                new InternalSource<Map<String, Object>>(app, this),
                new TimeWindowAnalyzer<Map<String, Object>, Map<String, Object>>(app, this, "PerMinute", WINDOWS),
                new DictToJsonBytesParser(app, this),
                new FileSink(app, this, null, Map.of("path", "traffic.jsonl")));
    }
}
