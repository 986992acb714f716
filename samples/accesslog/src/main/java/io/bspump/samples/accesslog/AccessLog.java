package io.bspump.samples.accesslog;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Processors;
import io.bspump.file.FileJSONSink;
import io.bspump.file.FileLineSource;
import io.bspump.lookup.DictionaryLookup;
import io.bspump.lookup.LookupEnricher;
import java.util.Map;

/**
 * Follows the access log of a web server: each request as a line of JSON, with the team that answers for it. Lines that are no
 * log lines become dead letters. {@link Traffic} counts the requests.
 */
public final class AccessLog extends Pipeline {

    private static final Map<String, String> TEAMS = Map.of("lookup", "Teams", "key", "section", "target", "team");

    private static final Map<String, Object> REQUESTS =
            Map.of("path", "requests.jsonl", "batch_size", 1000, "linger", "1ms");

    AccessLog(Application app) {
        super(app, "AccessLog", Map.of("on_error", "dead_letter"));
        build(
                new FileLineSource(app, this, null, Map.of("path", "access.log*", "order", "time")),
                new CombinedLogParser(app, this),
                new DropHealthChecks(app, this),
                Processors.peek(app, this, "Section", AccessLog::addSection),
                new LookupEnricher(app, this, "Teams", TEAMS),
                new CountTraffic(app, this),
                new FileJSONSink(app, this, "Requests", REQUESTS));
        deadLetter(new FileJSONSink(app, this, "Broken", Map.of("path", "broken.jsonl")));
    }

    /** The section of a site is the first part of the path. */
    private static void addSection(Map<String, Object> request) {
        if (request.get("path") instanceof String path && path.startsWith("/")) {
            int end = path.indexOf('/', 1);
            request.put("section", path.substring(1, end < 0 ? path.length() : end));
        }
    }

    public static void main(String[] args) {
        Application app = new Application(args);
        app.pumpService().addLookup(new DictionaryLookup(app, "Teams", Map.of("source_url", "teams.json")));
        app.pumpService().addPipelines(new AccessLog(app), new Traffic(app));
        System.exit(app.run());
    }
}
