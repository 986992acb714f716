package io.bspump.samples.telemetry;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.file.FileJSONSink;
import io.bspump.postgresql.PostgreSQLSource;
import io.bspump.trigger.PeriodicTrigger;
import java.util.Map;

/**
 * Reads, by default every 5 seconds, what the table has of the last run of each machine, and prints it as a line of JSON: how many rows
 * and measurements, how many of these are missing in between, and the figures of the last second.
 */
final class Show extends Pipeline {

    private static final String QUERY =
            """
            SELECT host, count(*) AS rows, count(DISTINCT number) AS measurements,
              max(number) - min(number) + 1 - count(DISTINCT number) AS missing,
              max(second) AS second,
              (SELECT json_object_agg(metric, value ORDER BY metric) FROM telemetry l
                WHERE l.host = t.host AND l.second = max(t.second)) AS last
            FROM telemetry t
            WHERE run = (SELECT max(run) FROM telemetry r WHERE r.host = t.host)
            GROUP BY host ORDER BY host
            """;

    Show(Application app) {
        super(app, "Show");
        build(
                new PostgreSQLSource(app, this, Telemetry.DATABASE, null, Map.of("query", QUERY))
                        .on(new PeriodicTrigger(app, "EveryFiveSeconds", Map.of("interval", "5s"))),
                new FileJSONSink(app, this, null, Map.of("path", "-")));
    }
}
