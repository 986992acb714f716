package io.bspump.samples.telemetry;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.json.StdJsonToDictParser;
import io.bspump.mqtt.MQTTSource;
import io.bspump.postgresql.PostgreSQLSink;
import java.util.Map;

/**
 * Takes the measurements of all machines, makes rates of them, and writes a row for each host, metric and second. What cannot
 * be understood or written goes to a table of its own. A measurement that comes again overwrites its rows with the same.
 */
final class Store extends Pipeline {

    private static final Map<String, Object> TABLE = Map.of(
            "table", "telemetry",
            "columns", "host, metric, second, value, run, number",
            "mode", "upsert",
            "conflict_keys", "host, metric, second");

    private static final Map<String, Object> DEAD_TABLE =
            Map.of("table", "telemetry_dead", "columns", "time, topic, stage, error, event");

    Store(Application app) {
        super(app, "Store", Map.of("on_error", "dead_letter"));
        build(
                new MQTTSource(app, this, Telemetry.BROKER, null, Map.of("topics", "telemetry/+")),
                new StdJsonToDictParser(app, this),
                new Rates(app, this),
                new Rows(app, this),
                new PostgreSQLSink(app, this, Telemetry.DATABASE, null, TABLE));
        deadLetter(new Letter(app, this), new PostgreSQLSink(app, this, Telemetry.DATABASE, "DeadLetters", DEAD_TABLE));
    }
}
