package io.bspump.samples.accesslog;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.aggregation.AggregationStrategy;
import io.bspump.aggregation.TimeWindowAnalyzer;
import io.bspump.aggregation.Window;
import io.bspump.aggregation.WindowFunctions;
import io.bspump.file.FileJSONSink;
import io.bspump.routing.InternalSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts requests and bytes per minute and status, each a line of JSON. It does not wait for more lines before it writes:
 * requests are on their way until their minute has been written.
 */
public final class Traffic extends Pipeline {

    private static final WindowFunctions<Hit, Long, Map<String, Object>> BYTES = new WindowFunctions<>(
            hit -> hit.seconds() * 1000,
            Hit::status,
            () -> AggregationStrategy.reduce(() -> 0L, (bytes, hit) -> bytes + hit.bytes()),
            Traffic::line);

    Traffic(Application app) {
        super(app, "Traffic");
        build(
                new InternalSource<Hit>(app, this),
                new TimeWindowAnalyzer<>(app, this, "PerMinute", Map.of("allowed_lateness", "5s"), BYTES),
                new FileJSONSink(app, this, null, Map.of("path", "traffic.jsonl", "linger", "1ms")));
    }

    private static Map<String, Object> line(Window window, Long bytes) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("minute", window.start().toString());
        line.put("status", window.key() == null ? 0 : window.key());
        line.put("count", window.events());
        line.put("bytes", bytes);
        if (window.partial() || window.late()) {
            line.put("more", true);
        }
        return line;
    }
}
